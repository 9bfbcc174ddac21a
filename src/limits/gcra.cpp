#include "limits/gcra.h"

#include <algorithm>
#include <cmath>

#include <arpa/inet.h>

#include "base/text.h"

namespace lares::limits {

Gcra::Gcra(async::Clock& clock, std::size_t keys_max)
    : clock_(clock), shard_keys_max_(std::max<std::size_t>(1, keys_max / shard_count)) {}

Decision Gcra::take(std::string_view kind, std::string_view key, Rate rate, std::uint32_t weight) {
    Decision decision;
    if (rate.per_minute <= 0) {
        decision.remaining = rate.burst;
        return decision;
    }
    const double interval_us = 60e6 / rate.per_minute;
    const auto tolerance_us = static_cast<std::int64_t>(interval_us * static_cast<double>(rate.burst));
    const auto cost_us = std::min(static_cast<std::int64_t>(interval_us * weight), tolerance_us);
    const std::int64_t now_us =
        std::chrono::duration_cast<std::chrono::microseconds>(clock_.steady().time_since_epoch()).count();

    std::string full_key(kind);
    full_key.append(1, '\n').append(key);
    Shard& shard = shards_[std::hash<std::string>{}(full_key) % shard_count];
    std::lock_guard lock(shard.mutex);
    const auto found = shard.by_key.find(full_key);
    std::int64_t arrival_us = now_us;
    if (found != shard.by_key.end()) {
        arrival_us = std::max(arrival_us, found->second->theoretical_arrival_us);
        shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
    }
    const std::int64_t early_us = arrival_us + cost_us - tolerance_us - now_us;
    decision.allowed = early_us <= 0;
    if (decision.allowed)
        arrival_us += cost_us;
    else
        decision.retry_after_ms = (early_us + 999) / 1000;
    decision.reset_ms = (arrival_us - now_us + 999) / 1000;
    decision.remaining = static_cast<std::int64_t>(
        std::floor(static_cast<double>(tolerance_us - (arrival_us - now_us)) / interval_us + 1e-9));
    if (!decision.allowed) return decision;
    if (found != shard.by_key.end()) {
        found->second->theoretical_arrival_us = arrival_us;
        return decision;
    }
    if (shard.entries.size() >= shard_keys_max_) {
        shard.by_key.erase(shard.entries.back().key);
        shard.entries.pop_back();
    }
    shard.entries.push_front({std::move(full_key), arrival_us});
    shard.by_key.emplace(shard.entries.front().key, shard.entries.begin());
    return decision;
}

std::size_t Gcra::keys() const {
    std::size_t count = 0;
    for (const auto& shard : shards_) {
        std::lock_guard lock(shard.mutex);
        count += shard.entries.size();
    }
    return count;
}

tl::unexpected<Error> refusal(const Decision& decision) {
    Error error{
        Code::rate_limited,
        "too-many-requests",
        "Too many requests. Try again in " + std::to_string((decision.retry_after_ms + 999) / 1000) + " s.",
        {},
        {},
        decision.retry_after_ms};
    return fail(std::move(error));
}

std::string address_key(std::string_view address) {
    const std::string text(address.substr(0, address.find('%')));
    in6_addr v6{};
    if (inet_pton(AF_INET6, text.c_str(), &v6) != 1) return std::string(address);
    const std::string_view raw(reinterpret_cast<const char*>(&v6), sizeof v6);
    if (IN6_IS_ADDR_V4MAPPED(&v6)) {
        char v4[INET_ADDRSTRLEN];
        return inet_ntop(AF_INET, raw.data() + 12, v4, sizeof v4);
    }
    return to_hex(raw.substr(0, 8)) + "/64";
}

}  // namespace lares::limits
