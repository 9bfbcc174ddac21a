// Signs that are said, signs that only separate, and pictures, which are left out by name.
#include <algorithm>

#include "voice/english/letters.h"
#include "voice/english/reader.h"

namespace lares::voice::english {
namespace {

using View = std::u32string_view;

struct Sign {
    char32_t sign;
    std::string_view said;
};

// Sorted by code point.
constexpr Sign signs[] = {
    {U'%', "percent"},
    {U'&', "and"},
    {U'+', "plus"},
    {U'<', "less than"},
    {U'=', "equals"},
    {U'>', "greater than"},
    {U'@', "at"},
    {U'^', "to the power of"},
    {U'¢', "cents"},
    {U'§', "section"},
    {U'©', "copyright"},
    {U'¬', "not"},
    {U'°', "degrees"},
    {U'±', "plus or minus"},
    {U'²', "squared"},
    {U'³', "cubed"},
    {U'µ', "micro"},
    {U'¶', "paragraph"},
    {U'¹', "to the first"},
    {U'×', "times"},
    {U'÷', "divided by"},
    {U'Α', "alpha"},
    {U'Β', "beta"},
    {U'Γ', "gamma"},
    {U'Δ', "delta"},
    {U'Θ', "theta"},
    {U'Λ', "lambda"},
    {U'Π', "pi"},
    {U'Σ', "sigma"},
    {U'Φ', "phi"},
    {U'Ψ', "psi"},
    {U'Ω', "omega"},
    {U'α', "alpha"},
    {U'β', "beta"},
    {U'γ', "gamma"},
    {U'δ', "delta"},
    {U'ε', "epsilon"},
    {U'ζ', "zeta"},
    {U'η', "eta"},
    {U'θ', "theta"},
    {U'ι', "iota"},
    {U'κ', "kappa"},
    {U'λ', "lambda"},
    {U'μ', "mu"},
    {U'ν', "nu"},
    {U'ξ', "xi"},
    {U'π', "pi"},
    {U'ρ', "rho"},
    {U'σ', "sigma"},
    {U'τ', "tau"},
    {U'υ', "upsilon"},
    {U'φ', "phi"},
    {U'χ', "chi"},
    {U'ψ', "psi"},
    {U'ω', "omega"},
    {U'‰', "per mille"},
    {U'⁰', "to the zero"},
    {U'⁴', "to the fourth"},
    {U'⁵', "to the fifth"},
    {U'⁶', "to the sixth"},
    {U'⁷', "to the seventh"},
    {U'⁸', "to the eighth"},
    {U'⁹', "to the ninth"},
    {U'₀', "zero"},
    {U'₁', "one"},
    {U'₂', "two"},
    {U'₃', "three"},
    {U'₄', "four"},
    {U'₅', "five"},
    {U'₆', "six"},
    {U'₇', "seven"},
    {U'₈', "eight"},
    {U'₉', "nine"},
    {U'№', "number"},
    {U'→', "to"},
    {U'∂', "partial"},
    {U'∅', "the empty set"},
    {U'∆', "delta"},
    {U'∈', "in"},
    {U'∏', "the product of"},
    {U'∑', "the sum of"},
    {U'−', "minus"},
    {U'√', "the square root of"},
    {U'∛', "the cube root of"},
    {U'∞', "infinity"},
    {U'∧', "and"},
    {U'∨', "or"},
    {U'∩', "intersection"},
    {U'∪', "union"},
    {U'∫', "the integral of"},
    {U'≈', "is approximately"},
    {U'≠', "is not equal to"},
    {U'≤', "less than or equal to"},
    {U'≥', "greater than or equal to"},
    {U'♭', "flat"},
    {U'♯', "sharp"},
};

bool is_picture(char32_t c) {
    return (c >= 0x1F000 && c <= 0x1FAFF) || (c >= 0x2600 && c <= 0x27BF) || (c >= 0x2B00 && c <= 0x2BFF) ||
           (c >= 0x2300 && c <= 0x23FF) || (c >= 0x25A0 && c <= 0x25FF) || (c >= 0x2500 && c <= 0x259F) ||
           c == 0x203C || c == 0x2049 || c == 0x3030 || c == 0x303D || c == 0x3297 || c == 0x3299;
}
bool is_heart(char32_t c) {
    return c == 0x2764 || c == 0x2665 || (c >= 0x1F493 && c <= 0x1F49F) || c == 0x1F5A4 || c == 0x1F9E1;
}

// Faces made of punctuation, longest first.
constexpr View faces[] = {U":'-(", U">:-(", U"(^_^)", U"(-_-)", U"(>_<)", U":'(", U":-)", U":-(", U":-D",
                          U":-P",  U":-p",  U":-O",   U":-o",   U":-/",   U":-|", U":-*", U";-)", U"8-)",
                          U":^)",  U">:(",  U"^_^",   U"-_-",   U">_<",   U"o_O", U"T_T", U"</3", U"<3",
                          U":)",   U":(",   U":D",    U":P",    U":p",    U":O",  U":o",  U":/",  U":|",
                          U":*",   U";)",   U";P",    U"=)",    U"=(",    U"XD",  U"xD",  U"=D",  U"^^"};

bool read_face(Reader& reader) {
    const std::size_t begin = reader.cursor();
    const char32_t before = reader.before(begin);
    if (is_digit(before)) return false;
    for (const View face : faces) {
        if (!reader.starts(begin, face)) continue;
        const char32_t after = reader.at(begin + face.size());
        if (is_letter(after) || is_digit(after) || (face == U":/" && after == '/')) continue;
        if ((is_letter(face[0]) || face[0] == ':') && is_letter(before) && face != U":)" && face != U":(")
            continue;
        if (face.starts_with(U"<3") && reader.word_before(begin) == U"i") {
            reader.say("love", begin, begin + face.size());
            reader.go(begin + face.size());
            return true;
        }
        reader.skip(begin + face.size(), "an emoticon");
        reader.apart();
        return true;
    }
    return false;
}

bool is_operand(char32_t c) {
    return is_digit(c) || is_letter(c) || c == '(' || c == ')' || c == U'²' || c == U'³' || c == U'π' ||
           c == U'%' || c == '.' || c == '-' || c == U'√' || is_currency(c) || c == U'∞';
}

// A link of Markdown: the text is read, the address is not.
bool read_link(Reader& reader) {
    const std::size_t begin = reader.cursor();
    if (reader.at(begin) != ']' || reader.at(begin + 1) != '(') return false;
    std::size_t end = begin + 2;
    while (end - begin < Reader::max_look && reader.at(end) != 0 && reader.at(end) != ')' &&
           reader.at(end) != ' ')
        ++end;
    if (reader.at(end) != ')' || reader.look(begin, end - begin).find(U"://") == View::npos) return false;
    reader.skip(end + 1, "the address of a link");
    reader.apart();
    return true;
}

bool read_dash(Reader& reader) {
    const std::size_t begin = reader.cursor();
    const char32_t c = reader.at(begin), before = reader.before(begin), after = reader.at(begin + 1);
    if (c != '-' && c != U'–') return false;
    if (is_digit(after) && (is_letter(before) || before == '%' || before == U'°' || before == ')' ||
                            (before == '.' && is_letter(reader.before(begin - 1))))) {
        const bool time =
            to_lower(before) == 'm' || before == '%' || before == U'°' || before == '.' || c == U'–';
        if (time) reader.say("to", begin, begin + 1);
        reader.apart();
        reader.go(begin + 1);
        return true;
    }
    if (is_digit(before) && (is_letter(after) || is_digit(after))) {
        std::size_t start = begin;
        while (start > 0 && begin - start < 8 && is_digit(reader.before(start))) --start;
        if (is_digit(after) && (reader.before(start) == ':' || reader.before(start) == '/'))
            reader.say("to", begin, begin + 1);
        reader.apart();  // "5-year-old", "4-1-1"
        reader.go(begin + 1);
        return true;
    }
    if (c == '-' && before == ' ' && after == ' ') {
        const char32_t left = reader.before(begin - 1), right = reader.at(begin + 2);
        const bool sum = (is_digit(left) || left == ')') && (is_digit(right) || right == '(');
        const bool letters = is_letter(left) && !is_letter(reader.before(begin - 2)) && is_letter(right) &&
                             !is_letter(reader.at(begin + 3)) && left != 'a' && left != 'I' && right != 'a' &&
                             right != 'I';
        if (sum || letters) {
            reader.say("minus", begin, begin + 1);
            reader.go(begin + 1);
            return true;
        }
    }
    return false;
}

}  // namespace

bool read_symbol(Reader& reader) {
    const std::size_t begin = reader.cursor();
    const char32_t c = reader.at(begin), before = reader.before(begin), after = reader.at(begin + 1);
    if (read_face(reader) || read_link(reader) || read_dash(reader)) return true;
    const auto say = [&](std::string_view words, std::size_t length = 1) {
        reader.say(words, begin, begin + length);
        reader.go(begin + length);
        return true;
    };
    const auto silent = [&](std::size_t length = 1) {
        reader.apart();
        reader.go(begin + length);
        return true;
    };
    if ((c == U'★' || c == U'⭐') && is_digit(before)) return say("star");
    if (is_picture(c) && c != U'♭' && c != U'♯') {
        if (is_heart(c) && reader.word_before(begin) == U"i" && !reader.word_after(begin + 1).empty())
            return say("love");
        std::size_t end = begin;
        while (end - begin < Reader::max_look && is_picture(reader.at(end))) ++end;
        reader.skip(end, "an emoji");
        reader.apart();
        return true;
    }
    if (const auto words = vulgar_words(c); !words.empty()) return say(words);
    if (c >= 0x2160 && c <= 0x216B) {
        static constexpr std::string_view romans[] = {"one",   "two",   "three", "four", "five",   "six",
                                                      "seven", "eight", "nine",  "ten",  "eleven", "twelve"};
        return say(romans[c - 0x2160]);
    }
    switch (c) {
        case '*':
            if ((is_digit(before) || before == ')') && (is_digit(after) || after == '(')) return say("times");
            if (before == ' ' && after == ' ' &&
                (is_digit(reader.before(begin - 1)) || reader.before(begin - 1) == ')') &&
                (is_digit(reader.at(begin + 2)) || reader.at(begin + 2) == '('))
                return say("times");
            return silent();
        case '_':
        case '`':
        case '|':
        case '\\':
        case '{':
        case '}':
        case U'™':
        case U'®':
        case U'•':
        case U'·':
        case U'†':
        case U'‡':
        case U'←': {
            std::size_t length = 1;
            while (length < Reader::max_look && reader.at(begin + length) == c) ++length;
            if (c == '|' || c == U'•') reader.mark(U',', begin, begin + length);
            return silent(length);
        }
        case '[':
        case ']':
            return silent();
        case '^':
            if ((after == '2' || after == '3') && !is_digit(reader.at(begin + 2)) &&
                reader.at(begin + 2) != '.')
                return say(after == '2' ? "squared" : "cubed", 2);
            return say("to the power of");
        case '#':
            if (is_digit(after) && !is_letter(before)) return say("number");
            if (is_latin(before) && !is_latin(reader.before(begin - 1)) && !is_letter(after))
                return say("sharp");
            return silent();
        case '~': {
            const char32_t next = reader.at(reader.skip_spaces(begin + 1));
            if (is_digit(next) || is_currency(next)) return say("about");
            return silent();
        }
        case '/': {
            if (is_digit(before) && is_digit(after)) return say("slash");
            if (before == ' ' && after == ' ' && is_digit(reader.before(begin - 1)) &&
                is_digit(reader.at(begin + 2)))
                return say("divided by");
            return silent();
        }
        case '=': {
            if (after == '=') return say("equals", reader.at(begin + 2) == '=' ? 3 : 2);
            if (after == '>') return silent(2);
            if (before == '!' || before == '=') return silent();
            return say("equals");
        }
        case '<':
        case '>': {
            if (after == '=') return say(c == '<' ? "less than or equal to" : "greater than or equal to", 2);
            const char32_t left = before == ' ' ? reader.before(begin - 1) : before,
                           right = after == ' ' ? reader.at(begin + 2) : after;
            if (is_operand(left) && is_operand(right) && before == after)
                return say(c == '<' ? "less than" : "greater than");
            if (is_digit(right)) return say(c == '<' ? "less than" : "greater than");
            return silent();
        }
        case '!':
            if (after == '=' && reader.at(begin + 2) != '=') return say("is not equal to", 2);
            return false;
        case '+': {
            if (after == '/' && reader.at(begin + 2) == '-') return say("plus or minus", 3);
            if (before == 'C' && after == '+') return say("plus plus", 2);
            return say("plus");
        }
        case '-':
            if (after == '>') return say("to", 2);
            if (after == '-') {
                std::size_t end = begin;
                while (reader.at(end) == '-') ++end;
                if (end - begin > 3 || before == 0 || before == '\n') return silent(end - begin);
            }
            return false;
        case U'⇒':
            return say("to");
        case '%':
        case '&':
        case '@':
            break;
        case '$':
            return say("dollars");
        case U'£':
            return say("pounds");
        case U'€':
            return say("euros");
        case U'¥':
            return say("yen");
        default:
            break;
    }
    const auto* found = std::lower_bound(std::begin(signs), std::end(signs), c,
                                         [](const Sign& sign, char32_t value) { return sign.sign < value; });
    if (found != std::end(signs) && found->sign == c) return say(found->said);
    static constexpr View kept = U"'\",.;:!?()-–—…“”«»¿¡";
    if (c >= 0x80 && !is_letter(c) && kept.find(c) == View::npos && c < Normal::first_fixed) {
        reader.skip(begin + 1, "a symbol without a name");
        reader.apart();
        return true;
    }
    if (c >= 0x80 && is_letter(c) && !is_latin(c)) {  // a lone Greek letter without a name here
        reader.skip(begin + 1, foreign_script(c));
        reader.apart();
        return true;
    }
    if (c >= Normal::first_fixed) {
        reader.skip(begin + 1, "a symbol without a name");
        reader.apart();
        return true;
    }
    return false;
}

}  // namespace lares::voice::english
