#include "support/virtual_loop.h"

namespace lares::test {

namespace {

Task<void> mark(Task<void> task, bool* done) {
    co_await std::move(task);
    *done = true;
}

}  // namespace

void VirtualLoop::settle() {
    io.restart();
    io.poll();
}

bool VirtualLoop::run_until(const std::function<bool()>& done) {
    for (;;) {
        settle();
        if (done()) return true;
        if (!clock.advance_to_next()) return false;
    }
}

void VirtualLoop::run_for(std::int64_t ms) {
    const auto end = clock.steady() + async::Milliseconds(ms);
    for (settle(); clock.steady() < end; settle()) clock.advance(async::Milliseconds(1));
}

void VirtualLoop::wait(Task<void> task) {
    bool done = false;
    scope_.spawn(mark(std::move(task), &done));
    if (!run_until([&] { return done; }))
        throw std::runtime_error("a task waits for something that never comes");
    settle();
}

}  // namespace lares::test
