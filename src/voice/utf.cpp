#include "voice/utf.h"

#include "base/text.h"

namespace lares::voice {

namespace {

constexpr char32_t replacement = 0xFFFD;

bool between(char32_t c, char32_t low, char32_t high) {
    return c >= low && c <= high;
}

}  // namespace

std::u32string to_code_points(std::string_view utf8) {
    std::u32string out;
    out.reserve(utf8.size());
    while (!utf8.empty()) {
        const auto valid = utf8_valid_prefix(utf8);
        for (std::size_t i = 0; i < valid;) {
            const auto lead = static_cast<unsigned char>(utf8[i]);
            const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
            char32_t c = length == 1 ? lead : lead & (0xFFu >> (length + 1));
            for (std::size_t k = 1; k < length; ++k)
                c = c << 6 | (static_cast<unsigned char>(utf8[i + k]) & 0x3F);
            out += c;
            i += length;
        }
        utf8.remove_prefix(valid);
        if (utf8.empty()) break;
        out += replacement;
        utf8.remove_prefix(1);
    }
    return out;
}

void append_utf8(std::string& out, char32_t c) {
    const auto byte = [&out](char32_t value) { out += static_cast<char>(value); };
    if (c < 0x80) {
        byte(c);
    } else if (c < 0x800) {
        byte(0xC0 | c >> 6);
        byte(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        byte(0xE0 | c >> 12);
        byte(0x80 | (c >> 6 & 0x3F));
        byte(0x80 | (c & 0x3F));
    } else {
        byte(0xF0 | c >> 18);
        byte(0x80 | (c >> 12 & 0x3F));
        byte(0x80 | (c >> 6 & 0x3F));
        byte(0x80 | (c & 0x3F));
    }
}

std::string to_utf8(std::u32string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const auto c : text) append_utf8(out, c);
    return out;
}

bool is_space(char32_t c) {
    if (c < 0x80) return c == ' ' || between(c, '\t', '\r');
    return c == 0x85 || c == 0xA0 || c == 0x1680 || between(c, 0x2000, 0x200A) || c == 0x2028 ||
           c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool is_digit(char32_t c) {
    return between(c, '0', '9');
}

bool is_cjk(char32_t c) {
    if (c < 0x3005) return false;
    return between(c, 0x3041, 0x30FF) || between(c, 0x3400, 0x4DBF) || between(c, 0x4E00, 0x9FFF) ||
           between(c, 0xF900, 0xFAFF) || between(c, 0xFF66, 0xFF9F) || between(c, 0x20000, 0x3FFFF) ||
           c == 0x3005 || c == 0x3007;
}

bool is_emoji(char32_t c) {
    if (c < 0x200D) return false;
    return between(c, 0x1F000, 0x1FAFF) || between(c, 0x2600, 0x27BF) || between(c, 0x2B00, 0x2BFF) ||
           between(c, 0x2300, 0x23FF) || between(c, 0xFE00, 0xFE0F) || between(c, 0xE0020, 0xE007F) ||
           c == 0x200D || c == 0x20E3 || c == 0x2049 || c == 0x203C || c == 0x3030 || c == 0x303D;
}

bool is_letter(char32_t c) {
    if (c < 0x80) return between(c, 'a', 'z') || between(c, 'A', 'Z');
    if (is_cjk(c)) return true;
    if (c < 0xC0) return c == 0xAA || c == 0xB5 || c == 0xBA;
    if (c < 0x2000)
        return c != 0xD7 && c != 0xF7 && !between(c, 0x1680, 0x1680) && !between(c, 0x60C, 0x60C) &&
               c != 0x61B && c != 0x61F && c != 0x66A && c != 0x6D4 && c != 0x964 && c != 0x965 &&
               c != 0x589 && c != 0x1362;
    return between(c, 0x2C00, 0x2DFF) || between(c, 0xA000, 0xD7FF) || between(c, 0x1D400, 0x1D7FF) ||
           between(c, 0xFB00, 0xFDFF) || between(c, 0xFE70, 0xFEFC) || between(c, 0xFF21, 0xFF3A) ||
           between(c, 0xFF41, 0xFF5A) || between(c, 0xFF10, 0xFF19) || between(c, 0x3100, 0x318F);
}

bool is_upper(char32_t c) {
    if (c < 0x80) return between(c, 'A', 'Z');
    return c < 0x530 && between(c, 0xC0, 0x52F) && to_lower(c) != c;
}

bool is_lower(char32_t c) {
    if (c < 0x80) return between(c, 'a', 'z');
    return between(c, 0xDF, 0x52F) && is_letter(c) && to_lower(c) == c && !between(c, 0x2B0, 0x36F);
}

char32_t to_lower(char32_t c) {
    if (between(c, 'A', 'Z')) return c + 32;
    if (between(c, 0xC0, 0xDE) && c != 0xD7) return c + 32;
    if (between(c, 0x100, 0x137) || between(c, 0x14A, 0x177) || between(c, 0x1E00, 0x1EFF) ||
        between(c, 0x460, 0x481) || between(c, 0x48A, 0x4BF))
        return c | 1;
    if (between(c, 0x139, 0x148) || between(c, 0x179, 0x17E)) return c % 2 == 1 ? c + 1 : c;
    if (between(c, 0x391, 0x3A9)) return c + 32;
    if (between(c, 0x410, 0x42F)) return c + 32;
    if (between(c, 0x400, 0x40F)) return c + 80;
    return c;
}

}  // namespace lares::voice
