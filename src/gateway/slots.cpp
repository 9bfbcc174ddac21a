#include "gateway/slots.h"

#include <algorithm>

#include <boost/asio/awaitable.hpp>

#include "async/together.h"

namespace lares::gateway {

namespace {

tl::unexpected<Error> busy(std::string message) {
    Error error{Code::unavailable, "upstream-busy", std::move(message), {}, {}, {}};
    error.retry_after_ms = 1000;
    return fail(std::move(error));
}

}  // namespace

struct Slots::State {
    struct Waiter {
        explicit Waiter(Executor executor) : called(std::move(executor)) {}
        async::OneShot<bool> called;
        bool has_room = false;  // a slot was handed over
    };
    std::mutex mutex;
    std::size_t at_once = 0, queue_max = 0, running = 0;
    std::deque<std::shared_ptr<Waiter>> line;

    void leave() {
        std::shared_ptr<Waiter> next;
        {
            std::lock_guard lock(mutex);
            if (line.empty()) {
                --running;
                return;
            }
            next = std::move(line.front());  // takes over the slot that became free
            line.pop_front();
            next->has_room = true;
        }
        next->called.set(true);
    }

    // A waiter that gives up: out of the line, or what it was just given goes on to the next.
    void give_up(const std::shared_ptr<Waiter>& waiter) {
        {
            std::lock_guard lock(mutex);
            if (!waiter->has_room) {
                std::erase(line, waiter);
                return;
            }
        }
        leave();
    }
};

Slots::Slots(std::size_t at_once, std::size_t queue_max) : state_(std::make_shared<State>()) {
    state_->at_once = std::max<std::size_t>(at_once, 1);
    state_->queue_max = queue_max;
}

Slots::Lease::~Lease() {
    if (state_) state_->leave();
}

std::optional<Slots::Lease> Slots::enter_now() {
    std::lock_guard lock(state_->mutex);
    if (state_->running >= state_->at_once) return std::nullopt;
    ++state_->running;
    return Lease(state_);
}

Task<Result<Slots::Lease>> Slots::enter(async::Clock& clock, async::SteadyTime by) {
    if (auto lease = enter_now()) co_return std::move(*lease);
    auto state = state_;
    std::shared_ptr<State::Waiter> waiter;
    const Executor executor = co_await boost::asio::this_coro::executor;
    {
        std::lock_guard lock(state->mutex);
        if (state->running < state->at_once) {
            ++state->running;
            co_return Lease(state);
        }
        if (state->line.size() >= state->queue_max)
            co_return busy(
                "The model's provider has all the requests that it may get at once; try again in a moment.");
        waiter = std::make_shared<State::Waiter>(executor);
        state->line.push_back(waiter);
    }
    struct Guard {
        State& state;
        std::shared_ptr<State::Waiter> waiter;
        ~Guard() {
            if (waiter) state.give_up(waiter);
        }
    } guard{*state, waiter};
    co_await async::within(clock, by, waiter->called.take());
    {
        std::lock_guard lock(state->mutex);
        if (waiter->has_room) guard.waiter.reset();
    }
    if (guard.waiter)
        co_return busy(
            "The model's provider had all the requests that it may get at once for as long as this one may "
            "wait; try again in a moment.");
    co_return Lease(state);
}

Slots::Stats Slots::stats() const {
    std::lock_guard lock(state_->mutex);
    return {state_->running, state_->line.size()};
}

}  // namespace lares::gateway
