// Any bytes as an event stream, cut in two ways: the same events.
#include <cstdint>
#include <cstdlib>

#include "net/sse.h"

namespace {

std::vector<lares::net::SseEvent> read(std::string_view stream, std::size_t step) {
    lares::net::SseParser parser(4096);
    std::vector<lares::net::SseEvent> out;
    for (std::size_t at = 0; at < stream.size(); at += step) {
        auto events = parser.feed(stream.substr(at, step));
        if (!events) break;  // where it is too large depends on the cut
        out.insert(out.end(), events->begin(), events->end());
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2 || size > 4000) return 0;
    const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto whole = read(stream, stream.size());
    if (read(stream, 1) != whole || read(stream, data[0] % 64 + 1) != whole) std::abort();
    for (const auto& event : whole) {
        if (event.event.empty() || event.event.find('\n') != std::string::npos) std::abort();
    }
    return 0;
}
