#pragma once
// Rate limits by the generic cell rate algorithm (GCRA, ITU-T I.371): one instant per bucket says when it is
// empty again. In memory and bounded; thread-safe.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "async/clock.h"

namespace lares::limits {

// per_second: what a bucket regains; burst: what a full one holds. Weights are taken from it.
struct Rate {
    double per_second = 1;
    double burst = 1;
};

struct Decision {
    bool allowed = true;
    double remaining = 0;             // of the burst, after this
    std::int64_t reset_ms = 0;        // until the bucket is full
    std::int64_t retry_after_ms = 0;  // refused: until this weight would be allowed
};

class Gcra {
public:
    // Past entries_max buckets those that are full again are dropped first, then the oldest.
    explicit Gcra(async::Clock& clock, std::size_t entries_max = 100'000);
    ~Gcra();

    // A refused call takes nothing. kind is a constant ("address", "account"); key names the bucket within
    // it.
    Decision take(std::string_view kind, std::string_view key, Rate rate, double weight = 1);
    std::size_t size() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace lares::limits
