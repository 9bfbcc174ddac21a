#include "limits/login.h"

#include <algorithm>

#include "base/text.h"
#include "limits/gcra.h"

namespace lares::limits {
namespace {

tl::unexpected<Error> too_many(std::int64_t wait_ms) {
    Error error{
        Code::rate_limited,
        "too-many-logins",
        "Too many wrong passwords. Try again in " + std::to_string((wait_ms + 59'999) / 60'000) + " min.",
        {},
        {},
        wait_ms};
    return fail(std::move(error));
}

}  // namespace

LoginLimits::LoginLimits(async::Clock& clock, Options options) : clock_(clock), options_(options) {}

std::int64_t LoginLimits::now_ms() const {
    return std::chrono::duration_cast<async::Milliseconds>(clock_.steady().time_since_epoch()).count();
}

std::int64_t LoginLimits::most(const std::string& key) const {
    return key.starts_with("address\n") ? options_.attempts_per_address : options_.attempts;
}

Result<LoginLimits::Attempt> LoginLimits::begin(std::string_view login_name, std::string_view address,
                                                bool local) {
    Attempt attempt;
    attempt.keys.push_back("name\n" + to_lower_ascii(login_name));
    if (!local) attempt.keys.push_back("address\n" + address_key(address));
    std::lock_guard lock(mutex_);
    attempt.at_ms = now_ms();
    for (const auto& key : attempt.keys)
        if (const auto wait = wait_ms(key, attempt.at_ms); wait > 0) return too_many(wait);
    for (const auto& key : attempt.keys) reserve(key, attempt.at_ms);
    return attempt;
}

Result<void> LoginLimits::add_account(Attempt& attempt, std::string_view account) {
    std::string key = "account\n" + std::string(account);
    std::lock_guard lock(mutex_);
    if (const auto wait = wait_ms(key, attempt.at_ms); wait > 0) return too_many(wait);
    reserve(key, attempt.at_ms);
    attempt.keys.push_back(std::move(key));
    return {};
}

void LoginLimits::succeeded(const Attempt& attempt) {
    std::lock_guard lock(mutex_);
    for (const auto& key : attempt.keys) release(key, attempt.at_ms);
}

std::int64_t LoginLimits::wait_ms(const std::string& key, std::int64_t now) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return 0;
    auto& tries = found->second->tries_ms;
    while (!tries.empty() && tries.front() <= now - options_.window_ms) tries.pop_front();
    if (static_cast<std::int64_t>(tries.size()) < most(key)) return 0;
    return tries.front() + options_.window_ms - now;
}

void LoginLimits::reserve(const std::string& key, std::int64_t now) {
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
        found->second->tries_ms.push_back(now);
        entries_.splice(entries_.begin(), entries_, found->second);
        return;
    }
    if (entries_.size() >= options_.keys_max) {
        by_key_.erase(entries_.back().key);
        entries_.pop_back();
    }
    entries_.push_front({key, {now}});
    by_key_.emplace(entries_.front().key, entries_.begin());
}

void LoginLimits::release(const std::string& key, std::int64_t at_ms) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return;
    auto& tries = found->second->tries_ms;
    if (const auto at = std::find(tries.begin(), tries.end(), at_ms); at != tries.end()) tries.erase(at);
}

std::size_t LoginLimits::keys() const {
    std::lock_guard lock(mutex_);
    return entries_.size();
}

}  // namespace lares::limits
