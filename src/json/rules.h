#pragma once
// Rules of fields, declared beside a struct: constexpr auto json_rules(const T*) -> std::array<Rule, N>. They
// are checked when the struct is read and shown in its schema.
#include <cstdint>
#include <string_view>

namespace lares::json {

// A named form of text. `regex` (ECMA 262) describes it to clients; `matches` decides; `hint` completes "must
// be ...".
struct Pattern {
    std::string_view regex;
    std::string_view hint;
    bool (*matches)(std::string_view);
};

struct Rule {
    enum class Kind : std::uint8_t { length, range, items, pattern };
    std::string_view field;
    Kind kind = Kind::length;
    double min = 0;
    double max = 0;
    const Pattern* pattern = nullptr;
};

// Code points of a text, or of each text of a list.
constexpr Rule length(std::string_view field, std::uint64_t min, std::uint64_t max) {
    return {field, Rule::Kind::length, static_cast<double>(min), static_cast<double>(max), nullptr};
}
// A number, or each number of a list; both bounds belong to it.
constexpr Rule range(std::string_view field, double min, double max) {
    return {field, Rule::Kind::range, min, max, nullptr};
}
// How many a list or map holds.
constexpr Rule items(std::string_view field, std::uint64_t min, std::uint64_t max) {
    return {field, Rule::Kind::items, static_cast<double>(min), static_cast<double>(max), nullptr};
}
// `pattern` must have static storage.
constexpr Rule pattern_name(std::string_view field, const Pattern& pattern) {
    return {field, Rule::Kind::pattern, 0, 0, &pattern};
}

}  // namespace lares::json
