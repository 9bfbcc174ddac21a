#include "gateway/routing.h"

#include <algorithm>
#include <numeric>

namespace lares::gateway {

namespace {

constexpr double newest_counts = 0.3;  // of the smoothed time

double per_weight(std::int64_t count, const TargetView& target) {
    return static_cast<double>(count) / static_cast<double>(std::max<std::int64_t>(target.weight, 1));
}

}  // namespace

std::vector<std::size_t> order_of(Strategy strategy, const std::vector<TargetView>& targets,
                                  std::uint64_t random) {
    std::vector<std::size_t> order(targets.size());
    std::iota(order.begin(), order.end(), 0u);
    const auto by = [&](auto before) {
        std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            const auto& here = targets[a];
            const auto& there = targets[b];
            if (before(here, there) || before(there, here)) return before(here, there);
            return here.weight != there.weight ? here.weight > there.weight : a < b;
        });
    };
    by([](const TargetView& a, const TargetView& b) { return a.weight > b.weight; });
    if (strategy == Strategy::least_latency) {
        by([](const TargetView& a, const TargetView& b) {
            return a.first_ms.value_or(-1) < b.first_ms.value_or(-1);
        });
    } else if (strategy == Strategy::least_used) {
        by([](const TargetView& a, const TargetView& b) {
            const double here = per_weight(a.running, a), there = per_weight(b.running, b);
            return here != there ? here < there : per_weight(a.calls, a) < per_weight(b.calls, b);
        });
    } else {
        std::uint64_t sum = 0;
        for (const auto& target : targets)
            sum += static_cast<std::uint64_t>(std::max<std::int64_t>(target.weight, 0));
        if (sum == 0) return order;
        std::uint64_t left = random % sum;
        auto drawn = order.begin();
        for (;; ++drawn) {
            const auto weight = static_cast<std::uint64_t>(std::max<std::int64_t>(targets[*drawn].weight, 0));
            if (left < weight) break;
            left -= weight;
        }
        std::rotate(order.begin(), drawn, drawn + 1);
    }
    return order;
}

void TargetStats::begin(const std::string& target) {
    std::lock_guard lock(mutex_);
    if (stats_.size() >= targets_max && !stats_.contains(target)) return;
    auto& stat = stats_[target];
    ++stat.running;
    ++stat.calls;
}

void TargetStats::answered(const std::string& target, double first_ms, std::int64_t now_ms) {
    std::lock_guard lock(mutex_);
    const auto found = stats_.find(target);
    if (found == stats_.end()) return;
    auto& stat = found->second;
    stat.first_ms = stat.measured_ms == 0 || now_ms - stat.measured_ms > known_for_ms
                        ? first_ms
                        : stat.first_ms + newest_counts * (first_ms - stat.first_ms);
    stat.measured_ms = now_ms;
}

void TargetStats::end(const std::string& target) {
    std::lock_guard lock(mutex_);
    if (const auto found = stats_.find(target); found != stats_.end() && found->second.running > 0)
        --found->second.running;
}

TargetView TargetStats::view(const std::string& target, std::int64_t weight, std::int64_t now_ms) const {
    TargetView view;
    view.weight = weight;
    std::lock_guard lock(mutex_);
    const auto found = stats_.find(target);
    if (found == stats_.end()) return view;
    view.running = found->second.running;
    view.calls = found->second.calls;
    if (found->second.measured_ms > 0 && now_ms - found->second.measured_ms <= known_for_ms)
        view.first_ms = found->second.first_ms;
    return view;
}

}  // namespace lares::gateway
