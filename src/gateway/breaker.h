#pragma once
// Whether an upstream is worth asking: after some failures in a row it is left alone for a while, then one
// request is let through to see. Thread-safe; time is given.
#include <cstdint>
#include <mutex>

namespace lares::gateway {

class Breaker {
public:
    struct Options {
        std::uint32_t failures = 5;    // in a row
        std::int64_t rest_ms = 5'000;  // doubled with each probe that fails
        std::int64_t rest_max_ms = 300'000;
    };
    Breaker() = default;
    explicit Breaker(Options options) : options_(options) {}

    // False: not now. True for the probe too: then one of the calls below must follow.
    bool allow(std::int64_t now_ms);
    void succeeded();
    void failed(std::int64_t now_ms);
    void neither();  // the call ended without telling anything: another may probe

    bool open(std::int64_t now_ms) const;
    std::int64_t retry_after_ms(std::int64_t now_ms) const;

    // One call that asks first and tells after, also when it is cut off in between.
    class Probe {
    public:
        explicit Probe(Breaker& breaker) : breaker_(breaker) {}
        ~Probe() {
            if (open_) breaker_.neither();
        }
        Probe(const Probe&) = delete;
        Probe& operator=(const Probe&) = delete;
        bool begin(std::int64_t now_ms) { return open_ = breaker_.allow(now_ms); }
        void tell(bool good, std::int64_t now_ms) {
            if (!open_) return;
            open_ = false;
            good ? breaker_.succeeded() : breaker_.failed(now_ms);
        }

    private:
        Breaker& breaker_;
        bool open_ = false;
    };

private:
    bool rests(std::int64_t now_ms) const;

    Options options_;
    mutable std::mutex mutex_;
    std::uint32_t failures_ = 0;
    std::int64_t until_ms_ = 0;  // 0: closed
    std::int64_t rest_ms_ = 0;
    bool probing_ = false;
};

}  // namespace lares::gateway
