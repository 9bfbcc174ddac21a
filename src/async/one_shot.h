#pragma once
// One value from any thread to one coroutine.
#include <memory>
#include <mutex>
#include <optional>

#include "async/signal.h"

namespace lares::async {

template <class T>
class OneShot {
public:
    explicit OneShot(Executor executor) : state_(std::make_shared<State>(std::move(executor))) {}

    // Any thread; the first call wins.
    void set(T value) const {
        {
            std::lock_guard lock(state_->mutex);
            if (state_->value) return;
            state_->value.emplace(std::move(value));
        }
        state_->signal.notify();
    }

    // Once. Cancelled: unwinds; the value is dropped when it comes.
    Task<T> take() const {
        auto state = state_;
        for (;;) {
            {
                std::lock_guard lock(state->mutex);
                if (state->value) co_return std::move(*state->value);
            }
            co_await state->signal.wait();
        }
    }

private:
    struct State {
        explicit State(Executor executor) : signal(std::move(executor)) {}
        Signal signal;
        std::mutex mutex;
        std::optional<T> value;
    };
    std::shared_ptr<State> state_;
};

}  // namespace lares::async
