#pragma once
// In which order an alias's targets are asked, and what is known of each. Pure but for `TargetStats`, which
// is safe from any thread.
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/catalog.h"

namespace lares::gateway {

struct TargetView {
    std::int64_t weight = 1;
    std::optional<double> first_ms = {};  // until its answers begin; nullopt: not known, or long ago
    std::int64_t running = 0;             // calls now
    std::int64_t calls = 0;               // so far
};

// Indices, the one to ask first in front. weights: one is drawn, then heavier ones first. least_latency:
// those that are not known first, so that they become so. least_used: the fewest calls now for their weight,
// then so far.
std::vector<std::size_t> order_of(Strategy strategy, const std::vector<TargetView>& targets,
                                  std::uint64_t random);

class TargetStats {
public:
    static constexpr std::size_t targets_max = 4'096;     // more are not remembered
    static constexpr std::int64_t known_for_ms = 60'000;  // then a time says nothing any more

    void begin(const std::string& target);
    void answered(const std::string& target, double first_ms, std::int64_t now_ms);
    void end(const std::string& target);  // of each begin()
    TargetView view(const std::string& target, std::int64_t weight, std::int64_t now_ms) const;

private:
    struct Stat {
        double first_ms = 0;  // exponentially smoothed
        std::int64_t measured_ms = 0;
        std::int64_t running = 0, calls = 0;
    };
    mutable std::mutex mutex_;
    std::unordered_map<std::string, Stat> stats_;
};

}  // namespace lares::gateway
