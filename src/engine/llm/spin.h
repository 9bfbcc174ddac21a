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
        return bucket.steps % look_again == 0 ? static_cast<Mode>(1 - best) : best;
    }

    void observe(std::size_t tokens, Mode mode, double step_ms) {
        auto& bucket = of(tokens);
        const double each = step_ms / static_cast<double>(tokens);
        double& mean = bucket.ms[mode];
        mean = bucket.seen[mode] == 0 ? each : mean * 0.7 + each * 0.3;
        if (bucket.seen[mode] < first_looks) ++bucket.seen[mode];
    }

private:
    static constexpr std::uint32_t first_looks = 3, look_again = 128;
    struct Bucket {
        std::array<double, 2> ms{};  // per token, a running mean
        std::array<std::uint32_t, 2> seen{};
        std::uint64_t steps = 0;
    };
    Bucket& of(std::size_t tokens) {
        return buckets_[std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(tokens)),
                                              buckets_.size() - 1)];
    }
    std::array<Bucket, 10> buckets_{};  // by powers of two
};

}  // namespace lares::engine::llm
