#pragma once
// Code points and what they are to speech: letters, marks that end sentences, scripts without spaces, emoji.
#include <string>
#include <string_view>

namespace lares::voice {

// Of valid UTF-8; bytes that are not become U+FFFD.
std::u32string to_code_points(std::string_view utf8);
void append_utf8(std::string& out, char32_t c);
std::string to_utf8(std::u32string_view text);

bool is_space(char32_t c);
bool is_digit(char32_t c);   // ASCII
bool is_cjk(char32_t c);     // Han, kana: a script without spaces
bool is_emoji(char32_t c);   // also what joins and varies them
bool is_letter(char32_t c);  // any letter, also CJK; combining marks belong to their letter
bool is_upper(char32_t c);   // Latin, Greek, Cyrillic
bool is_lower(char32_t c);
char32_t to_lower(char32_t c);

// A letter, a digit: what can be said.
inline bool is_word(char32_t c) {
    return is_digit(c) || is_letter(c);
}

}  // namespace lares::voice
