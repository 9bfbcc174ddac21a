#include "async/scope.h"

#include <cassert>
#include <cstdio>
#include <cstdlib>
#include <list>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "async/signal.h"

namespace lares::async {

namespace asio = boost::asio;

namespace {

std::function<void(std::string_view)>& exception_handler() {
    static std::function<void(std::string_view)> handler = [](std::string_view message) {
        std::fprintf(stderr, "task ended with an exception: %.*s\n", static_cast<int>(message.size()),
                     message.data());
        std::abort();
    };
    return handler;
}

void report(const std::exception_ptr& exception) {
    if (!exception) return;
    try {
        std::rethrow_exception(exception);
    } catch (const boost::system::system_error& error) {
        if (error.code() != asio::error::operation_aborted) exception_handler()(error.what());
    } catch (const std::exception& error) {
        exception_handler()(error.what());
    }
}

}  // namespace

struct TaskScope::State {
    explicit State(Executor ex) : executor(ex), ended(ex) {}
    Executor executor;
    Signal ended;
    std::list<asio::cancellation_signal> children;
    bool cancelled = false;
};

TaskScope::TaskScope(Executor executor) : state_(std::make_shared<State>(std::move(executor))) {}

TaskScope::~TaskScope() {
    assert(state_->children.empty() && "a TaskScope died before its tasks: cancel and join it first");
}

void TaskScope::spawn(Task<void> task) {
    auto state = state_;
    const auto child = state->children.emplace(state->children.end());
    asio::co_spawn(
        state->executor, std::move(task),
        asio::bind_cancellation_slot(child->slot(), [state, child](const std::exception_ptr& exception) {
            report(exception);
            state->children.erase(child);
            if (state->children.empty()) state->ended.notify();
        }));
    if (state->cancelled) {
        // The child has not begun: its slot is connected only once it runs, so ask again behind it.
        asio::post(state->executor, [scope = state_] {
            for (auto& signal : scope->children) signal.emit(asio::cancellation_type::terminal);
        });
    }
}

// Posted: a signal must be emitted where the task runs and not from inside one of its own steps.
void TaskScope::cancel() {
    state_->cancelled = true;
    asio::post(state_->executor, [state = state_] {
        for (auto it = state->children.begin(); it != state->children.end();)
            (it++)->emit(asio::cancellation_type::terminal);
    });
}

Task<void> TaskScope::join() {
    auto state = state_;
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    while (!state->children.empty()) co_await state->ended.wait();
}

std::size_t TaskScope::size() const {
    return state_->children.size();
}
Executor TaskScope::executor() const {
    return state_->executor;
}

void TaskScope::on_exception(std::function<void(std::string_view)> handler) {
    exception_handler() = std::move(handler);
}

}  // namespace lares::async
