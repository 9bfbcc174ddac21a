#include "async/signal.h"

#include <mutex>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace lares::async {

namespace asio = boost::asio;

// The timer belongs to the coroutine that waits and dies with it, at the latest when its executor's context
// does. A notifier in another thread may come later still (a write that is settled while the server stops):
// it then finds no waiter and touches nothing of that context.
struct Signal::State {
    explicit State(Executor of_waiter) : executor(std::move(of_waiter)) {}
    bool take() {
        std::lock_guard lock(mutex);
        return std::exchange(notified, false);
    }
    const Executor executor;
    std::mutex mutex;
    bool notified = false;
    asio::steady_timer* waiter = nullptr;  // never expires: cancelling it is the wake-up
};

Signal::Signal(Executor executor) : state_(std::make_shared<State>(std::move(executor))) {}

namespace {

template <class State>
class Registration {
public:
    explicit Registration(State& state)
        : state_(state), timer_(state.executor, asio::steady_timer::time_point::max()) {
        std::lock_guard lock(state_.mutex);
        state_.waiter = &timer_;
    }
    ~Registration() {
        std::lock_guard lock(state_.mutex);
        state_.waiter = nullptr;
    }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;
    asio::steady_timer& timer() { return timer_; }

private:
    State& state_;
    asio::steady_timer timer_;
};

}  // namespace

// Between the check and the start of the wait nothing else runs on the executor, and notify() cancels on that
// executor: no wake-up is lost.
Task<void> Signal::wait() const {
    auto state = state_;
    if (state->take()) co_return;
    Registration registration(*state);
    while (!state->take()) co_await registration.timer().async_wait(asio::as_tuple(asio::use_awaitable));
}

// Posted under the lock: while the waiter is registered its context lives.
void Signal::notify() const {
    std::lock_guard lock(state_->mutex);
    if (std::exchange(state_->notified, true) || !state_->waiter) return;
    asio::post(state_->executor, [state = state_] {
        std::lock_guard inner(state->mutex);
        if (state->waiter) state->waiter->cancel();
    });
}

Task<void> hold_cancellation() {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
}

Task<void> allow_cancellation() {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
}

Task<void> yield() {
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}

}  // namespace lares::async
