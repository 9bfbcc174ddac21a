#pragma once
// Waits on a plain thread for somebody else's callback.
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace lares::test {

class Doorbell {
public:
    void ring() {
        std::lock_guard lock(mutex_);
        rung_ = true;
        changed_.notify_all();
    }
    // Until it rings, or has rung since the last wait, or a minute has passed: whoever waits looks again.
    void wait() {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::seconds(60), [this] { return rung_; });
        rung_ = false;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool rung_ = false;
};

}  // namespace lares::test
