#pragma once
// Abbreviations and what they stand for.
#include <span>
#include <string_view>

namespace lares::voice::english {

enum class Where : unsigned char { anywhere, before_capital, before_digit, after_capital };

struct Abbreviation {
    std::u32string_view written;  // with its dots, but the last
    std::string_view said;
    Where where = Where::anywhere;
    bool needs_dot = true;       // "no" without its dot is a word
    bool ends_sentence = false;  // what often stands last: its dot then also ends the sentence
};

// Of several entries for one text the first that stands right is meant.
std::span<const Abbreviation> all_abbreviations();
// "Tue", "Sep" → "Tuesday", "September"; empty for what is neither.
std::string_view day_or_month(std::u32string_view brief);

}  // namespace lares::voice::english
