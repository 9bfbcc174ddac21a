#pragma once
// Runs a task to its end on the calling thread: at start, at the end, in commands. Never on an event loop.
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "async/task.h"

namespace lares::app {

namespace detail {
template <class T>
Task<void> keep(Task<T> task, std::optional<T>* out) {
    out->emplace(co_await std::move(task));
}
}  // namespace detail

template <class T>
T run_blocking(Task<T> task) {
    boost::asio::io_context context;
    std::optional<T> out;
    boost::asio::co_spawn(context, detail::keep(std::move(task), &out),
                          [](const std::exception_ptr& exception) {
                              if (exception) std::rethrow_exception(exception);
                          });
    const auto busy = boost::asio::make_work_guard(context);
    while (!out) context.run_one();
    return std::move(*out);
}

}  // namespace lares::app
