// Walks a JavaScript pattern token by token and writes it so that RE2 and PCRE2 read the same in it. Over 500
// lines: one grammar, whose rules call each other.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <set>
#include <vector>

#include "prompt/lore/regex.h"

namespace lares::prompt::lore {

namespace {

constexpr std::string_view space_class =
    "\\t\\n\\x0b\\x0c\\r "
    "\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}";
constexpr std::string_view any_char = "[\\x00-\\x{10ffff}]";
constexpr std::string_view no_char = "[^\\x00-\\x{10ffff}]";
constexpr int repeat_linear_max = 1000;  // RE2's
constexpr int repeat_max = 65'535;       // PCRE2's
constexpr std::size_t groups_deep_max = 200;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
std::optional<std::uint32_t> hex_of(std::string_view digits) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return value;
}
std::string code_point(std::uint32_t value) {
    char text[16];
    std::snprintf(text, sizeof text, "\\x{%x}", value >= 0xd800 && value <= 0xdfff ? 0xfffdU : value);
    return text;
}

class Walker {
public:
    Walker(std::string_view pattern, Rewritten& out, bool unicode)
        : pattern_(pattern), out_(out), unicode_(unicode) {}

    bool run() {
        count_groups();
        while (at_ < pattern_.size()) {
            if (!take()) return false;
        }
        if (open_ != 0) return false;
        out_.eats_newline = eats_newline_;
        out_.crosses = out_.crosses || anchored_ || (eats_newline_ && eats_mark_) || !out_.linear;
        return true;
    }

private:
    char peek(std::size_t ahead = 0) const {
        return at_ + ahead < pattern_.size() ? pattern_[at_ + ahead] : '\0';
    }
    bool starts(std::string_view text) const { return pattern_.substr(at_).starts_with(text); }
    void put(std::string_view text) { out_.pattern += text; }
    void atom(std::string_view text) {
        put(text);
        repeatable_ = true;
    }

    // Backreferences may stand before their group, so groups are counted first.
    void count_groups() {
        bool in_class = false;
        for (std::size_t i = 0; i < pattern_.size(); ++i) {
            const char c = pattern_[i];
            if (c == '\\')
                ++i;
            else if (in_class)
                in_class = c != ']';
            else if (c == '[')
                in_class = true;
            else if (c == '(' && (i + 1 >= pattern_.size() || pattern_[i + 1] != '?'))
                ++groups_;
            else if (c == '(' && pattern_.substr(i).starts_with("(?<") && i + 3 < pattern_.size() &&
                     pattern_[i + 3] != '=' && pattern_[i + 3] != '!') {
                ++groups_;
                named_ = true;
            }
        }
    }

    bool take() {
        const char c = peek();
        switch (c) {
            case '\\':
                return take_escape();
            case '[':
                return take_class();
            case '(':
                return take_group();
            case ')':
                if (open_ == 0) return false;
                --open_;
                ++at_;
                atom(")");
                repeatable_ = groups_repeatable_.back();
                groups_repeatable_.pop_back();
                return true;
            case '^':
            case '$':
                anchored_ = anchored_ || !out_.multi_line;
                ++at_;
                put({&c, 1});
                repeatable_ = false;
                return true;
            case '|':
                ++at_;
                put("|");
                repeatable_ = false;
                return true;
            case '*':
            case '+':
            case '?':
                if (!repeatable_) return false;
                ++at_;
                put({&c, 1});
                take_lazy();
                return true;
            case '{':
                return take_braces();
            case '.':
                ++at_;
                eats_mark_ = true;
                eats_newline_ = eats_newline_ || out_.dot_all;
                atom(out_.dot_all ? any_char : std::string_view("[^\\n\\r\\x{2028}\\x{2029}]"));
                return true;
            default:
                return take_literal();
        }
    }

    void take_lazy() {
        if (peek() == '?') {
            ++at_;
            put("?");
        }
        repeatable_ = false;  // a quantifier of a quantifier is not valid
    }

    bool take_literal() {
        const char c = pattern_[at_];
        std::size_t size = 1;
        while (at_ + size < pattern_.size() &&
               (static_cast<unsigned char>(pattern_[at_ + size]) & 0xc0) == 0x80)
            ++size;
        if (unicode_ && (c == ']' || c == '}')) return false;
        if (c == '\n') eats_newline_ = true;
        if (c == '\x01') eats_mark_ = true;
        const bool escape = c == ']' || c == '}' || c == '{' || c == '/';
        if (c == '\0')
            put("\\x00");
        else
            put(escape ? "\\" : ""), put(pattern_.substr(at_, size));
        repeatable_ = true;
        at_ += size;
        return true;
    }

    // {n}, {n,} and {n,m} repeat; anything else in braces is literal (Annex B).
    bool take_braces() {
        std::size_t end = at_ + 1;
        while (end < pattern_.size() && (is_digit(pattern_[end]) || pattern_[end] == ',')) ++end;
        const std::string_view inner = pattern_.substr(at_ + 1, end - at_ - 1);
        const std::size_t comma = inner.find(',');
        const bool repeat = end < pattern_.size() && pattern_[end] == '}' && !inner.empty() &&
                            inner[0] != ',' &&
                            (comma == inner.npos || inner.find(',', comma + 1) == inner.npos);
        if (!repeat) return !unicode_ && take_literal();
        if (!repeatable_) return false;
        const auto number = [](std::string_view digits) {
            int value = 0;
            const auto [_, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
            return error == std::errc() ? value : repeat_max + 1;
        };
        const int low = number(inner.substr(0, comma));
        const int high =
            comma == inner.npos || comma + 1 == inner.size() ? low : number(inner.substr(comma + 1));
        if (high < low) return false;
        if (high > repeat_max) {
            out_.linear = false;
            return false;  // no text that we scan is that long
        }
        if (high > repeat_linear_max) out_.linear = false;
        put(pattern_.substr(at_, end + 1 - at_));
        at_ = end + 1;
        take_lazy();
        return true;
    }

    bool take_group() {
        if (++open_ > groups_deep_max) return false;
        if (!starts("(?")) {
            ++at_;
            put("(");
            groups_repeatable_.push_back(true);
        } else if (starts("(?:")) {
            at_ += 3;
            put("(?:");
            groups_repeatable_.push_back(true);
        } else if (starts("(?=") || starts("(?!") || starts("(?<=") || starts("(?<!")) {
            const bool behind = peek(2) == '<';
            put(pattern_.substr(at_, behind ? 4 : 3));
            at_ += behind ? 4 : 3;
            out_.linear = false;
            groups_repeatable_.push_back(!behind && !unicode_);
        } else if (starts("(?<")) {
            const std::size_t end = pattern_.find('>', at_);
            if (end == pattern_.npos) return false;
            const std::string_view name = pattern_.substr(at_ + 3, end - at_ - 3);
            const bool plain =
                !name.empty() && name.size() <= 32 && !is_digit(name[0]) &&
                std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
            if (!plain || !names_.insert(std::string(name)).second) return false;
            put("(?P<");
            put(name);
            put(">");
            at_ = end + 1;
            groups_repeatable_.push_back(true);
        } else {
            return false;
        }
        repeatable_ = false;
        return true;
    }

    // The character that an escape stands for, after the backslash; nothing: it is a class or the like.
    std::optional<std::uint32_t> take_char_escape(bool in_class) {
        const char c = peek();
        const auto one = [this](std::uint32_t value) {
            ++at_;
            return value;
        };
        switch (c) {
            case 'n':
                return one('\n');
            case 'r':
                return one('\r');
            case 't':
                return one('\t');
            case 'v':
                return one(0x0b);
            case 'f':
                return one(0x0c);
            case 'b':
                if (in_class) return one(0x08);
                return std::nullopt;
            case 'c':
                if (is_letter(peek(1))) {
                    at_ += 2;
                    return static_cast<std::uint32_t>(pattern_[at_ - 1]) % 32;
                }
                return '\\';  // the c is read again, as itself
            case 'x':
                if (const auto value = hex_of(pattern_.substr(at_ + 1, 2));
                    value && at_ + 3 <= pattern_.size()) {
                    at_ += 3;
                    return *value;
                }
                return one('x');
            case 'u':
                return take_unicode_escape();
            default:
                break;
        }
        if (c == '0' && !is_digit(peek(1))) return one(0);
        if (is_digit(c)) return take_octal();
        if (is_letter(c) && !in_class && (c == 'k' || c == 'p' || c == 'P'))
            return one(static_cast<unsigned char>(c));
        return std::nullopt;
    }

    std::uint32_t take_octal() {
        std::uint32_t value = 0;
        if (peek() >= '8') return ++at_, static_cast<unsigned char>(pattern_[at_ - 1]);
        for (int i = 0; i < 3 && peek() >= '0' && peek() <= '7' &&
                        value * 8 + static_cast<std::uint32_t>(peek() - '0') <= 0xff;
             ++i)
            value = value * 8 + static_cast<std::uint32_t>(pattern_[at_++] - '0');
        return value;
    }

    std::uint32_t take_unicode_escape() {
        const auto unit = [this](std::size_t at) {
            return at + 4 <= pattern_.size() ? hex_of(pattern_.substr(at, 4)) : std::nullopt;
        };
        if (unicode_ && peek(1) == '{') {
            const std::size_t end = pattern_.find('}', at_);
            const auto value =
                end == pattern_.npos ? std::nullopt : hex_of(pattern_.substr(at_ + 2, end - at_ - 2));
            if (value && *value <= 0x10ffff) return at_ = end + 1, *value;
        }
        const auto high = unit(at_ + 1);
        if (!high) return ++at_, static_cast<std::uint32_t>('u');
        at_ += 5;
        if (*high < 0xd800 || *high > 0xdbff || !starts("\\u")) return *high;
        const auto low = unit(at_ + 2);
        if (!low || *low < 0xdc00 || *low > 0xdfff) return *high;
        at_ += 6;
        return 0x10000 + ((*high - 0xd800) << 10) + (*low - 0xdc00);
    }

    void note(std::uint32_t value) {
        eats_newline_ = eats_newline_ || value == '\n';
        eats_mark_ = eats_mark_ || value == 1;
    }

    // \d, \w, \s and their opposites; `in_class`: as a part of a class.
    bool take_class_escape(bool in_class) {
        const char c = peek();
        if (c == 'd' || c == 'w') {
            put(c == 'd' ? "\\d" : "\\w");
        } else if (c == 'D' || c == 'W') {
            put(c == 'D' ? "\\D" : "\\W");
            eats_newline_ = eats_mark_ = true;
        } else if (c == 's') {
            eats_newline_ = true;
            put(in_class ? "" : "[");
            put(space_class);
            put(in_class ? "" : "]");
        } else if (c == 'S') {
            eats_mark_ = true;
            if (in_class) {
                put("\\S");
            } else {
                put("[^");
                put(space_class);
                put("]");
            }
        } else {
            return false;
        }
        ++at_;
        return true;
    }

    bool take_escape() {
        if (++at_ >= pattern_.size()) return false;
        const char c = peek();
        if (c == 'b' || c == 'B') {
            put(c == 'b' ? "\\b" : "\\B");
            ++at_;
            repeatable_ = false;
            return true;
        }
        repeatable_ = true;
        if (take_class_escape(false)) return true;
        if (is_digit(c) && c != '0') {
            std::size_t digits = 1;
            while (is_digit(peek(digits))) ++digits;
            std::size_t number = 0;
            std::from_chars(pattern_.data() + at_, pattern_.data() + at_ + digits, number);
            if (number <= groups_) {
                put("\\g{" + std::to_string(number) + "}");
                out_.linear = false;
                at_ += digits;
                return true;
            }
            if (unicode_) return false;
        }
        if (c == 'k' && named_) return take_named_reference();
        if ((c == 'p' || c == 'P') && unicode_) return take_property();
        if (const auto value = take_char_escape(false)) {
            note(*value);
            put(code_point(*value));
            return true;
        }
        return take_identity();
    }

    bool take_named_reference() {
        const std::size_t end = pattern_.find('>', at_);
        if (peek(1) != '<' || end == pattern_.npos) return false;
        put("\\k<");
        put(pattern_.substr(at_ + 2, end - at_ - 1));
        out_.linear = false;
        at_ = end + 1;
        return true;
    }

    bool take_property() {
        const std::size_t end = pattern_.find('}', at_);
        if (peek(1) != '{' || end == pattern_.npos) return false;
        eats_newline_ = eats_mark_ = true;
        put("\\");
        put(pattern_.substr(at_, end + 1 - at_));
        at_ = end + 1;
        return true;
    }

    bool take_identity() {
        const char c = peek();
        if (is_letter(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80) {
            if (unicode_) return false;
            return take_literal();
        }
        put("\\");
        put({&c, 1});
        ++at_;
        return true;
    }

    bool take_class() {
        ++at_;
        const bool negated = peek() == '^';
        if (negated) {
            ++at_;
            eats_newline_ = eats_mark_ = true;
        }
        if (peek() == ']') {
            ++at_;
            atom(negated ? any_char : no_char);
            return true;
        }
        put(negated ? "[^" : "[");
        while (at_ < pattern_.size() && peek() != ']') {
            if (!take_class_item()) return false;
        }
        if (at_ >= pattern_.size()) return false;
        ++at_;
        atom("]");
        return true;
    }

    // One character, one range, or one escape that is a class.
    bool take_class_item() {
        const auto first = take_class_char();
        if (!first) return !failed_;
        const bool range = peek() == '-' && at_ + 1 < pattern_.size() && peek(1) != ']';
        if (!range) {
            note(*first);
            put(code_point(*first));
            return true;
        }
        const std::size_t dash = at_++;
        const std::size_t written = out_.pattern.size();
        const auto last = take_class_char();
        if (failed_) return false;
        if (!last) {  // "a-\d" is three things
            if (unicode_) return false;
            out_.pattern.insert(written, code_point(*first) + "\\-");
            return true;
        }
        if (*last < *first) return false;
        (void)dash;
        if (*first <= '\n' && '\n' <= *last) eats_newline_ = true;
        if (*first <= 1 && 1 <= *last) eats_mark_ = true;
        put(code_point(*first) + "-" + code_point(*last));
        return true;
    }

    std::optional<std::uint32_t> take_class_char() {
        if (peek() != '\\') return take_code_point();
        if (++at_ >= pattern_.size()) return failed_ = true, std::nullopt;
        if (take_class_escape(true)) return std::nullopt;
        if ((peek() == 'p' || peek() == 'P') && unicode_) return failed_ = !take_property(), std::nullopt;
        if (const auto value = take_char_escape(true)) return value;
        return take_code_point();
    }

    std::uint32_t take_code_point() {
        const auto lead = static_cast<unsigned char>(pattern_[at_++]);
        if (lead < 0x80) return lead;
        std::uint32_t value = lead & (lead >= 0xf0 ? 0x07U : lead >= 0xe0 ? 0x0fU : 0x1fU);
        while ((static_cast<unsigned char>(peek()) & 0xc0) == 0x80)
            value = (value << 6) | (static_cast<unsigned char>(pattern_[at_++]) & 0x3fU);
        return value;
    }

    std::string_view pattern_;
    Rewritten& out_;
    bool unicode_;
    std::size_t at_ = 0;
    std::size_t open_ = 0;
    std::size_t groups_ = 0;
    std::vector<bool> groups_repeatable_;
    std::set<std::string> names_;
    bool named_ = false;
    bool repeatable_ = false;
    bool failed_ = false;
    bool anchored_ = false;
    bool eats_newline_ = false;  // something in it matches \n
    bool eats_mark_ = false;     // something in it matches \x01
};

}  // namespace

std::optional<RegexLiteral> regex_literal(std::string_view text) {
    const std::size_t slash = text.rfind('/');
    if (text.size() < 3 || text[0] != '/' || slash < 2) return std::nullopt;
    RegexLiteral literal{std::string(text.substr(1, slash - 1)), std::string(text.substr(slash + 1))};
    if (literal.flags.find_first_not_of("gimsuy") != std::string::npos) return std::nullopt;
    for (std::size_t i = 0; i < literal.pattern.size(); ++i) {
        if (literal.pattern[i] == '/' && (i == 0 || literal.pattern[i - 1] != '\\')) return std::nullopt;
    }
    return literal;
}

std::optional<Rewritten> rewrite_regex(const RegexLiteral& literal) {
    if (literal.pattern.size() > KeyRegex::pattern_bytes_max) return std::nullopt;
    for (std::size_t i = 0; i < literal.flags.size(); ++i) {
        if (literal.flags.find(literal.flags[i], i + 1) != std::string::npos) return std::nullopt;
    }
    const auto flag = [&](char c) { return literal.flags.find(c) != std::string::npos; };
    Rewritten out;
    out.ignore_case = flag('i');
    out.multi_line = flag('m');
    out.dot_all = flag('s');
    out.sticky = flag('y');
    out.crosses = out.sticky;
    if (!Walker(literal.pattern, out, flag('u')).run()) return std::nullopt;
    return out;
}

}  // namespace lares::prompt::lore
