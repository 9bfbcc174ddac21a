#pragma once
// Numbers in American English words, from their digits (so that any length is bounded only by the caller).
#include <cstddef>
#include <string>
#include <string_view>

namespace lares::voice::english {

inline constexpr std::size_t max_cardinal_digits = 36;  // "decillion" is the last name known here

std::string cardinal(std::string_view digits);  // "1234" → "one thousand two hundred thirty four"; longer
                                                // than the bound: digit by digit
std::string cardinal(unsigned long long number);
std::string ordinal(std::string_view digits);  // "21" → "twenty first"
std::string ordinal(unsigned long long number);
std::string year(unsigned number);              // 1905 → "nineteen oh five", 2000 → "two thousand"
std::string by_digit(std::string_view digits);  // "405" → "four zero five"
std::string in_pairs(std::string_view digits);  // "405" → "four oh five", "747" → "seven forty seven", "1600"
                                                // → "sixteen hundred"
std::string decade(unsigned number);            // 1990 → "nineteen nineties", 80 → "eighties"
std::string plural(std::string words);          // of the last word: "six" → "sixes", "twenty" → "twenties"

// The value of a valid Roman numeral below 4000 in capitals, or 0.
unsigned roman(std::u32string_view letters);

// The first nine digits.
inline unsigned value(std::string_view digits) {
    unsigned number = 0;
    for (const char digit : digits.substr(0, 9)) number = number * 10 + static_cast<unsigned>(digit - '0');
    return number;
}

}  // namespace lares::voice::english
