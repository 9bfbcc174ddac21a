#pragma once
// Task<T>: a coroutine on an Asio executor. Rules: parameters by value; no capturing lambda that is a
// coroutine; spawn only through a TaskScope. A cancelled task unwinds by an exception (operation_aborted) at
// its next co_await.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>

namespace lares {

template <class T = void>
using Task = boost::asio::awaitable<T>;
using Executor = boost::asio::any_io_executor;

namespace async {

// Moves the calling coroutine behind everything that its executor has queued.
Task<void> yield();

// The task runs to its end also when the caller is cancelled: for a write and what must follow it.
Task<void> hold_cancellation();
Task<void> allow_cancellation();
template <class T>
Task<T> unbroken(Task<T> task) {
    co_await hold_cancellation();
    auto outcome = co_await std::move(task);
    co_await allow_cancellation();
    co_return outcome;
}

}  // namespace async
}  // namespace lares
