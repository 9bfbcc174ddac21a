#pragma once
// Should OpenMP's threads spin or sleep while they wait for each other? On a quiet machine spinning is up to
// seven times as fast; where other work takes the cores it is several times slower (docs/decisions/0042). No
// setting can know, so both are tried and the faster one is used, for each size of batch by itself. Results
// do not depend on it.
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace lares::engine::llm {

class Spin {
public:
    enum Mode : std::size_t { sleeps = 0, spins = 1 };

    Mode choose(std::size_t tokens) {
        auto& bucket = of(tokens);
        ++bucket.steps;
        if (bucket.seen[spins] == 0 || (bucket.seen[sleeps] == 0 && bucket.steps <= first_look)) return spins;
        if (bucket.seen[sleeps] == 0) return sleeps;
        const Mode best = bucket.ms[spins] < bucket.ms[sleeps] ? spins : sleeps;
        if (best != bucket.best) bucket.settle(best);
        if (bucket.steps < bucket.look_at) return best;
        bucket.put_off();
        return static_cast<Mode>(1 - best);
    }

    void observe(std::size_t tokens, Mode mode, double step_ms) {
        auto& bucket = of(tokens);
        const double each = step_ms / static_cast<double>(tokens);
        double& mean = bucket.ms[mode];
        mean = bucket.seen[mode]++ == 0 ? each : mean * 0.7 + each * 0.3;
        if (bucket.seen[sleeps] == 0) return;
        if (mode != bucket.best) {
            if (each < bucket.ms[bucket.best]) bucket.look_at = bucket.steps + 1;  // to be sure
        } else if (mean > slowed * bucket.usual && bucket.steps >= bucket.calm_until) {
            bucket.look_at = bucket.steps + 1;  // other work has come
            bucket.calm_until = bucket.steps + bucket.wait;
        }
        // Longer contexts slow every step little by little; that is no reason to look.
        if (mode == bucket.best) bucket.usual = std::min(mean, bucket.usual * growth);
    }

private:
    static constexpr std::uint64_t first_look = 8, first_wait = 128, rarest_look = 512;  // steps
    static constexpr double slowed = 2, growth = 1.003;
    struct Bucket {
        std::array<double, 2> ms{};  // per token, a running mean
        std::array<std::uint64_t, 2> seen{};
        std::uint64_t steps = 0, wait = first_wait, look_at = never, calm_until = 0;
        Mode best = spins;
        double usual = std::numeric_limits<double>::infinity();  // per token, of the best mode

        void settle(Mode mode) {
            best = mode;
            usual = ms[mode];
            wait = first_wait;
            look_at = mode == sleeps ? steps + wait : never;
        }
        // A look at spinning costs a few steps on a busy machine, one at sleeping six or more on a quiet
        // one: the first is taken now and then, the second only when steps have become slower.
        void put_off() {
            wait = std::min(wait * 2, rarest_look);
            look_at = best == sleeps ? steps + wait : never;
        }
        static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();
    };
    Bucket& of(std::size_t tokens) {
        return buckets_[std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(tokens)),
                                              buckets_.size() - 1)];
    }
    std::array<Bucket, 10> buckets_{};  // by powers of two
};

}  // namespace lares::engine::llm
