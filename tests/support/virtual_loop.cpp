#include "support/virtual_loop.h"

#include <stdexcept>

namespace lares::test {

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

void VirtualLoop::run_to_end(Task<void> task) {
    async::TaskScope scope(io.get_executor());
    scope.spawn(std::move(task));
    if (run_until([&] { return scope.size() == 0; })) return;
    scope.cancel();
    settle();
    throw std::runtime_error("a task waits for something that never comes");
}

}  // namespace lares::test
