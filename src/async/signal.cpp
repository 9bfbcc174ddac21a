#include "async/signal.h"

#include <atomic>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace lares::async {

namespace asio = boost::asio;

struct Signal::State {
    explicit State(Executor executor) : timer(executor, asio::steady_timer::time_point::max()) {}
    asio::steady_timer timer;  // never expires: cancelling it is the wake-up
    std::atomic<bool> notified = false;
};

Signal::Signal(Executor executor) : state_(std::make_shared<State>(std::move(executor))) {}

// Between the check and the start of the wait nothing else runs on the executor, and notify() cancels on that
// executor: no wake-up is lost.
Task<void> Signal::wait() const {
    auto state = state_;
    while (!state->notified.exchange(false))
        co_await state->timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

void Signal::notify() const {
    if (state_->notified.exchange(true)) return;
    asio::post(state_->timer.get_executor(), [state = state_] { state->timer.cancel(); });
}

Task<void> yield() {
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}

}  // namespace lares::async
