#include "voice/english/numbers.h"

#include <array>
#include <vector>

namespace lares::voice::english {
namespace {

constexpr std::array<std::string_view, 20> ones = {"zero",    "one",     "two",       "three",    "four",
                                                   "five",    "six",     "seven",     "eight",    "nine",
                                                   "ten",     "eleven",  "twelve",    "thirteen", "fourteen",
                                                   "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
constexpr std::array<std::string_view, 10> tens = {"",      "",      "twenty",  "thirty", "forty",
                                                   "fifty", "sixty", "seventy", "eighty", "ninety"};
constexpr std::array<std::string_view, 12> scales = {"",           "thousand",    "million",     "billion",
                                                     "trillion",   "quadrillion", "quintillion", "sextillion",
                                                     "septillion", "octillion",   "nonillion",   "decillion"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> irregular = {{{"one", "first"},
                                                                                     {"two", "second"},
                                                                                     {"three", "third"},
                                                                                     {"five", "fifth"},
                                                                                     {"eight", "eighth"},
                                                                                     {"nine", "ninth"},
                                                                                     {"twelve", "twelfth"},
                                                                                     {"zero", "zeroth"}}};

void add(std::string& text, std::string_view word) {
    if (word.empty()) return;
    if (!text.empty()) text += ' ';
    text += word;
}

void add_below_1000(std::string& text, unsigned number) {
    if (number >= 100) {
        add(text, ones[number / 100]);
        add(text, "hundred");
        number %= 100;
    }
    if (number >= 20) {
        add(text, tens[number / 10]);
        number %= 10;
    }
    if (number > 0) add(text, ones[number]);
}

std::string_view without_zeros(std::string_view digits) {
    const auto first = digits.find_first_not_of('0');
    return first == std::string_view::npos ? std::string_view{} : digits.substr(first);
}

}  // namespace

std::string cardinal(std::string_view given) {
    const auto digits = without_zeros(given);
    if (digits.empty()) return "zero";
    if (digits.size() > max_cardinal_digits) return by_digit(given);
    std::string text;
    for (std::size_t at = 0; at < digits.size();) {
        const std::size_t left = digits.size() - at;
        const std::size_t length = left % 3 == 0 ? 3 : left % 3;
        if (const auto group = value(digits.substr(at, length))) {
            add_below_1000(text, group);
            add(text, scales[(left - length) / 3]);
        }
        at += length;
    }
    return text;
}

std::string cardinal(unsigned long long number) {
    return cardinal(std::string_view(std::to_string(number)));
}

std::string ordinal(std::string_view digits) {
    std::string text = cardinal(digits);
    const auto space = text.rfind(' ');
    const auto start = space == std::string::npos ? 0 : space + 1;
    const std::string last = text.substr(start);
    text.resize(start);
    for (const auto& [plain, ranked] : irregular) {
        if (last == plain) return text.append(ranked);
    }
    return last.ends_with('y') ? text + last.substr(0, last.size() - 1) + "ieth" : text + last + "th";
}

std::string ordinal(unsigned long long number) {
    return ordinal(std::string_view(std::to_string(number)));
}

std::string year(unsigned number) {
    const unsigned high = number / 100, low = number % 100;
    if (high == 0 || high >= 100 || (high % 10 == 0 && low < 10)) return cardinal(number);
    std::string text = cardinal(high);
    if (low == 0) return text + " hundred";
    return text + (low < 10 ? " oh " : " ") + cardinal(low);
}

std::string by_digit(std::string_view digits) {
    std::string text;
    for (const char digit : digits) add(text, ones[static_cast<std::size_t>(digit - '0')]);
    return text;
}

std::string in_pairs(std::string_view digits) {
    if (digits.size() == 4 && digits[0] != '0') return year(value(digits));
    if (digits.size() != 3 || digits[0] == '0')
        return digits.size() < 3 && !digits.starts_with('0') ? cardinal(digits) : by_digit(digits);
    if (digits.ends_with("00")) return cardinal(digits);
    const unsigned low = value(digits.substr(1));
    return std::string(ones[static_cast<std::size_t>(digits[0] - '0')]) + (low < 10 ? " oh " : " ") +
           cardinal(low);
}

std::string decade(unsigned number) {
    return plural(number < 100 ? cardinal(number) : year(number));
}

std::string plural(std::string words) {
    if (words.ends_with('y')) return words.substr(0, words.size() - 1) + "ies";
    if (words.ends_with('x') || words.ends_with('s')) return words + "es";
    return words + "s";
}

unsigned roman(std::u32string_view letters) {
    constexpr std::u32string_view names = U"IVXLCDM";
    constexpr std::array<unsigned, 7> values = {1, 5, 10, 50, 100, 500, 1000};
    if (letters.empty() || letters.size() > 15) return 0;
    unsigned total = 0;
    for (std::size_t i = 0; i < letters.size(); ++i) {
        const auto at = names.find(letters[i]);
        if (at == std::u32string_view::npos) return 0;
        const auto next = i + 1 < letters.size() ? names.find(letters[i + 1]) : 0;
        if (next == std::u32string_view::npos) return 0;
        const bool less = i + 1 < letters.size() && values[at] < values[next];
        total = less ? total - values[at] : total + values[at];
    }
    if (total == 0 || total >= 4000) return 0;
    // Valid only as it would be written back: "IC" and "VV" are no numbers.
    constexpr std::array<std::pair<unsigned, std::u32string_view>, 13> steps = {{{1000, U"M"},
                                                                                 {900, U"CM"},
                                                                                 {500, U"D"},
                                                                                 {400, U"CD"},
                                                                                 {100, U"C"},
                                                                                 {90, U"XC"},
                                                                                 {50, U"L"},
                                                                                 {40, U"XL"},
                                                                                 {10, U"X"},
                                                                                 {9, U"IX"},
                                                                                 {5, U"V"},
                                                                                 {4, U"IV"},
                                                                                 {1, U"I"}}};
    std::u32string written;
    unsigned rest = total;
    for (const auto& [step, text] : steps) {
        for (; rest >= step; rest -= step) written += text;
    }
    return written == letters ? total : 0;
}

}  // namespace lares::voice::english
