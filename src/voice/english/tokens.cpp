#include "voice/english/tokens.h"

#include <algorithm>
#include <limits>

#include "voice/english/assets.h"
#include "voice/english/letters.h"

namespace lares::voice::english {
namespace {

using View = std::u32string_view;

constexpr std::size_t longest_special = 24;
constexpr View marks = U"…,:;!?¿¡()[]{}<>_#*&。？！，、；：～·";
constexpr View quotes = U"'\"”“`‘´’‚,„»«「」『』（）〔〕【】《》〈〉";
constexpr View icons = U"™®©°§¶†‡•";

bool among(View set, char32_t c) {
    return set.find(c) != View::npos;
}

// The letters that the rules of the tokenizer know: Latin-1.
bool lower_letter(char32_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 0xDF && c <= 0xFF && c != 0xF7);
}
bool upper_letter(char32_t c) {
    return (c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7);
}
bool word_letter(char32_t c) {
    return is_letter(c) || c >= Normal::first_fixed;
}

std::size_t dots_at_front(View s) {
    const auto end = std::min(s.find_first_not_of(U'.'), s.size());
    return end >= 2 ? end : 0;
}

std::size_t prefix_length(View s) {
    if (s.empty()) return 0;
    if (among(U"§%=—–", s[0]) || among(marks, s[0]) || among(quotes, s[0]) || among(icons, s[0])) return 1;
    if (s[0] == '+') return s.size() > 1 && is_digit(s[1]) ? 0 : 1;
    return dots_at_front(s);
}

std::size_t suffix_length(View s) {
    if (s.empty()) return 0;
    const char32_t last = s.back();
    const auto dots = s.size() - std::min(s.find_last_not_of(U'.') + 1, s.size());
    if (dots >= 2) return dots;
    if (s.size() >= 2 && (last == 's' || last == 'S') && (s[s.size() - 2] == '\'' || s[s.size() - 2] == U'’'))
        return 2;
    if (among(marks, last) || among(quotes, last) || among(icons, last) || last == U'—' || last == U'–')
        return 1;
    if (last != '.' || s.size() < 2) return 0;
    const char32_t before = s[s.size() - 2];
    if (lower_letter(before) || is_digit(before) || among(U"%²-+", before) || among(marks, before) ||
        among(quotes, before) || before >= Normal::first_fixed)
        return 1;
    return s.size() >= 3 && upper_letter(before) && upper_letter(s[s.size() - 3]) ? 1 : 0;
}

// The length of what separates two words at s[at], or 0.
std::size_t infix_length(View s, std::size_t at) {
    const char32_t c = s[at];
    const auto letter_at = [&](std::size_t i) { return i < s.size() && word_letter(s[i]); };
    const char32_t before = at > 0 ? s[at - 1] : 0;
    if (c == '.') {
        if (const auto dots = dots_at_front(s.substr(at))) return dots;
        const char32_t after = at + 1 < s.size() ? s[at + 1] : 0;
        return (lower_letter(before) || among(quotes, before)) && after != 0 &&
               (upper_letter(after) || among(quotes, after));
    }
    if (c == U'…' || among(icons, c)) return 1;
    if (c == ',') return word_letter(before) && letter_at(at + 1);
    if (!word_letter(before) && !is_digit(before)) return 0;
    if (among(U"-–—~", c)) {
        if (letter_at(at + 1)) return 1;
        for (const View dashes : {View(U"--"), View(U"---"), View(U"——")}) {
            if (s.substr(at, dashes.size()) == dashes && letter_at(at + dashes.size())) return dashes.size();
        }
        return 0;
    }
    return among(U":<>=/", c) && letter_at(at + 1);
}

}  // namespace

Result<Tokenizer> Tokenizer::load(const std::filesystem::path& exceptions) {
    Tokenizer tokenizer;
    LARES_CHECK(read_json(exceptions, [&](const Leaf& leaf) {
        if (leaf.path.size() != 1) return;
        const auto part = to_code_points(leaf.text);
        if (part.size() <= longest_special)
            tokenizer.special_[to_code_points(leaf.path[0])].push_back(
                static_cast<std::uint8_t>(part.size()));
    }));
    std::erase_if(tokenizer.special_, [](const auto& entry) {
        std::size_t sum = 0;
        for (const auto length : entry.second) sum += length;
        return sum != entry.first.size();
    });
    return tokenizer;
}

const Tokenizer::Lengths* Tokenizer::special(View word) const {
    if (word.size() > longest_special) return nullptr;
    const auto found = special_.find(std::u32string(word));
    return found == special_.end() ? nullptr : &found->second;
}

void Tokenizer::rejoin(std::vector<View>& parts) const {
    if (parts.size() < 2) return;
    std::vector<View> out;
    for (std::size_t i = 0; i < parts.size();) {
        const Lengths* found = nullptr;
        std::size_t k = 3;
        for (; k >= 2; --k) {
            if (i + k > parts.size()) continue;
            const View joined(parts[i].data(),
                              static_cast<std::size_t>(parts[i + k - 1].data() - parts[i].data()) +
                                  parts[i + k - 1].size());
            if ((found = special(joined)) != nullptr) break;
        }
        if (found == nullptr) {
            out.push_back(parts[i++]);
            continue;
        }
        const char32_t* at = parts[i].data();
        for (const auto length : *found) {
            out.emplace_back(at, length);
            at += length;
        }
        i += k;
    }
    parts = std::move(out);
}

void Tokenizer::split_chunk(View s, std::vector<View>& parts) const {
    std::vector<View> after;
    for (std::size_t last = std::numeric_limits<std::size_t>::max();
         !s.empty() && s.size() != last && !special(s);) {
        last = s.size();
        const auto prefix = prefix_length(s);
        if (prefix > 0 && prefix < s.size() && special(s.substr(prefix))) {
            parts.push_back(s.substr(0, prefix));
            s.remove_prefix(prefix);
            break;
        }
        const auto suffix = suffix_length(s.substr(prefix));
        if (suffix > 0 && suffix < s.size() && special(s.substr(0, s.size() - suffix))) {
            after.push_back(s.substr(s.size() - suffix));
            s.remove_suffix(suffix);
            break;
        }
        if (prefix > 0) {
            parts.push_back(s.substr(0, prefix));
            s.remove_prefix(prefix);
        }
        if (suffix > 0) {
            after.push_back(s.substr(s.size() - suffix));
            s.remove_suffix(suffix);
        }
    }
    if (const Lengths* lengths = s.empty() ? nullptr : special(s)) {
        for (const auto length : *lengths) {
            parts.push_back(s.substr(0, length));
            s.remove_prefix(length);
        }
    } else {
        std::size_t start = 0;
        for (std::size_t at = 1; at < s.size();) {
            const auto length = infix_length(s, at);
            if (length == 0) {
                ++at;
                continue;
            }
            if (at > start) parts.push_back(s.substr(start, at - start));
            parts.push_back(s.substr(at, length));
            start = at += length;
        }
        if (start < s.size()) parts.push_back(s.substr(start));
    }
    parts.insert(parts.end(), after.rbegin(), after.rend());
    rejoin(parts);
}

std::vector<Token> Tokenizer::split(View text) const {
    std::vector<Token> tokens;
    std::vector<View> parts;
    for (std::size_t at = 0; at < text.size();) {
        if (is_space(text[at])) {
            ++at;
            continue;
        }
        std::size_t end = at;
        while (end < text.size() && !is_space(text[end])) ++end;
        parts.clear();
        split_chunk(text.substr(at, end - at), parts);
        for (const View part : parts) {
            const auto begin = static_cast<std::uint32_t>(part.data() - text.data());
            tokens.push_back(Token{.begin = begin,
                                   .end = begin + static_cast<std::uint32_t>(part.size()),
                                   .text = std::u32string(part)});
        }
        if (!tokens.empty()) tokens.back().space_after = end < text.size();
        at = end;
    }
    return tokens;
}

namespace {

bool apostrophe(char32_t c) {
    return c == '\'' || c == U'‘' || c == U'’';
}

std::size_t letters_with_apostrophes(View s) {
    std::size_t at = 0;
    while (at < s.size() && is_letter(s[at])) ++at;
    if (at == 0) return 0;
    while (at + 1 < s.size() && apostrophe(s[at]) && is_letter(s[at + 1])) at += 2;
    return at;
}

// The shortest start of s that ends in a small letter before a capital: "mac" of "macOS".
std::size_t before_a_hump(View s) {
    for (std::size_t i = 0; i + 1 < s.size(); ++i) {
        if (!is_letter(s[i])) {
            // After an apostrophe and one letter the word may go on with such groups only.
            return 0;
        }
        if (lower_letter(s[i]) && upper_letter(s[i + 1])) return i + 1;
    }
    return 0;
}

}  // namespace

std::vector<View> sub_tokens(View text) {
    std::vector<View> out;
    for (std::size_t at = 0; at < text.size();) {
        const View s = text.substr(at);
        std::size_t length = 0;
        const auto run = [&](auto belongs) {
            std::size_t n = 0;
            while (n < s.size() && belongs(s[n])) ++n;
            return n;
        };
        const auto dash = [](char32_t c) { return c == '-' || c == '_'; };
        if (at == 0 && apostrophe(s[0])) {
            length = run(apostrophe);
        } else if (s.size() > 2 && upper_letter(s[0]) && upper_letter(s[1]) && lower_letter(s[2])) {
            length = 1;
        } else if (dash(s[0])) {
            length = run(dash);
        } else if (apostrophe(s[0])) {
            const auto n = run(apostrophe);
            if (n >= 2 || n == s.size()) length = n;
        } else if (is_letter(s[0])) {
            length = before_a_hump(s);
            if (length == 0) length = letters_with_apostrophes(s);
        } else {
            length = 1;
        }
        if (length == 0) {
            ++at;  // an apostrophe between a letter and what is none: silent
            continue;
        }
        out.push_back(s.substr(0, length));
        at += length;
    }
    return out;
}

}  // namespace lares::voice::english
