#pragma once
// Reads text/event-stream as the HTML standard says (9.2.6), from pieces of any size: the same events however
// the bytes are cut. Pure.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lares::net {

struct SseEvent {
    std::string event;  // "message" unless the stream names it
    std::string data;
    std::string id;  // the last one seen, also of earlier events
    bool operator==(const SseEvent&) const = default;
};

class SseParser {
public:
    static constexpr std::size_t event_bytes_max = 8 * 1024 * 1024;  // of one event, and of one line
    explicit SseParser(std::size_t max_bytes = event_bytes_max) : max_bytes_(max_bytes) {}

    // The events that are complete now. Error: too_large "event-too-large"; the parser is of no use after it.
    Result<std::vector<SseEvent>> feed(std::string_view bytes);

    // Nothing of an event waits, and lines that follow are as any others.
    bool between_events() const {
        return !first_line_ && !after_cr_ && line_.empty() && data_.empty() && event_.empty();
    }
    const std::string& last_id() const { return last_id_; }
    std::optional<std::size_t> retry_ms() const { return retry_ms_; }

private:
    void end_line(std::vector<SseEvent>& out);
    void take_field(std::string_view name, std::string_view value);

    std::size_t max_bytes_;
    std::string line_;
    std::string event_, data_, id_, last_id_;
    std::optional<std::size_t> retry_ms_;
    bool first_line_ = true;
    bool after_cr_ = false;  // a line feed now belongs to the line that has ended
};

}  // namespace lares::net
