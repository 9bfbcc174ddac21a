#include "limits/gcra.h"

#include <algorithm>
#include <cmath>

#include <arpa/inet.h>

#include "base/text.h"

namespace lares::limits {

namespace {

constexpr std::int64_t restored_ms_max = 10LL * 60 * 1000;

}  // namespace

Gcra::Gcra(async::Clock& clock, std::size_t keys_max)
    : clock_(clock), shard_keys_max_(std::max<std::size_t>(1, keys_max / shard_count)) {}

LimitKey::LimitKey(std::string_view kind, std::initializer_list<std::string_view> parts) {
    size_ = kind.size() + 1;
    for (const auto part : parts) size_ += part.size();
    if (size_ > short_.size()) long_.resize(size_);
    char* to = long_.empty() ? short_.data() : long_.data();
    to = std::copy(kind.begin(), kind.end(), to);
    *to++ = '\n';
    for (const auto part : parts) to = std::copy(part.begin(), part.end(), to);
}

std::int64_t Gcra::now_us() const {
    return std::chrono::duration_cast<std::chrono::microseconds>(clock_.steady().time_since_epoch()).count();
}

Decision Gcra::take(const LimitKey& key, Rate rate, std::uint32_t weight) {
    Decision decision;
    if (rate.per_minute <= 0) {
        decision.remaining = rate.burst;
        return decision;
    }
    const double interval_us = 60e6 / rate.per_minute;
    const auto tolerance_us = static_cast<std::int64_t>(interval_us * static_cast<double>(rate.burst));
    const auto cost_us = std::min(static_cast<std::int64_t>(interval_us * weight), tolerance_us);
    const std::int64_t now = now_us();

    Shard& shard = shard_of(key.text());
    std::lock_guard lock(shard.mutex);
    const auto found = shard.by_key.find(key.text());
    std::int64_t arrival_us = now;
    if (found != shard.by_key.end()) {
        arrival_us = std::max(arrival_us, found->second->theoretical_arrival_us);
        shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
    }
    const std::int64_t early_us = arrival_us + cost_us - tolerance_us - now;
    decision.allowed = early_us <= 0;
    if (decision.allowed)
        arrival_us += cost_us;
    else
        decision.retry_after_ms = (early_us + 999) / 1000;
    decision.reset_ms = (arrival_us - now + 999) / 1000;
    decision.remaining = std::max<std::int64_t>(
        0, static_cast<std::int64_t>(
               std::floor(static_cast<double>(tolerance_us - (arrival_us - now)) / interval_us + 1e-9)));
    if (!decision.allowed) return decision;
    if (found != shard.by_key.end())
        found->second->theoretical_arrival_us = arrival_us;
    else
        store(shard, key.text(), arrival_us);
    return decision;
}

void Gcra::store(Shard& shard, std::string_view key, std::int64_t arrival_us) {
    if (shard.entries.size() >= shard_keys_max_) {
        shard.by_key.erase(shard.entries.back().key);
        shard.entries.pop_back();
    }
    shard.entries.push_front({std::string(key), arrival_us});
    shard.by_key.emplace(shard.entries.front().key, shard.entries.begin());
}

void Gcra::move_arrival(std::string_view key, Rate rate, std::int64_t weight) {
    if (rate.per_minute <= 0 || weight == 0) return;
    const double interval_us = 60e6 / rate.per_minute;
    const auto tolerance_us = static_cast<std::int64_t>(interval_us * static_cast<double>(rate.burst));
    const auto cost_us = std::clamp(static_cast<std::int64_t>(interval_us * static_cast<double>(weight)),
                                    -tolerance_us, tolerance_us);
    const std::int64_t now = now_us();
    Shard& shard = shard_of(key);
    std::lock_guard lock(shard.mutex);
    const auto found = shard.by_key.find(key);
    if (found == shard.by_key.end()) {
        if (weight > 0) store(shard, key, now + cost_us);
        return;
    }
    auto& arrival_us = found->second->theoretical_arrival_us;
    arrival_us = std::min(std::max(arrival_us, now) + cost_us, now + 2 * tolerance_us);
}

void Gcra::give_back(const LimitKey& key, Rate rate, std::uint32_t weight) {
    move_arrival(key.text(), rate, -static_cast<std::int64_t>(weight));
}

void Gcra::charge(const LimitKey& key, Rate rate, std::uint32_t weight) {
    move_arrival(key.text(), rate, weight);
}

std::vector<Gcra::Saved> Gcra::saved(async::Milliseconds soon) const {
    std::vector<Saved> out;
    const std::int64_t steady_us = now_us(), unix_ms = clock_.unix_ms();
    for (const auto& shard : shards_) {
        std::lock_guard lock(shard.mutex);
        for (const auto& entry : shard.entries) {
            const std::int64_t left_ms = (entry.theoretical_arrival_us - steady_us) / 1000;
            if (left_ms > soon.count()) out.push_back({entry.key, unix_ms + left_ms});
        }
    }
    return out;
}

void Gcra::restore(const std::vector<Saved>& saved) {
    const std::int64_t steady_us = now_us(), unix_ms = clock_.unix_ms();
    for (const auto& one : saved) {
        // A clock that was put back must not lock anybody out.
        const std::int64_t left_ms = std::min(one.free_ms - unix_ms, restored_ms_max);
        if (left_ms <= 0) continue;
        Shard& shard = shard_of(one.key);
        std::lock_guard lock(shard.mutex);
        if (!shard.by_key.contains(one.key)) store(shard, one.key, steady_us + left_ms * 1000);
    }
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
