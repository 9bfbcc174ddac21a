#pragma once
// A bounded pool of threads for work that blocks (SQL, passwords, media) or takes over a millisecond
// (compute). One pool per kind of work, so that none starves another.
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "async/one_shot.h"
#include "base/result.h"

namespace lares::async {

class Pool {
public:
    struct Options {
        std::string name;  // shown in thread lists, logs and the refusal
        std::size_t threads = 1;
        std::size_t queue_max = 256;  // waiting jobs; past it run() answers unavailable
        int nice = 0;                 // > 0: lower priority
    };
    explicit Pool(Options options);
    ~Pool();  // runs what is queued, then joins
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    // False: the queue is full.
    bool submit(std::function<void()> job);

    // Runs f on the pool and resumes the caller on its own executor. f owns what it uses (the caller may be
    // cancelled meanwhile) and returns Result<T>.
    template <class F>
    auto run(F f) -> Task<std::invoke_result_t<F&>> {
        using R = std::invoke_result_t<F&>;
        OneShot<R> answer(co_await boost::asio::this_coro::executor);
        auto job = std::make_shared<F>(std::move(f));
        const bool queued = submit([answer, job] {
            try {
                answer.set((*job)());
            } catch (const std::exception& exception) {
                answer.set(R(failed(exception)));
            }
        });
        if (!queued) co_return refused();
        co_return co_await answer.take();
    }

    std::size_t queued() const;

private:
    tl::unexpected<Error> refused() const;
    static tl::unexpected<Error> failed(const std::exception& exception);
    void work(std::size_t index);

    Options options_;
    mutable std::mutex mutex_;
    std::condition_variable ready_;
    std::deque<std::function<void()>> jobs_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace lares::async
