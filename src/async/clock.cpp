#include "async/clock.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace lares::async {

std::int64_t SystemClock::unix_ms() const {
    return std::chrono::duration_cast<Milliseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

SteadyTime SystemClock::steady() const {
    return std::chrono::steady_clock::now();
}

Task<void> SystemClock::sleep_until(SteadyTime when) {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, when);
    co_await timer.async_wait(boost::asio::use_awaitable);
}

}  // namespace lares::async
