#include "async/pool.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace lares::async {

Pool::Pool(Options options) : options_(std::move(options)) {
    for (std::size_t i = 0; i < options_.threads; ++i) threads_.emplace_back([this, i] { work(i); });
}

Pool::~Pool() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    ready_.notify_all();
    for (auto& thread : threads_) thread.join();
}

bool Pool::submit(std::function<void()> job) {
    {
        std::lock_guard lock(mutex_);
        if (stopping_ || jobs_.size() >= options_.queue_max) return false;
        jobs_.push_back(std::move(job));
    }
    ready_.notify_one();
    return true;
}

std::size_t Pool::queued() const {
    std::lock_guard lock(mutex_);
    return jobs_.size();
}

tl::unexpected<Error> Pool::refused() const {
    Error error{Code::unavailable,
                "busy",
                "The server is busy (" + options_.name + "). Try again in a moment.",
                {},
                {},
                1000};
    return fail(std::move(error));
}

tl::unexpected<Error> Pool::failed(const std::exception& exception) {
    return fail({Code::internal, "internal", "Something went wrong on our side.", {}, exception.what(), {}});
}

void Pool::work(std::size_t index) {
    pthread_setname_np(pthread_self(), (options_.name + "-" + std::to_string(index)).substr(0, 15).c_str());
    if (options_.nice > 0) setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), options_.nice);
    for (;;) {
        std::function<void()> job;
        {
            std::unique_lock lock(mutex_);
            ready_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
            if (jobs_.empty()) return;
            job = std::move(jobs_.front());
            jobs_.pop_front();
        }
        job();
    }
}

}  // namespace lares::async
