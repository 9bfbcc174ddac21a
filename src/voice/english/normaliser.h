#pragma once
// Anything that is not an English word becomes English words: numbers, dates, times, money, units,
// abbreviations, addresses, symbols, emoji. Every character of the result knows the characters of the source
// it was made of.
#include <string_view>

#include "voice/english/dictionary.h"
#include "voice/english/tokens.h"

namespace lares::voice::english {

// Linear in the text. What cannot be spoken is in left_out; nothing but letters, apostrophes, hyphens, full
// stops of initials, punctuation that makes a pause, and single spaces is in the text.
Normal normalise(std::u32string_view source, const Dictionary& dictionary);

void in_order(std::vector<Omission>& list);

// What is said, as words: lower case, hyphens apart.
std::vector<std::string> words_of(const Normal& normal);

}  // namespace lares::voice::english
