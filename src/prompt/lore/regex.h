#pragma once
// Regex keys as SillyTavern has them: "/pattern/flags" in JavaScript's syntax. A pattern is rewritten for
// RE2, which takes time linear in the text; one with lookaround or backreferences goes to PCRE2 under a match
// limit. Whatever JavaScript would refuse is refused here too, so that it counts as literal text there and
// here. Source: ECMA-262, "RegExp (Regular Expression) Objects" with Annex B.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace lares::prompt::lore {

// The parts of "/pattern/flags"; nothing when the text is no such literal (an inner slash must be escaped).
struct RegexLiteral {
    std::string pattern;
    std::string flags;
};
std::optional<RegexLiteral> regex_literal(std::string_view text);

// A pattern of JavaScript, rewritten.
struct Rewritten {
    std::string pattern;        // without flags
    bool linear = true;         // RE2 can do it
    bool ignore_case = false;   // i
    bool multi_line = false;    // m
    bool dot_all = false;       // s
    bool sticky = false;        // y: only at the start of the text
    bool eats_newline = false;  // a match may hold a line break
    bool crosses = false;  // a match may reach over the line break between two messages, or hangs on where
                           // the whole text begins or ends
};
std::optional<Rewritten> rewrite_regex(const RegexLiteral& literal);  // nothing: not valid

// How much work regex keys may still do in one scan, in bytes of text times size of pattern.
struct RegexBudget {
    static constexpr std::uint64_t per_scan = 2'000'000'000;
    std::uint64_t left = per_scan;
};

class KeyRegex {
public:
    static constexpr std::size_t pattern_bytes_max = 8 * 1024;
    static constexpr std::uint32_t pcre_match_limit = 200'000;  // steps of one search
    static constexpr std::int64_t re2_memory = 1 << 20;

    static std::shared_ptr<const KeyRegex> compile(const RegexLiteral& literal);  // null: literal text
    ~KeyRegex();
    KeyRegex(const KeyRegex&) = delete;
    KeyRegex& operator=(const KeyRegex&) = delete;

    // Whether it is somewhere in the text. Without budget or beyond its limit: no.
    bool matches(std::string_view text, RegexBudget& budget) const;
    bool crosses() const { return rewritten_.crosses; }
    // For the prefilter: RE2's own pattern, null with PCRE2.
    const re2::RE2* linear() const { return re2_.get(); }
    const Rewritten& rewritten() const { return rewritten_; }

private:
    struct Pcre;
    KeyRegex();
    Rewritten rewritten_;
    std::unique_ptr<re2::RE2> re2_;
    std::unique_ptr<Pcre> pcre_;
};

// As RE2 reads it, flags included.
std::string re2_pattern(const Rewritten& rewritten);

}  // namespace lares::prompt::lore
