#pragma once
// The normaliser's state: a cursor over the source and the text made so far. Each read_… function looks at
// what stands at the cursor; if that is its kind, it says it, moves on and answers true. None looks further
// than a bounded number of characters.
#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "voice/english/dictionary.h"
#include "voice/english/tokens.h"

namespace lares::voice::english {

class Reader {
public:
    static constexpr std::size_t max_look = 256;  // how far a form may reach

    Reader(std::u32string text, std::vector<Span> source, const Dictionary& dictionary, Normal& out);

    void run();

    // The source, with compatibility forms made plain. Positions beyond either end read as 0.
    char32_t at(std::size_t i) const { return i < text_.size() ? text_[i] : 0; }
    char32_t before(std::size_t i) const { return i > 0 ? at(i - 1) : 0; }
    std::size_t cursor() const { return cursor_; }
    bool in_formula() const { return cursor_ < formula_end_; }  // between the $ of one
    std::u32string_view look(std::size_t from, std::size_t length) const {
        return from < text_.size() ? std::u32string_view(text_).substr(from, length) : std::u32string_view();
    }
    bool starts(std::size_t from, std::u32string_view what) const { return look(from, what.size()) == what; }
    bool starts_any_case(std::size_t from, std::u32string_view lower) const;
    bool ends_word(std::size_t i) const;  // what stands at i is no letter and no digit
    bool in_quotes(
        std::size_t i) const;  // a straight quotation mark before i, within max_look, is still open
    std::size_t digits_end(std::size_t from) const;  // bounded by max_look
    std::size_t letters_end(std::size_t from) const;
    std::size_t skip_spaces(std::size_t from) const;  // at most three
    std::u32string word_at(std::size_t from) const {
        return std::u32string(look(from, letters_end(from) - from));
    }
    std::u32string word_before(
        std::size_t i) const;  // in front of i, over one space; lower case; empty after punctuation
    std::u32string word_after(std::size_t i) const;               // behind i, over one space; as written
    std::string digits(std::size_t from, std::size_t end) const;  // ASCII, commas dropped

    // Words (ASCII) that stand for source [from, end). They stand apart from what is before and after.
    void say(std::string_view words, std::size_t from, std::size_t end);
    void mark(char32_t pause, std::size_t from, std::size_t end);  // joins the word before
    void copy(std::size_t end);                                    // from the cursor, as it stands
    void skip(std::size_t end, std::string_view why = {});         // silently, or named in left_out
    void letters(std::size_t from, std::size_t end);               // as they stand, a lone A by its name
    void suffix_s(std::size_t end);  // the word said last becomes a plural; moves on to end
    void go(std::size_t end) { cursor_ = end; }
    void apart();                        // the next thing does not touch what was said
    bool said_at_end(char32_t c) const;  // the last character of the text made so far

private:
    bool step();
    void put(char32_t c, Span source);
    Span span(std::size_t from, std::size_t end) const;
    bool read_own_word();
    bool read_formula();
    bool read_sign();

    std::u32string text_;
    std::vector<Span> source_;
    const Dictionary& dictionary_;
    Normal& out_;
    std::size_t cursor_ = 0;
    bool apart_ = false;
    std::size_t formula_end_ = 0;  // its last $
};

inline bool one_of(std::u32string_view word, std::initializer_list<std::u32string_view> list) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

// A number as written: 1,234.50 or .5
struct Figure {
    std::string whole;     // digits without commas; empty for ".5"
    std::string fraction;  // digits after the point
    bool grouped = false;
    bool point = false;
    std::size_t end = 0;

    bool is_one() const { return !point && whole == "1"; }
    std::string words() const;  // "one thousand two hundred thirty four point five zero"
};
std::optional<Figure> figure_at(const Reader& reader, std::size_t from);
// "1.234,56", "1 234 567,8": a point or a space between thousands, and a comma before the fraction.
std::optional<Figure> european_figure_at(const Reader& reader, std::size_t from);
std::optional<Figure> money_at(const Reader& reader, std::size_t from);  // also "1.234.567" and "12,50"

// At a digit, a sign or a currency before one:
bool read_version(Reader& reader);   // 1.2.3, 192.168.0.1, v2.0
bool read_date(Reader& reader);      // 2024-03-14, 3/14/2024, 14.03.2024, March 14, 14 March
bool read_time(Reader& reader);      // 7:30 pm, 7pm, 16:9
bool read_phone(Reader& reader);     // +1 (555) 010-2345, 1-800-555-0199, 555-0199
bool read_money(Reader& reader);     // $5.50, 3 €, USD 20, $2.5 million, 50¢
bool read_fraction(Reader& reader);  // 1/2, 2 1/2, ½, 24/7
bool read_range(Reader& reader);     // 10-15 %, 1939–45
bool read_decade(Reader& reader);    // 1990s, '90s
bool read_ordinal(Reader& reader);   // 21st
bool read_quantity(Reader& reader);  // 5 km, 20 °C, 5'10", 4K, 10 %, 3x
bool read_number(Reader& reader);    // the rest: years, decimals, cardinals, 6.02e23
// At letters:
bool read_address(Reader& reader);       // URLs, e-mail, domains, files, paths, @name, #topic
bool read_abbreviation(Reader& reader);  // Dr., e.g., vs, w/, btw
bool read_roman(Reader& reader);         // Henry VIII, Chapter IV
bool read_mixed(Reader& reader);         // B2B, MP3, A4, F-16, H2O
// At anything else:
bool read_symbol(Reader& reader);  // + = % & ≤ … and emoji

std::string vulgar_words(char32_t c);      // ½ → "one half"; empty for what is no fraction
bool is_month(std::u32string_view lower);  // "march", "mar", "sept"
bool is_currency(char32_t c);              // $ £ € ¥ ₹ ₩ …
std::string_view unit_name(std::u32string_view unit, bool one);  // "km" → "kilometers"; empty: no unit
std::string_view month_name(unsigned month);                     // 1-12
std::string_view scale_name(std::u32string_view word);           // "million", "m", "bn" → "million", …; empty

}  // namespace lares::voice::english
