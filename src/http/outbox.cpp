#include "http/outbox.h"

namespace lares::http {

bool Outbox::push(std::string_view bytes) {
    if (broken_ || queued() + bytes.size() > limit_) return false;
    push_last(bytes);
    return !broken_;
}

void Outbox::push_last(std::string_view bytes) {
    if (broken_) return;
    if (!writing_) {
        const auto sent = wire_.write_now(bytes);
        if (sent < 0) {
            broken_ = true;
            return;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    if (bytes.empty()) return;
    waiting_ += bytes;
    if (!writing_) start();
}

void Outbox::start() {
    auto keeper = keeper_.lock();
    if (!keeper) return;
    std::swap(flying_, waiting_);
    waiting_.clear();
    flown_ = 0;
    writing_ = true;
    wire_.start_write(flying_, [this, keeper](std::size_t bytes) { taken(bytes); });
}

void Outbox::taken(std::size_t bytes) {
    if (bytes == 0) {
        broken_ = true;
        writing_ = false;
        drained_.notify();
        return;
    }
    flown_ += bytes;
    if (flown_ < flying_.size()) {
        auto keeper = keeper_.lock();
        wire_.start_write(std::string_view(flying_).substr(flown_),
                          [this, keeper](std::size_t more) { taken(more); });
    } else {
        flying_.clear();
        flown_ = 0;
        writing_ = false;
        if (!waiting_.empty()) {
            start();
        } else if (flying_.capacity() > 4096) {  // an idle socket keeps no large buffer
            flying_.shrink_to_fit();
            waiting_.shrink_to_fit();
        }
    }
    drained_.notify();
}

}  // namespace lares::http
