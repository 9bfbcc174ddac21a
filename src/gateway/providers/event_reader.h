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
        while (!bytes.empty() && !done) {
            const auto end = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
            LARES_TRY(const auto events, parser_.feed(bytes.substr(0, end)));
            bytes.remove_prefix(end);
            for (const auto& event : events)
                if (!done && !event.data.empty()) LARES_CHECK(take(event.data));
        }
        return {};
    }
    // The bytes have ended: the last event may lack its blank line.
    template <class Take>
    Result<void> finish(const bool& done, Take take) {
        return feed("\n\n", done, take);
    }

private:
    net::SseParser parser_;
};

}  // namespace lares::gateway
