#pragma once
// The Range header (RFC 9110 §14).
#include <cstdint>
#include <string_view>
#include <vector>

namespace lares::http {

struct ByteRange {
    std::uint64_t first;
    std::uint64_t last;  // inclusive
    std::uint64_t size() const { return last - first + 1; }
};

enum class RangeResult : std::uint8_t {
    whole,          // no range, or one that we ignore: malformed, more than 8, or asking for more than all
    partial,        // `ranges` holds one or more
    unsatisfiable,  // 416
};

inline constexpr std::size_t max_ranges = 8;

RangeResult parse_range(std::string_view header, std::uint64_t size, std::vector<ByteRange>& ranges);

}  // namespace lares::http
