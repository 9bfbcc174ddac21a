#pragma once
// A bounded queue from any thread to one coroutine. Full: try_push answers false and the producer decides
// (wait, drop, end).
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "async/signal.h"

namespace lares::async {

template <class T>
class Channel {
public:
    Channel(Executor consumer, std::size_t capacity)
        : state_(std::make_shared<State>(std::move(consumer), capacity)) {}

    // Any thread. False: full or closed.
    bool try_push(T value) const {
        {
            std::lock_guard lock(state_->mutex);
            if (state_->closed || state_->items.size() >= state_->capacity) return false;
            state_->items.push_back(std::move(value));
        }
        state_->signal.notify();
        return true;
    }

    // Any thread. What was pushed before is still popped.
    void close() const {
        {
            std::lock_guard lock(state_->mutex);
            state_->closed = true;
        }
        state_->signal.notify();
    }

    // One consumer. nullopt: closed and empty.
    Task<std::optional<T>> pop() const {
        auto state = state_;
        for (;;) {
            {
                std::lock_guard lock(state->mutex);
                if (!state->items.empty()) {
                    std::optional<T> item(std::move(state->items.front()));
                    state->items.pop_front();
                    co_return item;
                }
                if (state->closed) co_return std::nullopt;
            }
            co_await state->signal.wait();
        }
    }

    std::size_t size() const {
        std::lock_guard lock(state_->mutex);
        return state_->items.size();
    }

private:
    struct State {
        State(Executor consumer, std::size_t limit) : signal(std::move(consumer)), capacity(limit) {}
        Signal signal;
        mutable std::mutex mutex;
        std::deque<T> items;
        std::size_t capacity;
        bool closed = false;
    };
    std::shared_ptr<State> state_;
};

}  // namespace lares::async
