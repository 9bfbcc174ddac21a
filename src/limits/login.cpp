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

tl::unexpected<Error> pending() {
    Error error{Code::unavailable,
                "logins-pending",
                "Many sign-ins are being checked. Try again in a moment.",
                {},
                {},
                1000};
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
    std::vector<std::string> keys{"name\n" + to_lower_ascii(login_name)};
    if (!local) keys.push_back("address\n" + address_key(address));
    std::lock_guard lock(mutex_);
    const std::int64_t now = now_ms();
    for (const auto& key : keys) LARES_CHECK(check(key, now));
    Attempt attempt(this, std::move(keys));
    attempt.id_ = next_id_++;
    for (const auto& key : attempt.keys_) reserve(key, attempt.id_, now);
    return attempt;
}

Result<void> LoginLimits::Attempt::add_account(std::string_view account) {
    std::string key = "account\n" + std::string(account);
    std::lock_guard lock(limits_->mutex_);
    const std::int64_t now = limits_->now_ms();
    LARES_CHECK(limits_->check(key, now));
    limits_->reserve(key, id_, now);
    keys_.push_back(std::move(key));
    return {};
}

void LoginLimits::Attempt::give_back() {
    limits_->settle(*this, false);
    limits_ = nullptr;
}

LoginLimits::Attempt::~Attempt() {
    if (limits_) limits_->settle(*this, true);
}

Result<void> LoginLimits::check(const std::string& key, std::int64_t now) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return {};
    auto& tries = found->second->tries;
    std::erase_if(tries,
                  [&](const Try& one) { return !one.pending && one.at_ms <= now - options_.window_ms; });
    if (static_cast<std::int64_t>(tries.size()) < most(key)) return {};
    if (std::ranges::any_of(tries, &Try::pending)) return pending();
    return too_many(tries.front().at_ms + options_.window_ms - now);
}

void LoginLimits::reserve(const std::string& key, std::uint64_t id, std::int64_t now) {
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
        found->second->tries.push_back({id, now, true});
        entries_.splice(entries_.begin(), entries_, found->second);
        return;
    }
    if (entries_.size() >= options_.keys_max) {
        by_key_.erase(entries_.back().key);
        entries_.pop_back();
    }
    entries_.push_front({key, {{id, now, true}}});
    by_key_.emplace(entries_.front().key, entries_.begin());
}

void LoginLimits::settle(const Attempt& attempt, bool counts) {
    std::lock_guard lock(mutex_);
    for (const auto& key : attempt.keys_) {
        const auto found = by_key_.find(key);
        if (found == by_key_.end()) continue;
        auto& tries = found->second->tries;
        const auto at = std::ranges::find(tries, attempt.id_, &Try::id);
        if (at == tries.end()) continue;
        if (counts)
            at->pending = false;
        else
            tries.erase(at);
    }
}

std::size_t LoginLimits::keys() const {
    std::lock_guard lock(mutex_);
    return entries_.size();
}

}  // namespace lares::limits
