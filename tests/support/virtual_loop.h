#pragma once
// One thread, one io_context, virtual time: runs what is ready, and turns the clock when nothing is.
#include <functional>
#include <optional>

#include <boost/asio/io_context.hpp>

#include "async/scope.h"
#include "async/virtual_clock.h"

namespace lares::test {

class VirtualLoop {
public:
    boost::asio::io_context io{1};
    async::VirtualClock clock;

    // Until `done`; false: nobody sleeps and nothing is ready, so it can never come.
    bool run_until(const std::function<bool()>& done);
    // Runs what is ready now, without turning the clock.
    void settle();
    void run_for(std::int64_t ms);

    // Throws when the task waits for something that never comes; it is cancelled then.
    template <class T>
    T wait(Task<T> task) {
        std::optional<T> result;
        run_to_end(store(std::move(task), &result));
        return std::move(*result);
    }
    void wait(Task<void> task) { run_to_end(std::move(task)); }

private:
    template <class T>
    static Task<void> store(Task<T> task, std::optional<T>* result) {
        result->emplace(co_await std::move(task));
    }
    void run_to_end(Task<void> task);
};

}  // namespace lares::test
