// Frames: the same events for any cutting of the bytes, bounded memory, control frames within their size.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "http/frames.h"

namespace {

using lares::http::FrameReader;
constexpr std::size_t limit = 2000;

std::string events(std::string_view bytes, std::size_t piece) {
    FrameReader reader(limit);
    std::string out;
    while (!bytes.empty()) {
        std::string_view part = bytes.substr(0, piece);
        bytes.remove_prefix(part.size());
        for (;;) {
            const auto event = reader.next(part);
            if (event == FrameReader::Event::none) break;
            if (event == FrameReader::Event::frame) continue;
            out += static_cast<char>('a' + static_cast<int>(event));
            switch (event) {
                case FrameReader::Event::text:
                    if (!lares::is_utf8(reader.message())) std::abort();
                    [[fallthrough]];
                case FrameReader::Event::binary:
                    if (reader.message().size() > limit) std::abort();
                    out += reader.message();
                    reader.release();
                    break;
                case FrameReader::Event::close:
                    out += std::to_string(reader.close_code());
                    [[fallthrough]];
                case FrameReader::Event::ping:
                case FrameReader::Event::pong:
                    if (reader.control().size() > 125) std::abort();
                    out += reader.control();
                    break;
                case FrameReader::Event::refused:
                    return out + std::string(reader.refusal().rule);
                default:
                    break;
            }
        }
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
    const std::string whole = events(bytes, bytes.size() + 1);
    if (events(bytes, 1 + data[0] % 32) != whole) std::abort();
    (void)lares::http::accept_key(bytes);
    return 0;
}
