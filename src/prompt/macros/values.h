#pragma once
// What macros compute: numbers as JavaScript has them, dice, dates.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lares::prompt::macros {

std::optional<double> number_of(std::string_view text);  // white space around it; empty: 0
std::string text_of(double number);                      // the shortest that reads back the same

// "2d6+1", "d20", "6" (one die of so many sides). draw(n): a number in [0, n). Nothing: no formula.
std::optional<std::int64_t> roll(std::string_view formula,
                                 const std::function<std::int64_t(std::int64_t)>& draw);

// An item of {{random}} and {{pick}}, which are its arguments, or one argument cut at commas ("\," is no
// cut). chance: in [0, 1).
std::string chosen(const std::vector<std::string>& arguments, double chance);

std::string reversed(std::string_view utf8);  // by code points

// Where dates are written.
struct Place {
    std::string time_zone = "UTC";  // IANA name, or "UTC+2"; unknown: UTC
    std::string locale = "en";      // BCP 47; unknown: English
};
bool is_time_zone(const std::string& name);
bool is_locale(const std::string& tag);

struct Moment {
    std::int64_t ms = 0;
    Place place;
};
std::string time_text(const Moment& moment);     // "3:04 PM" in English, else as the locale has it
std::string date_text(const Moment& moment);     // "November 21, 2026"
std::string weekday_text(const Moment& moment);  // "Saturday"
std::string iso_time(const Moment& moment);      // "15:04"
std::string iso_date(const Moment& moment);      // "2026-11-21"
// Tokens of moment.js: YYYY YY MMMM MMM MM M DD D dddd ddd HH H hh h mm m ss s A a; [text] is literal.
// After limits::date_tokens of them the rest stays as it is.
std::string date_pattern(const Moment& moment, std::string_view pattern);
// "UTC+2", "UTC-03:30": minutes east of Greenwich.
std::optional<int> utc_offset(std::string_view text);

}  // namespace lares::prompt::macros
