#pragma once
// Text as the index has it, and a person's words as a query of the index (SQLite FTS5, tokenizer unicode61:
// words in any case, without diacritics). Scripts that put no space between words (Han, kana, Hangul, Thai,
// Lao, Khmer, Myanmar) are indexed one character at a time and found as phrases, so words of any length are
// found in them. Decision 0083. Pure.
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chat/model.h"

namespace lares::chat {

// `text` with a separator (U+001F) on both sides of every character of such a script; full-width forms of
// ASCII become ASCII, Cyrillic yo is ye, as most people write it, and German sharp s is "ss" with U+0331
// behind. Apart from the separators and those pairs: code point by code point as long as `text`.
std::string to_indexed(std::string_view text);

// All words must be found; the last letters of a word may be missing; "words in quotes" stand together.
// Empty: nothing to look for (only signs). Bounded by Limits::query_terms.
std::string to_match(std::string_view query);

struct Snippet {
    std::string text;
    bool cut_before = false, cut_after = false;
    std::vector<TextRange> matches;  // code points of `text`
};

// `marked`: to_indexed(text) as FTS5 highlight() answers it, with U+0002 before a match and U+0003 behind.
// About Limits::snippet_code_points around the first match, cut at white space where there is some.
Snippet snippet_of(std::string_view text, std::string_view marked);

}  // namespace lares::chat
