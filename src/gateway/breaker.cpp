#include "gateway/breaker.h"

#include <algorithm>

namespace lares::gateway {

bool Breaker::allow(std::int64_t now_ms) {
    std::lock_guard lock(mutex_);
    if (until_ms_ == 0) return true;
    if (now_ms < until_ms_ || probing_) return false;
    probing_ = true;
    return true;
}

void Breaker::succeeded() {
    std::lock_guard lock(mutex_);
    failures_ = 0;
    until_ms_ = rest_ms_ = 0;
    probing_ = false;
}

void Breaker::failed(std::int64_t now_ms) {
    std::lock_guard lock(mutex_);
    probing_ = false;
    if (++failures_ < options_.failures) return;
    rest_ms_ = rest_ms_ == 0 ? options_.rest_ms : std::min(rest_ms_ * 2, options_.rest_max_ms);
    until_ms_ = now_ms + rest_ms_;
}

void Breaker::neither() {
    std::lock_guard lock(mutex_);
    probing_ = false;
}

bool Breaker::open(std::int64_t now_ms) const {
    std::lock_guard lock(mutex_);
    return until_ms_ != 0 && (now_ms < until_ms_ || probing_);
}

std::int64_t Breaker::retry_after_ms(std::int64_t now_ms) const {
    std::lock_guard lock(mutex_);
    return until_ms_ == 0 ? 0 : std::max<std::int64_t>(until_ms_ - now_ms, 100);
}

}  // namespace lares::gateway
