#pragma once
// A stream of server-sent events, read one event at a time: what stands before a broken one counts, however
// the bytes are cut.
#include <algorithm>
#include <string_view>

#include "base/result.h"
#include "net/sse.h"

namespace lares::gateway {

class EventReader {
public:
    // take(data) -> Result<void>, of each event that is complete now, until `done`.
    template <class Take>
    Result<void> feed(std::string_view bytes, const bool& done, Take take) {
        const std::size_t all = bytes.size();
        for (good_ = 0; !bytes.empty() && !done; good_ = all - bytes.size()) {
            if (const auto whole = plain_event(bytes); whole.size > 0) {
                bytes.remove_prefix(whole.size);
                if (!whole.data.empty()) LARES_CHECK(take(whole.data));
                continue;
            }
            const auto end = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
            LARES_TRY(const auto events, parser_.feed(bytes.substr(0, end)));
            bytes.remove_prefix(end);
            for (const auto& event : events)
                if (!done && !event.data.empty()) LARES_CHECK(take(event.data));
        }
        return {};
    }
    // After feed() failed: the bytes of its piece that stand before the event that `take` refused.
    std::size_t good() const { return good_; }
    // The bytes have ended: the last event may lack its blank line.
    template <class Take>
    Result<void> finish(const bool& done, Take take) {
        return feed("\n\n", done, take);
    }

private:
    struct Plain {
        std::string_view data;
        std::size_t size = 0;  // with all of its lines; 0: it is none
    };
    // An event that is all here, of one line of data and perhaps its name before: nearly all are.
    Plain plain_event(std::string_view bytes) const {
        if (!parser_.between_events()) return {};
        std::size_t at = 0;
        if (bytes.starts_with("event: ")) {
            at = bytes.find('\n') + 1;
            if (at == 0) return {};
        }
        const auto rest = bytes.substr(at);
        if (!rest.starts_with("data: ")) return {};
        const auto end = rest.find('\n');  // looked for no further: behind it many more may stand
        if (end == rest.npos || rest.substr(end, 2) != "\n\n") return {};
        const std::size_t size = at + end + 2;
        if (bytes.substr(0, size).find('\r') != bytes.npos) return {};
        return {rest.substr(6, end - 6), size};
    }
    net::SseParser parser_;
    std::size_t good_ = 0;
};

}  // namespace lares::gateway
