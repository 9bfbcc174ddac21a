#pragma once
// Tasks that do not need each other's answers, at the same time.
#include <exception>
#include <tuple>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/multiple_exceptions.hpp>

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

}  // namespace lares::async
