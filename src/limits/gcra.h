#pragma once
// How often: the generic cell rate algorithm, in memory. One number is kept for each key; keys are bounded,
// and those that were idle longest go first.
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "async/clock.h"
#include "base/result.h"

namespace lares::limits {

struct Rate {
    double per_minute = 0;   // 0: no limit
    std::int64_t burst = 1;  // how many at once
};

struct Decision {
    bool allowed = true;
    std::int64_t remaining = 0;       // how many more at once, now
    std::int64_t reset_ms = 0;        // until the whole burst is free again
    std::int64_t retry_after_ms = 0;  // when refused: until this weight would be allowed
};

// What is counted ("address"), and whose: one text, on the stack unless it is long.
class LimitKey {
public:
    LimitKey(std::string_view kind, std::initializer_list<std::string_view> parts);
    LimitKey(const LimitKey&) = delete;
    LimitKey& operator=(const LimitKey&) = delete;
    std::string_view text() const { return {long_.empty() ? short_.data() : long_.data(), size_}; }

private:
    std::array<char, 128> short_;
    std::string long_;
    std::size_t size_ = 0;
};

class Gcra {
public:
    explicit Gcra(async::Clock& clock, std::size_t keys_max = 100'000);

    // Any thread. `kind` says what is counted ("address"), `key` whose. A weight above the burst counts as
    // the burst. A refused request costs nothing.
    Decision take(std::string_view kind, std::string_view key, Rate rate, std::uint32_t weight = 1) {
        return take(LimitKey(kind, {key}), rate, weight);
    }
    Decision take(const LimitKey& key, Rate rate, std::uint32_t weight = 1);
    // What take() took was not used: of a key that is not stored there is nothing to give back.
    void give_back(const LimitKey& key, Rate rate, std::uint32_t weight);
    // More was used than was taken: it is owed, at most one burst beyond the limit.
    void charge(const LimitKey& key, Rate rate, std::uint32_t weight);
    std::size_t keys() const;

    // Keys that are not wholly free again within `soon`, with the Unix time (in ms) at which they will be.
    struct Saved {
        std::string key;
        std::int64_t free_ms;
    };
    std::vector<Saved> saved(async::Milliseconds soon = async::Milliseconds(1000)) const;
    // What an earlier process saved; keys that are known already stay as they are.
    void restore(const std::vector<Saved>& saved);

private:
    struct Entry {
        std::string key;
        std::int64_t theoretical_arrival_us;
    };
    struct Shard {
        mutable std::mutex mutex;
        std::list<Entry> entries;  // the most recent first
        std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key;
    };
    static constexpr std::size_t shard_count = 16;
    Shard& shard_of(std::string_view key) {
        return shards_[std::hash<std::string_view>{}(key) % shard_count];
    }
    std::int64_t now_us() const;
    void move_arrival(std::string_view key, Rate rate, std::int64_t weight);
    void store(Shard& shard, std::string_view key, std::int64_t arrival_us);

    async::Clock& clock_;
    std::size_t shard_keys_max_;
    std::array<Shard, shard_count> shards_;
};

// Error: rate_limited "too-many-requests" with retry_after_ms.
tl::unexpected<Error> refusal(const Decision& decision);

// What one person can be told apart by: an IPv4 address, or the /64 network of an IPv6 address. Other text is
// itself.
std::string address_key(std::string_view address);

}  // namespace lares::limits
