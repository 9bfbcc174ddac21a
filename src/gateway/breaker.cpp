#include "gateway/breaker.h"

#include <algorithm>

namespace lares::gateway {

// A clock that was put back makes no rest longer.
bool Breaker::rests(std::int64_t now_ms) const {
    return now_ms < until_ms_ && now_ms >= until_ms_ - rest_ms_;
}

std::optional<Breaker::Pass> Breaker::allow(std::int64_t now_ms) {
    std::lock_guard lock(mutex_);
    if (until_ms_ == 0) return pass_;
    if (rests(now_ms) || probing_) return std::nullopt;
    probing_ = true;
    return pass_;
}

void Breaker::succeeded(Pass pass) {
    std::lock_guard lock(mutex_);
    if (pass != pass_) return;
    failures_ = 0;
    until_ms_ = rest_ms_ = 0;
    probing_ = false;
}

// Of calls that began before the rest, many may fail in it or later: they are the same failure, and no
// probe's.
void Breaker::failed(Pass pass, std::int64_t now_ms) {
    std::lock_guard lock(mutex_);
    if (pass != pass_) return;
    probing_ = false;
    if (++failures_ < options_.failures) return;
    rest_ms_ = rest_ms_ == 0 ? options_.rest_ms : std::min(rest_ms_ * 2, options_.rest_max_ms);
    until_ms_ = now_ms + rest_ms_;
    ++pass_;
}

void Breaker::neither(Pass pass) {
    std::lock_guard lock(mutex_);
    if (pass == pass_) probing_ = false;
}

bool Breaker::open(std::int64_t now_ms) const {
    std::lock_guard lock(mutex_);
    return until_ms_ != 0 && (rests(now_ms) || probing_);
}

std::int64_t Breaker::retry_after_ms(std::int64_t now_ms) const {
    std::lock_guard lock(mutex_);
    return until_ms_ == 0
               ? 0
               : std::clamp<std::int64_t>(until_ms_ - now_ms, 100, std::max<std::int64_t>(rest_ms_, 100));
}

}  // namespace lares::gateway
