// Cookie, Range, Accept-Encoding-like lists and entity tags: what stands in single header values.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "http/answer.h"
#include "http/cookies.h"
#include "http/range.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const char* name : {"session", "a", ""}) {
        const auto value = lares::http::find_cookie(text, name);
        if (value && value->find_first_of(std::string_view(" ;,\"\\\r\n\0", 8)) != value->npos) std::abort();
    }
    std::vector<lares::http::ByteRange> ranges;
    for (const std::uint64_t length : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1000}, UINT64_MAX}) {
        if (lares::http::parse_range(text, length, ranges) != lares::http::RangeResult::partial) continue;
        if (ranges.empty() || ranges.size() > lares::http::max_ranges) std::abort();
        for (const auto& range : ranges)
            if (range.first > range.last || range.last >= length) std::abort();
    }
    (void)lares::http::names_etag(text, "\"x\"");
    return 0;
}
