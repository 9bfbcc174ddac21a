#include "http/budget.h"

#include <algorithm>
#include <utility>

namespace lares::http {

namespace {

tl::unexpected<Error> busy() {
    return fail(Error{Code::unavailable,
                      "busy",
                      "Too much is being uploaded at once; try again in a moment.",
                      {},
                      {},
                      1000});
}

tl::unexpected<Error> too_much() {
    return fail(Error{Code::rate_limited,
                      "too-much-at-once",
                      "You are uploading too much at once; try again when some of it is done.",
                      {},
                      {},
                      1000});
}

}  // namespace

bool Budget::add(std::size_t bytes) {
    if (taken_.fetch_add(bytes) + bytes <= bytes_) return true;
    taken_.fetch_sub(bytes);
    return false;
}

std::size_t Budget::Part::belongs_to(const Holder& holder, std::size_t largest) {
    const std::size_t quarter = budget_.bytes_ / 4;
    largest = std::min(largest, holder.known ? 3 * quarter : 2 * quarter);
    std::lock_guard lock(budget_.mutex_);
    account_ = &*budget_.accounts_.try_emplace(holder.name).first;
    ++account_->second.parts;
    known_ = holder.known;
    account_max_ = std::max(quarter, largest);
    return largest;
}

Result<void> Budget::Part::take(std::size_t bytes) {
    if (account_) {
        std::lock_guard lock(budget_.mutex_);
        std::size_t& held = account_->second.bytes;
        if (held + bytes > account_max_) return too_much();
        if (!known_ && budget_.strangers_ + bytes > budget_.bytes_ / 2) return busy();
        if (!budget_.add(bytes)) return busy();
        held += bytes;
        if (!known_) budget_.strangers_ += bytes;
    } else if (!budget_.add(bytes)) {
        return busy();
    }
    bytes_ += bytes;
    return {};
}

void Budget::Part::release() {
    const std::size_t bytes = std::exchange(bytes_, 0);
    if (bytes > 0) budget_.taken_.fetch_sub(bytes);
    if (!account_) return;
    std::lock_guard lock(budget_.mutex_);
    account_->second.bytes -= bytes;
    if (!known_) budget_.strangers_ -= bytes;
    if (--account_->second.parts == 0) budget_.accounts_.erase(budget_.accounts_.find(account_->first));
    account_ = nullptr;
}

}  // namespace lares::http
