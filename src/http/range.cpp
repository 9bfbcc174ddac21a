#include "http/range.h"

#include <charconv>

#include "base/text.h"

namespace lares::http {

namespace {

// nullopt-like: false when it is no number; a number too large for 64 bits counts as the largest.
bool number(std::string_view text, std::uint64_t& out) {
    if (text.empty()) return false;
    for (const char c : text)
        if (c < '0' || c > '9') return false;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error == std::errc::result_out_of_range) out = UINT64_MAX;
    return true;
}

}  // namespace

RangeResult parse_range(std::string_view header, std::uint64_t size, std::vector<ByteRange>& ranges) {
    ranges.clear();
    header = trim(header);
    if (header.size() < 6 || !equal_ignoring_case(header.substr(0, 6), "bytes=")) return RangeResult::whole;
    header.remove_prefix(6);
    std::size_t named = 0;
    std::uint64_t total = 0;
    for (bool more = true; more;) {
        const auto comma = header.find(',');
        const std::string_view item = trim(header.substr(0, comma));
        more = comma != header.npos;
        if (more) header.remove_prefix(comma + 1);
        if (item.empty()) continue;
        if (++named > max_ranges) return RangeResult::whole;
        const auto dash = item.find('-');
        if (dash == item.npos) return RangeResult::whole;
        const std::string_view from = trim(item.substr(0, dash)), to = trim(item.substr(dash + 1));
        std::uint64_t first = 0, last = UINT64_MAX;
        if (from.empty()) {  // "-N": the last N bytes
            std::uint64_t suffix = 0;
            if (!number(to, suffix)) return RangeResult::whole;
            if (suffix == 0 || size == 0) continue;
            ranges.push_back({size - std::min(suffix, size), size - 1});
        } else {
            if (!number(from, first) || (!to.empty() && !number(to, last)) || last < first)
                return RangeResult::whole;
            if (first >= size) continue;
            ranges.push_back({first, std::min(last, size - 1)});
        }
        total += ranges.back().size();
    }
    if (named == 0) return RangeResult::whole;
    if (ranges.empty()) return RangeResult::unsatisfiable;
    if (ranges.size() > 1 && total > size)
        return RangeResult::whole;  // overlaps: more than the whole is an attack
    return RangeResult::partial;
}

}  // namespace lares::http
