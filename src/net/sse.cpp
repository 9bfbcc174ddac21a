#include "net/sse.h"

#include <algorithm>
#include <charconv>

namespace lares::net {

Result<std::vector<SseEvent>> SseParser::feed(std::string_view bytes) {
    std::vector<SseEvent> out;
    while (!bytes.empty()) {
        if (after_cr_ && bytes[0] == '\n') bytes.remove_prefix(1);
        after_cr_ = false;
        const std::size_t end = std::min(bytes.find_first_of("\r\n"), bytes.size());
        if (line_.size() + data_.size() + end > max_bytes_) {
            return fail(Code::too_large, "event-too-large",
                        "The other server sent an event that is too large.");
        }
        line_.append(bytes.substr(0, end));
        if (end == bytes.size()) break;
        after_cr_ = bytes[end] == '\r';
        bytes.remove_prefix(end + 1);
        end_line(out);
    }
    return out;
}

void SseParser::end_line(std::vector<SseEvent>& out) {
    std::string_view line = line_;
    if (first_line_ && line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
    first_line_ = false;
    if (line.empty()) {
        last_id_ = id_;
        if (!data_.empty()) {
            data_.pop_back();  // the line feed after the last line of data
            out.push_back({event_.empty() ? "message" : event_, data_, last_id_});
        }
        data_.clear();
        event_.clear();
    } else if (line[0] != ':') {
        const std::size_t colon = std::min(line.find(':'), line.size());
        std::string_view value = line.substr(std::min(colon + 1, line.size()));
        if (value.starts_with(' ')) value.remove_prefix(1);
        take_field(line.substr(0, colon), value);
    }
    line_.clear();
}

void SseParser::take_field(std::string_view name, std::string_view value) {
    if (name == "data") {
        data_.append(value).push_back('\n');
    } else if (name == "event") {
        event_ = value;
    } else if (name == "id") {
        if (value.find('\0') == std::string_view::npos) id_ = value;
    } else if (name == "retry") {
        std::size_t ms = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), ms);
        if (!value.empty() && error == std::errc() && end == value.data() + value.size()) retry_ms_ = ms;
    }
}

}  // namespace lares::net
