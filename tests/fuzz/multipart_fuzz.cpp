// The first line is the content type, the rest the body.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "http/multipart.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto line = text.find('\n');
    if (line == text.npos) return 0;
    const auto parsed = lares::http::parse_multipart(text.substr(0, line), text.substr(line + 1));
    if (!parsed) return parsed.error().message.empty() ? (std::abort(), 0) : 0;
    std::size_t bytes = 0;
    for (const auto& part : parsed->parts) {
        bytes += part.data.size();
        if (!lares::is_utf8(part.name) || !lares::is_utf8(part.filename)) std::abort();
        if (part.filename.find_first_of(std::string_view("/\\\0", 3)) != std::string::npos) std::abort();
        if (part.filename == "." || part.filename == "..") std::abort();
    }
    if (parsed->parts.size() > 64 || bytes > size) std::abort();
    return 0;
}
