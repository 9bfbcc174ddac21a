#pragma once
// What the reading of English needs to know of Unicode beyond voice/utf.h: letters and their case for Latin,
// and the name of every other script, so that what is left out can be named. Not a general library: unknown
// code points are "symbols".
#include <string>
#include <string_view>

#include "voice/utf.h"

namespace lares::voice::english {

bool is_latin(char32_t c);   // letters of Latin script, with diacritics
bool is_letter(char32_t c);  // of any script
bool is_upper(char32_t c);   // Latin, Greek, Cyrillic
bool is_lower(char32_t c);
bool is_combining(char32_t c);  // marks that belong to the letter before
char32_t to_lower(char32_t c);
char32_t to_upper(char32_t c);
std::u32string to_lower(std::u32string_view text);
std::u32string to_upper(std::u32string_view text);
bool has_upper(std::u32string_view text);    // some letter is not in lower case
bool all_upper(std::u32string_view text);    // no letter is in lower case (as Python's text == text.upper())
bool all_letters(std::u32string_view text);  // and not empty

// The plain form of compatibility letters (full width, mathematical, ligatures are several): the letters to
// be read instead, or empty where c stands for itself.
std::u32string plain_form(char32_t c);
// Letters that the model for unknown words never saw lose their diacritics: ế → e.
char32_t without_marks(char32_t c);

// "Japanese text", "Cyrillic text", … for letters of other scripts; empty for Latin and what is no letter.
std::string_view foreign_script(char32_t c);

}  // namespace lares::voice::english
