#pragma once
// Counters, gauges and histograms in the Prometheus text format. Ask for an instrument once and keep the
// reference: it lives as long as the process, and adding to it takes no lock.
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lares::metrics {

// Label values must come from a closed set (routes, kinds); past 500 label sets of one name the rest share
// the set {overflow="true"}.
using Labels = std::vector<std::pair<std::string, std::string>>;

class Counter {
public:
    void add(std::uint64_t by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }
    std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_ = 0;
};

class Gauge {
public:
    void set(double value) { value_.store(value, std::memory_order_relaxed); }
    void add(double by) { value_.fetch_add(by, std::memory_order_relaxed); }
    double value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<double> value_ = 0;
};

class Histogram {
public:
    explicit Histogram(std::span<const double> bounds);
    void observe(double value);
    std::span<const double> bounds() const { return bounds_; }
    std::uint64_t bucket(std::size_t i) const { return buckets_[i].load(std::memory_order_relaxed); }
    double sum() const { return sum_.load(std::memory_order_relaxed); }

private:
    std::span<const double> bounds_;                   // upper bounds, rising; static storage
    std::vector<std::atomic<std::uint64_t>> buckets_;  // one more than bounds: the last is for what is above
    std::atomic<double> sum_ = 0;
};

// Seconds of a request, and of what takes longer (a turn, a model load).
inline constexpr std::array<double, 12> request_seconds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                        0.05,   0.1,   0.25,   0.5,   1,    5};
inline constexpr std::array<double, 12> turn_seconds{0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                                     1,    2.5,   5,    10,  30,   120};

// Same name and labels: same instrument. A name has one kind (asserted).
Counter& counter(std::string_view name, const Labels& labels = {}, std::string_view help = {});
Gauge& gauge(std::string_view name, const Labels& labels = {}, std::string_view help = {});
Histogram& histogram(std::string_view name, const Labels& labels = {}, std::string_view help = {},
                     std::span<const double> bounds = request_seconds);

// Called before each scrape, on its thread: for gauges that are cheaper to look up than to keep. While the
// returned handle lives.
class Collector {
public:
    explicit Collector(std::function<void()> collect);
    ~Collector();
    Collector(const Collector&) = delete;
    Collector& operator=(const Collector&) = delete;

private:
    std::uint64_t id_;
};

// Prometheus text exposition 0.0.4, process metrics included.
std::string scrape();

}  // namespace lares::metrics
