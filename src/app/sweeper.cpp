#include "app/sweeper.h"

#include "observe/log.h"

namespace lares::app {

void Sweeper::start(std::vector<Sweep> sweeps, async::Milliseconds pause) {
    sweeps_ = std::move(sweeps);
    thread_ = std::thread([this, pause] { work(pause); });
}

void Sweeper::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Sweeper::work(async::Milliseconds pause) {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        for (const auto& sweep : sweeps_) {
            if (stopping_) return;
            lock.unlock();
            if (const auto done = sweep.run(); !done)
                log::warn(
                    "a sweep failed, it is tried again later",
                    {{"sweep", sweep.name}, {"error", done.error().type}, {"detail", done.error().detail}});
            lock.lock();
        }
        wake_.wait_for(lock, pause, [this] { return stopping_; });
    }
}

}  // namespace lares::app
