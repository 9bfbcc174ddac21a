#include "prompt/macros/values.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "prompt/macros/engine.h"

namespace lares::prompt::macros {

std::optional<double> number_of(std::string_view text) {
    text = trim(text);
    if (text.empty()) return 0.0;
    if (text[0] == '+') text.remove_prefix(1);
    const bool hex = text.starts_with("0x") || text.starts_with("0X");
    if (hex) {
        std::uint64_t whole = 0;
        const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), whole, 16);
        if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
        return static_cast<double>(whole);
    }
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number))
        return std::nullopt;
    return number;
}

std::string text_of(double number) {
    if (number == 0) return "0";
    char text[64];
    const bool plain = std::fabs(number) >= 1e-6 && std::fabs(number) < 1e21;
    const auto end = plain ? std::to_chars(text, text + sizeof text, number, std::chars_format::fixed).ptr
                           : std::to_chars(text, text + sizeof text, number).ptr;
    return std::string(text, end);
}

std::optional<std::int64_t> roll(std::string_view formula,
                                 const std::function<std::int64_t(std::int64_t)>& draw) {
    formula = trim(formula);
    const char* at = formula.data();
    const char* const end = at + formula.size();
    const auto whole = [&](std::int64_t max) -> std::optional<std::int64_t> {
        std::int64_t number = 0;
        if (at == end || *at < '1' || *at > '9') return std::nullopt;
        const auto [stop, error] = std::from_chars(at, end, number);
        if (error != std::errc() || number > max) return std::nullopt;
        at = stop;
        return number;
    };
    std::int64_t count = 1, sides = 0, extra = 0;
    const auto first = whole(limits::sides);
    if (at == end && first) {
        sides = *first;
    } else {
        count = first.value_or(1);
        if (at == end || (*at != 'd' && *at != 'D')) return std::nullopt;
        ++at;
        const auto found = whole(limits::sides);
        if (!found) return std::nullopt;
        sides = *found;
        if (at != end && (*at == '+' || *at == '-')) {
            const std::int64_t sign = *at++ == '-' ? -1 : 1;
            const auto [stop, error] = std::from_chars(at, end, extra);
            if (at == end || *at < '0' || *at > '9' || error != std::errc() ||
                std::abs(extra) > limits::sides)
                return std::nullopt;
            at = stop;
            extra *= sign;
        }
    }
    if (at != end || count > limits::dice) return std::nullopt;
    std::int64_t sum = extra;
    for (std::int64_t i = 0; i < count; ++i) sum += 1 + draw(sides);
    return sum;
}

namespace {

// The item that begins a list: as far as its comma.
std::string_view first_item(std::string_view list) {
    std::size_t end = 0;
    while (end < list.size() && list[end] != ',') end += list.substr(end).starts_with("\\,") ? 2 : 1;
    return list.substr(0, end);
}

}  // namespace

std::string chosen(const std::vector<std::string>& arguments, double chance) {
    const auto place = [chance](std::size_t count) {
        return std::min(static_cast<std::size_t>(chance * static_cast<double>(count)), count - 1);
    };
    if (arguments.empty()) return {};
    if (arguments.size() > 1) return arguments[place(arguments.size())];
    std::string_view rest = arguments.front();
    std::size_t count = 1;
    for (auto item = first_item(rest); item.size() < rest.size(); item = first_item(rest)) {
        rest.remove_prefix(item.size() + 1);
        ++count;
    }
    rest = arguments.front();
    for (std::size_t i = place(count); i > 0; --i) rest.remove_prefix(first_item(rest).size() + 1);
    std::string out;
    const auto item = first_item(rest);
    for (std::size_t i = 0; i < item.size(); ++i) {
        if (item.substr(i).starts_with("\\,")) ++i;
        out += item[i];
    }
    return std::string(trim(out));
}

std::string reversed(std::string_view utf8) {
    std::string out;
    out.reserve(utf8.size());
    for (std::size_t end = utf8.size(); end > 0;) {
        std::size_t start = end - 1;
        while (start > 0 && (static_cast<unsigned char>(utf8[start]) & 0xc0) == 0x80) --start;
        out += utf8.substr(start, end - start);
        end = start;
    }
    return out;
}

std::optional<int> utc_offset(std::string_view text) {
    text = trim(text);
    if (text.size() < 4 || !equal_ignoring_case(text.substr(0, 3), "utc")) return std::nullopt;
    text.remove_prefix(3);
    const int sign = text[0] == '-' ? -1 : 1;
    if (text[0] == '-' || text[0] == '+') text.remove_prefix(1);
    int hours = 0, minutes = 0;
    const char* const end = text.data() + text.size();
    auto [at, error] = std::from_chars(text.data(), end, hours);
    if (error != std::errc() || hours < 0 || hours > 14) return std::nullopt;
    if (at != end) {
        if (*at != ':') return std::nullopt;
        const auto rest = std::from_chars(at + 1, end, minutes);
        if (rest.ec != std::errc() || rest.ptr != end || minutes < 0 || minutes > 59) return std::nullopt;
    }
    return sign * (hours * 60 + minutes);
}

}  // namespace lares::prompt::macros
