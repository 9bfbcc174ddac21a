#pragma once
// The memory of what clients send, while it is read or handled: all of it together, and what one holder may
// have of it, so that nobody's slow uploads keep everybody else out. Private to http.
#include <atomic>
#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/result.h"
#include "http/guard.h"

namespace lares::http {

class Budget {
    struct Account {
        std::size_t bytes = 0;
        std::size_t parts = 0;
    };
    using Accounts = std::unordered_map<std::string, Account>;

public:
    explicit Budget(std::size_t bytes) : bytes_(bytes) {}

    // What one body or message has of it; given back at its end.
    class Part {
    public:
        explicit Part(Budget& budget) : budget_(budget) {}
        ~Part() { release(); }
        Part(const Part&) = delete;
        Part& operator=(const Part&) = delete;

        // Before the first take(): what is taken counts as the holder's too, who has a quarter of all, or one
        // body of up to `largest` where its route takes such; strangers have half, all together. Returns how
        // large it may become. What is small and here already needs no holder.
        std::size_t belongs_to(const Holder& holder, std::size_t largest);
        // Errors: unavailable "busy", rate_limited "too-much-at-once".
        Result<void> take(std::size_t bytes);
        std::size_t size() const { return bytes_; }
        void release();

    private:
        Budget& budget_;
        Accounts::value_type* account_ = nullptr;
        bool known_ = false;
        std::size_t bytes_ = 0;
        std::size_t account_max_ = 0;
    };

private:
    bool add(std::size_t bytes);

    const std::size_t bytes_;
    std::atomic<std::size_t> taken_ = 0;
    std::mutex mutex_;  // of what follows
    Accounts accounts_;
    std::size_t strangers_ = 0;  // bytes
};

}  // namespace lares::http
