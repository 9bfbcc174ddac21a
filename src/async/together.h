#pragma once
// Tasks that do not need each other's answers, at the same time, and tasks that time bounds.
#include <exception>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/multiple_exceptions.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "async/clock.h"
#include "async/task.h"

namespace lares::async {

// The answers in the order of the tasks, when all have ended. An exception of one cancels the others and is
// thrown when they have ended; cancelling the caller cancels all.
template <class... Ts>
Task<std::tuple<Ts...>> together(Task<Ts>... tasks) {
    using namespace boost::asio::experimental::awaitable_operators;  // NOLINT
    try {
        co_return co_await (... && std::move(tasks));
    } catch (const boost::asio::multiple_exceptions& all) {
        std::rethrow_exception(all.first_exception());  // the others were cancelled because of it
    }
}

// As many as there are; returns when all have ended. Of their exceptions the first is thrown.
inline Task<void> together(std::vector<Task<void>> tasks) {
    namespace asio = boost::asio;
    if (tasks.empty()) co_return;
    const auto executor = co_await asio::this_coro::executor;
    std::vector<decltype(asio::co_spawn(executor, std::declval<Task<void>>(), asio::deferred))> all;
    for (auto& task : tasks) all.push_back(asio::co_spawn(executor, std::move(task), asio::deferred));
    const auto [order, exceptions] = co_await asio::experimental::make_parallel_group(std::move(all))
                                         .async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
    for (const auto& exception : exceptions)
        if (exception) std::rethrow_exception(exception);
}

// What the task answers; nullopt: it had not by then, and was cancelled.
template <class T>
Task<std::optional<T>> within(Clock& clock, SteadyTime by, Task<T> task) {
    using namespace boost::asio::experimental::awaitable_operators;  // NOLINT
    try {
        auto first = co_await (std::move(task) || clock.sleep_until(by));
        if (first.index() == 1) co_return std::nullopt;
        co_return std::optional<T>(std::get<0>(std::move(first)));
    } catch (const boost::asio::multiple_exceptions& all) {  // a cancelled caller unwinds as ever
        std::rethrow_exception(all.first_exception());
    }
}

}  // namespace lares::async
