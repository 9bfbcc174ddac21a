#pragma once
// Should OpenMP's threads spin or sleep while they wait for each other? On a quiet machine spinning is up to
// twice as fast; where other work takes the cores it is several times slower (docs/decisions/0042). No
// setting can know, so both are tried now and then and the faster one is used, for each size of batch by
// itself. Results do not depend on it.
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace lares::engine::llm {

class Spin {
public:
    enum Mode : std::size_t { sleeps = 0, spins = 1 };

    Mode choose(std::size_t tokens) {
        auto& bucket = of(tokens);
        ++bucket.steps;
        for (const Mode mode : {sleeps, spins})
            if (bucket.seen[mode] < first_looks) return mode;
        const Mode best = bucket.ms[spins] < bucket.ms[sleeps] ? spins : sleeps;
        if (bucket.steps < bucket.look_at) return best;
        // The less it changes, the rarer it is looked at: the slower mode costs up to a whole step.
        bucket.wait = best == bucket.last_best ? std::min(bucket.wait * 2, rarest_look) : first_wait;
        bucket.last_best = best;
        bucket.look_at = bucket.steps + bucket.wait;
        bucket.ms_at_look = bucket.ms[best];
        return static_cast<Mode>(1 - best);
    }

    void observe(std::size_t tokens, Mode mode, double step_ms) {
        auto& bucket = of(tokens);
        const double each = step_ms / static_cast<double>(tokens);
        double& mean = bucket.ms[mode];
        mean = bucket.seen[mode] == 0 ? each : mean * 0.7 + each * 0.3;
        if (bucket.seen[mode] < first_looks) ++bucket.seen[mode];
        // Other work has come, or the other mode is better now: look at once, and as often as it takes to be
        // sure.
        const bool best_slowed =
            mode == bucket.last_best && bucket.ms_at_look > 0 && mean > slowed * bucket.ms_at_look;
        const bool other_faster = mode != bucket.last_best && each < bucket.ms[bucket.last_best];
        if (best_slowed || other_faster) bucket.look_at = bucket.steps + 1, bucket.wait = first_wait;
    }

private:
    static constexpr std::uint64_t first_looks = 3, first_wait = 128, rarest_look = 512;  // steps
    static constexpr double slowed = 1.3;
    struct Bucket {
        std::array<double, 2> ms{};  // per token, a running mean
        std::array<std::uint32_t, 2> seen{};
        std::uint64_t steps = 0, wait = first_wait, look_at = first_wait;
        Mode last_best = sleeps;
        double ms_at_look = 0;
    };
    Bucket& of(std::size_t tokens) {
        return buckets_[std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(tokens)),
                                              buckets_.size() - 1)];
    }
    std::array<Bucket, 10> buckets_{};  // by powers of two
};

}  // namespace lares::engine::llm
