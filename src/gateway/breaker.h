#pragma once
// Whether an upstream is worth asking: after some failures in a row it is left alone for a while, then one
// request is let through to see. Thread-safe; time is given.
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

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

    // What lets a call through. One of an earlier state is not heard any more: what became of calls that
    // began before a rest says nothing of the probe after it.
    using Pass = std::uint64_t;
    // nullopt: not now. Else one of the calls below must follow.
    std::optional<Pass> allow(std::int64_t now_ms);
    void succeeded(Pass pass);
    void failed(Pass pass, std::int64_t now_ms);
    void neither(Pass pass);  // the call ended without telling anything: another may probe

    bool open(std::int64_t now_ms) const;
    std::int64_t retry_after_ms(std::int64_t now_ms) const;

    // One call that asks first and tells after, also when it is cut off in between.
    class Probe {
    public:
        explicit Probe(Breaker& breaker) : breaker_(breaker) {}
        ~Probe() {
            if (pass_) breaker_.neither(*pass_);
        }
        Probe(const Probe&) = delete;
        Probe& operator=(const Probe&) = delete;
        bool begin(std::int64_t now_ms) { return (pass_ = breaker_.allow(now_ms)).has_value(); }
        void tell(bool good, std::int64_t now_ms) {
            const auto pass = std::exchange(pass_, std::nullopt);
            if (!pass) return;
            good ? breaker_.succeeded(*pass) : breaker_.failed(*pass, now_ms);
        }

    private:
        Breaker& breaker_;
        std::optional<Pass> pass_;
    };

private:
    bool rests(std::int64_t now_ms) const;

    Options options_;
    mutable std::mutex mutex_;
    std::uint32_t failures_ = 0;
    std::int64_t until_ms_ = 0;  // 0: closed
    std::int64_t rest_ms_ = 0;
    bool probing_ = false;
    Pass pass_ = 0;  // another with each rest
};

}  // namespace lares::gateway
