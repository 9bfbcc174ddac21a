#pragma once
// One value from any thread to any number of coroutines, each on its own executor.
#include <mutex>
#include <optional>
#include <vector>

#include "async/one_shot.h"
#include "async/task.h"

namespace lares::turn {

template <class T>
class Settled {
public:
    // The first call wins.
    void set(T value) {
        std::vector<async::OneShot<T>> waiting;
        {
            std::lock_guard lock(mutex_);
            if (value_) return;
            value_.emplace(value);
            waiting.swap(waiting_);
        }
        for (const auto& one : waiting) one.set(value);
    }

    // The owner must live until it is set.
    Task<T> wait() {
        async::OneShot<T> one(co_await boost::asio::this_coro::executor);
        {
            std::lock_guard lock(mutex_);
            if (value_) co_return *value_;
            waiting_.push_back(one);
        }
        co_return co_await one.take();
    }

    bool is_set() const {
        std::lock_guard lock(mutex_);
        return value_.has_value();
    }

private:
    mutable std::mutex mutex_;
    std::optional<T> value_;
    std::vector<async::OneShot<T>> waiting_;
};

}  // namespace lares::turn
