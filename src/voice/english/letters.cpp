#include "voice/english/letters.h"

#include <algorithm>
#include <array>

namespace lares::voice::english {
namespace {

struct Script {
    char32_t first, last;
    std::string_view name;
};

// Blocks of Unicode 15 by the name a reader knows them by, in order; Latin is not among them.
constexpr Script scripts[] = {
    {0x370, 0x3FF, "Greek text"},
    {0x400, 0x52F, "Cyrillic text"},
    {0x530, 0x58F, "Armenian text"},
    {0x590, 0x5FF, "Hebrew text"},
    {0x600, 0x6FF, "Arabic text"},
    {0x700, 0x74F, "Syriac text"},
    {0x750, 0x77F, "Arabic text"},
    {0x780, 0x7BF, "Thaana text"},
    {0x7C0, 0x7FF, "N'Ko text"},
    {0x8A0, 0x8FF, "Arabic text"},
    {0x900, 0x97F, "Devanagari text"},
    {0x980, 0x9FF, "Bengali text"},
    {0xA00, 0xA7F, "Gurmukhi text"},
    {0xA80, 0xAFF, "Gujarati text"},
    {0xB00, 0xB7F, "Odia text"},
    {0xB80, 0xBFF, "Tamil text"},
    {0xC00, 0xC7F, "Telugu text"},
    {0xC80, 0xCFF, "Kannada text"},
    {0xD00, 0xD7F, "Malayalam text"},
    {0xD80, 0xDFF, "Sinhala text"},
    {0xE00, 0xE7F, "Thai text"},
    {0xE80, 0xEFF, "Lao text"},
    {0xF00, 0xFFF, "Tibetan text"},
    {0x1000, 0x109F, "Burmese text"},
    {0x10A0, 0x10FF, "Georgian text"},
    {0x1100, 0x11FF, "Korean text"},
    {0x1200, 0x139F, "Ethiopic text"},
    {0x13A0, 0x13FF, "Cherokee text"},
    {0x1400, 0x167F, "Inuktitut text"},
    {0x1780, 0x17FF, "Khmer text"},
    {0x1800, 0x18AF, "Mongolian text"},
    {0x1F00, 0x1FFF, "Greek text"},
    {0x2DE0, 0x2DFF, "Cyrillic text"},
    {0x2E80, 0x2FDF, "Chinese text"},
    {0x3005, 0x3007, "Chinese text"},
    {0x3040, 0x30FF, "Japanese text"},
    {0x3100, 0x312F, "Chinese text"},
    {0x3130, 0x318F, "Korean text"},
    {0x31A0, 0x31BF, "Chinese text"},
    {0x31F0, 0x31FF, "Japanese text"},
    {0x3400, 0x4DBF, "Chinese text"},
    {0x4E00, 0x9FFF, "Chinese text"},
    {0xA000, 0xA4CF, "Yi text"},
    {0xA960, 0xA97F, "Korean text"},
    {0xAC00, 0xD7FF, "Korean text"},
    {0xF900, 0xFAFF, "Chinese text"},
    {0xFB1D, 0xFB4F, "Hebrew text"},
    {0xFB50, 0xFDFF, "Arabic text"},
    {0xFE70, 0xFEFC, "Arabic text"},
    {0xFF66, 0xFF9F, "Japanese text"},
    {0xFFA0, 0xFFDC, "Korean text"},
    {0x10000, 0x1CFFF, "text in an old script"},
    {0x1E000, 0x1EFFF, "text in another script"},
    {0x20000, 0x323AF, "Chinese text"},
};

// The base letters of U+1E00..U+1E99 and U+1EA0..U+1EF9.
constexpr std::string_view extended =
    "AaBbBbBbCcDdDdDdDdDdEeEeEeEeEeFfGgHhHhHhHhHhIiIiKkKkKkLlLlLlLlMmMmMmNnNnNnNnOoOoOoOoPpPpRrRrRrRrSsSsSsSs"
    "SsTtTtTtTt"
    "UuUuUuUuUuVvVvWwWwWwWwWwXxXxYyZzZzZzhtwy";
constexpr std::string_view vietnamese =
    "AaAaAaAaAaAaAaAaAaAaAaAaEeEeEeEeEeEeEeEeIiIiOoOoOoOoOoOoOoOoOoOoOoOoUuUuUuUuUuUuUuYyYyYyYy";
// U+0180..U+024F, where it differs from the letter itself ('.' keeps it).
constexpr std::string_view african_and_pinyin =
    "................................Oo.............Uu............................AaIiOoUuUuUuUuUu.AaAa...."
    "GgKkOoOo..j"
    "...Gg..NnAa....AaAaEeEeIiIiOoOoRrRrUuUuSsTt..Hh......AaEeOoOoOoOoYy............................";

char32_t mathematical(char32_t c) {
    // Thirteen alphabets of 52 letters, then five of ten digits (and Greek between, which stays).
    if (c >= 0x1D400 && c <= 0x1D6A3) {
        const char32_t n = (c - 0x1D400) % 52;
        return n < 26 ? U'A' + n : U'a' + (n - 26);
    }
    if (c >= 0x1D7CE && c <= 0x1D7FF) return U'0' + (c - 0x1D7CE) % 10;
    return 0;
}

}  // namespace

bool is_latin(char32_t c) {
    if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (c < 0xC0) return c == 0xAA || c == 0xBA;
    if (c < 0x250) return c != 0xD7 && c != 0xF7;
    return (c >= 0x1E00 && c < 0x1F00) || (c >= 0x2C60 && c < 0x2C80);
}

std::string_view foreign_script(char32_t c) {
    const auto* at =
        std::upper_bound(std::begin(scripts), std::end(scripts), c,
                         [](char32_t value, const Script& script) { return value < script.first; });
    if (at == std::begin(scripts)) return {};
    --at;
    return c <= at->last ? at->name : std::string_view{};
}

bool is_letter(char32_t c) {
    return is_latin(c) || !foreign_script(c).empty();
}

bool is_combining(char32_t c) {
    return (c >= 0x300 && c <= 0x36F) || (c >= 0x1AB0 && c <= 0x1AFF) || (c >= 0x1DC0 && c <= 0x1DFF) ||
           (c >= 0x20D0 && c <= 0x20FF) || (c >= 0xFE20 && c <= 0xFE2F);
}

char32_t to_lower(char32_t c) {
    if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
    if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 32;
    if (c == 0x130) return 'i';
    if (c == 0x178) return 0xFF;
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E)) return c % 2 == 1 ? c + 1 : c;
    if (c >= 0x100 && c <= 0x177 && c != 0x131 && c != 0x138) return c | 1;
    if ((c >= 0x1CD && c <= 0x1DC)) return c % 2 == 1 ? c + 1 : c;
    if ((c >= 0x1DE && c <= 0x1EF) || (c >= 0x1F8 && c <= 0x21F) || (c >= 0x222 && c <= 0x233)) return c | 1;
    if (c == 0x1A0 || c == 0x1AF) return c == 0x1A0 ? 0x1A1 : 0x1B0;
    if (c >= 0x391 && c <= 0x3A9) return c + 32;
    if (c >= 0x410 && c <= 0x42F) return c + 32;
    if (c >= 0x400 && c <= 0x40F) return c + 80;
    if (c >= 0x1E00 && c <= 0x1EFF && !(c >= 0x1E96 && c <= 0x1E9F)) return c | 1;
    return c;
}

char32_t to_upper(char32_t c) {
    if (c < 0x80) return c >= 'a' && c <= 'z' ? c - 32 : c;
    if (c >= 0xE0 && c <= 0xFE && c != 0xF7) return c - 32;
    if (c == 0xFF) return 0x178;
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E)) return c % 2 == 0 ? c - 1 : c;
    if (c == 0x131) return 'I';
    if (c >= 0x100 && c <= 0x177 && c != 0x138) return c & ~char32_t{1};
    if (c >= 0x1CD && c <= 0x1DC) return c % 2 == 0 ? c - 1 : c;
    if ((c >= 0x1DE && c <= 0x1EF) || (c >= 0x1F8 && c <= 0x21F) || (c >= 0x222 && c <= 0x233))
        return c & ~char32_t{1};
    if (c == 0x1A1 || c == 0x1B0) return c == 0x1A1 ? 0x1A0 : 0x1AF;
    if (c >= 0x3B1 && c <= 0x3C9 && c != 0x3C2) return c - 32;
    if (c >= 0x430 && c <= 0x44F) return c - 32;
    if (c >= 0x450 && c <= 0x45F) return c - 80;
    if (c >= 0x1E00 && c <= 0x1EFF && !(c >= 0x1E96 && c <= 0x1E9F)) return c & ~char32_t{1};
    return c;
}

bool is_upper(char32_t c) {
    return to_lower(c) != c;
}

bool is_lower(char32_t c) {
    return to_upper(c) != c || c == 0xDF;
}

std::u32string to_lower(std::u32string_view text) {
    std::u32string out(text);
    for (char32_t& c : out) c = to_lower(c);
    return out;
}

std::u32string to_upper(std::u32string_view text) {
    std::u32string out(text);
    for (char32_t& c : out) c = to_upper(c);
    return out;
}

bool has_upper(std::u32string_view text) {
    return std::any_of(text.begin(), text.end(), [](char32_t c) { return is_upper(c); });
}

bool all_upper(std::u32string_view text) {
    return std::none_of(text.begin(), text.end(), [](char32_t c) { return is_lower(c); });
}

bool all_letters(std::u32string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char32_t c) { return is_letter(c); });
}

std::u32string plain_form(char32_t c) {
    if (c < 0x80) return {};
    if (c >= 0xFF01 && c <= 0xFF5E) return {c - 0xFF01 + 0x21};
    if (const char32_t plain = mathematical(c)) return {plain};
    switch (c) {
        case 0xFB00:
            return U"ff";
        case 0xFB01:
            return U"fi";
        case 0xFB02:
            return U"fl";
        case 0xFB03:
            return U"ffi";
        case 0xFB04:
            return U"ffl";
        case 0xFB05:
        case 0xFB06:
            return U"st";
        case 0x132:
            return U"IJ";
        case 0x133:
            return U"ij";
        case 0x17F:
            return U"s";
        case 0x2010:
        case 0x2011:
        case 0x2012:
            return U"-";
        case 0x2015:
            return U"—";
        case 0x2019:
        case 0x2018:
        case 0x2BC:
        case 0x60:
        case 0xB4:
            return U"'";
        case 0x201E:
        case 0x201F:
            return U"“";
        case 0x212A:
            return U"K";
        case 0x212B:
            return U"Å";
        case 0x2102:
            return U"C";
        case 0x210E:
            return U"h";
        case 0x2115:
            return U"N";
        case 0x211D:
            return U"R";
        case 0x2124:
            return U"Z";
        default:
            break;
    }
    if (c >= 0x2160 && c <= 0x2188) return {};  // roman numerals of their own: read as numbers elsewhere
    if (c >= 0x24B6 && c <= 0x24CF) return {c - 0x24B6 + 'A'};
    if (c >= 0x24D0 && c <= 0x24E9) return {c - 0x24D0 + 'a'};
    if (c >= 0x1F130 && c <= 0x1F149) return {c - 0x1F130 + 'A'};
    return {};
}

char32_t without_marks(char32_t c) {
    const auto pick = [c](std::string_view table, char32_t first) -> char32_t {
        if (c < first || c - first >= table.size()) return c;
        const char base = table[c - first];
        return base == '.' || base == ' ' ? c : static_cast<char32_t>(base);
    };
    if (c >= 0x180 && c < 0x250) return pick(african_and_pinyin, 0x180);
    if (c >= 0x1EA0) return pick(vietnamese, 0x1EA0);
    return c >= 0x1E00 ? pick(extended, 0x1E00) : c;
}

}  // namespace lares::voice::english
