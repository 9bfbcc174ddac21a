// Plain numbers, versions, phone numbers, ranges, decades, ordinals, and words mixed of letters and digits.
#include <algorithm>

#include "voice/english/letters.h"
#include "voice/english/numbers.h"
#include "voice/english/reader.h"

namespace lares::voice::english {
namespace {

using View = std::u32string_view;

constexpr std::size_t max_spoken_digits = 60;

bool is_dash(char32_t c) {
    return c == '-' || c == U'–' || c == U'—' || c == U'−';
}

// Words before which four digits are a year.
bool leads_to_a_year(View before) {
    return one_of(
        before,
        {U"in",     U"since",     U"by",     U"from",      U"until",    U"till",     U"before",   U"after",
         U"during", U"year",      U"circa",  U"early",     U"late",     U"mid",      U"spring",   U"summer",
         U"fall",   U"autumn",    U"winter", U"january",   U"february", U"march",    U"april",    U"may",
         U"june",   U"july",      U"august", U"september", U"october",  U"november", U"december", U"ad",
         U"class",  U"copyright", U"pre",    U"post",      U"around"});
}
// Whether the word after a number is what is counted.
bool is_counted(View after) {
    if (after.empty() || is_upper(after[0])) return false;
    if (one_of(after, {U"people", U"men", U"women", U"children", U"feet", U"percent", U"sheep", U"fish",
                       U"euro", U"yen", U"mice", U"teeth"}))
        return true;
    static constexpr std::initializer_list<View> verbs = {
        U"was",    U"is",      U"has",    U"as",     U"this",    U"his",    U"its",      U"us",
        U"does",   U"perhaps", U"always", U"sees",   U"saw",     U"marks",  U"brings",   U"shows",
        U"itself", U"thus",    U"unless", U"across", U"towards", U"census", U"election", U"olympics"};
    return after.size() > 3 && after.back() == 's' && !after.ends_with(U"ss") && !one_of(after, verbs);
}
bool is_street(View word) {
    return one_of(
        word, {U"Street", U"St", U"Avenue", U"Ave", U"Road", U"Rd", U"Boulevard", U"Blvd", U"Drive", U"Dr",
               U"Lane", U"Ln", U"Court", U"Place", U"Square", U"Way", U"Terrace", U"Highway", U"Parkway"});
}
// "350 Fifth Avenue", "1 N Main St": one or two capitalised words and a kind of street.
bool before_a_street(const Reader& reader, std::size_t at) {
    for (int words = 0; words < 3; ++words) {
        at = reader.skip_spaces(at);
        if (!is_upper(reader.at(at))) return false;
        const auto end = reader.letters_end(at);
        if (words > 0 && is_street(reader.look(at, end - at))) return true;
        at = end + (reader.at(end) == '.' ? 1 : 0);
    }
    return false;
}

// "e6", "e-3", "E+3" behind a number.
bool power_of_ten(const Reader& reader, std::size_t at) {
    const char32_t sign = reader.at(at + 1);
    const bool is_signed = sign == '-' || sign == '+' || sign == U'−';
    if (reader.at(at) != 'e' && !(reader.at(at) == 'E' && is_signed)) return false;
    const std::size_t from = at + (is_signed ? 2 : 1), end = reader.digits_end(from);
    return end > from && end - from <= 4 && !is_letter(reader.at(end));
}

// "30s" is no decade in "wait 30s", "it takes 10s to load", "a 30s timeout".
bool are_seconds(const Reader& reader, std::size_t begin, std::size_t end) {
    const auto before = reader.word_before(begin);
    const auto after = to_lower(reader.word_after(end));
    if (one_of(after,
               {U"later", U"ago", U"timeout", U"delay", U"pause", U"cooldown", U"interval", U"intervals"}))
        return true;
    const bool goes_on =
        one_of(after, {U"", U"and", U"or", U"to", U"before", U"after", U"then", U"in", U"at", U"on", U"so",
                       U"if", U"when", U"while", U"until", U"with", U"but", U"please", U"each"});
    return goes_on &&
           one_of(before, {U"wait",  U"waits",   U"waited", U"waiting", U"for",   U"in",     U"after",
                           U"take",  U"takes",   U"took",   U"last",    U"lasts", U"lasted", U"within",
                           U"every", U"another", U"than",   U"only",    U"just",  U"about"});
}

std::string four_digits(const Reader& reader, const Figure& figure, View before) {
    const unsigned number = value(figure.whole);
    const auto after = reader.word_after(figure.end);
    if (leads_to_a_year(before) && !(is_counted(after) && before != U"in" && before != U"since"))
        return year(number);
    if (is_counted(after))
        return number % 100 == 0 && number % 1000 != 0 && number < 2000 ? year(number)
                                                                        : cardinal(figure.whole);
    if ((number >= 1010 && number < 2100) || before_a_street(reader, figure.end)) return year(number);
    return cardinal(figure.whole);
}

std::string whole_number(const Reader& reader, const Figure& figure, View before) {
    const std::string& digits = figure.whole;
    if (figure.grouped) return cardinal(digits);
    if (digits == "007") return "double oh seven";
    if (digits.size() > 1 && digits[0] == '0') return by_digit(digits);
    if (digits.size() >= 4 && one_of(before, {U"zip", U"zipcode", U"code", U"pin", U"extension", U"ext",
                                              U"account", U"serial", U"id", U"passcode", U"password"}))
        return by_digit(digits);
    if (one_of(before, {U"call", U"dial", U"called", U"dialed", U"calling", U"dialing"}) &&
        digits.size() == 3)
        return by_digit(digits);
    if (before == U"area" || (before == U"code" && digits.size() == 3)) return by_digit(digits);
    if ((digits.size() == 3 || digits.size() == 4) &&
        one_of(before, {U"room", U"flight", U"route", U"highway", U"interstate", U"boeing", U"airbus",
                        U"suite", U"apartment", U"apt", U"unit", U"bus", U"hwy"}))
        return in_pairs(digits);
    const bool era = one_of(reader.word_after(figure.end), {U"BC", U"AD", U"BCE", U"CE"}) ||
                     one_of(reader.look(reader.skip_spaces(figure.end), 4), {U"B.C.", U"A.D."});
    if (digits.size() == 3 && (era || before == U"ad" || before_a_street(reader, figure.end)))
        return in_pairs(digits);
    if (digits.size() == 4) return era ? year(value(digits)) : four_digits(reader, figure, before);
    const auto state =
        reader.look(reader.cursor() < 5 ? 0 : reader.cursor() - 5, std::min<std::size_t>(reader.cursor(), 5));
    const bool behind_a_state =
        state.size() == 5 && state[4] == ' ' &&
        ((is_upper(state[2]) && is_upper(state[3]) && !is_letter(state[1])) || state.starts_with(U"D.C."));
    if (digits.size() == 5 && behind_a_state && !is_lower(reader.at(reader.skip_spaces(figure.end))))
        return by_digit(digits);  // "NY 10001"
    return cardinal(digits);
}

}  // namespace

bool read_version(Reader& reader) {
    std::size_t at = reader.cursor();
    const bool marked = (reader.at(at) == 'v' || reader.at(at) == 'V') && is_digit(reader.at(at + 1));
    if (marked) ++at;
    std::vector<std::pair<std::size_t, std::size_t>> parts;
    for (std::size_t p = at; is_digit(reader.at(p)) && parts.size() < 8;) {
        const auto end = reader.digits_end(p);
        parts.emplace_back(p, end);
        if (reader.at(end) != '.' || !is_digit(reader.at(end + 1))) break;
        p = end + 1;
    }
    const auto before = reader.word_before(reader.cursor());
    if (parts.empty() || (!marked && parts.size() < 3)) return false;
    if (!marked && is_currency(reader.at(reader.skip_spaces(parts.back().second)))) return false;
    if (!marked && european_figure_at(reader, at)) return false;  // "1.234.567,89"
    if (parts.size() == 3 && parts[2].second - parts[2].first == 4 && parts[0].second - parts[0].first <= 2 &&
        !marked)
        return false;  // a date
    if (parts.size() == 3 && parts[0].second - parts[0].first == 3 && parts[2].second - parts[2].first == 4)
        return false;  // a telephone
    const bool address = parts.size() == 4 && !marked && before != U"version";
    if (marked && before != U"version") reader.say("version", reader.cursor(), at);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto [from, end] = parts[i];
        if (i > 0) reader.say(address ? "dot" : "point", from - 1, from);
        const auto digits = reader.digits(from, end);
        reader.say(digits.size() > 4 || (digits.size() > 1 && digits[0] == '0')
                       ? by_digit(digits.substr(0, max_spoken_digits))
                       : cardinal(digits),
                   from, end);
    }
    reader.go(parts.back().second);
    return true;
}

bool read_phone(Reader& reader) {
    // Groups of digits with single separators; brackets around one of the first two.
    struct Group {
        std::size_t from, end;
    };
    std::vector<Group> groups;
    const std::size_t begin = reader.cursor();
    const bool plus = reader.at(begin) == '+';
    bool brackets = false, spaces = false, hyphens = false, dots = false;
    std::size_t at = begin + (plus ? 1 : 0), end = at;
    while (groups.size() < 8) {
        bool open = false;
        if (reader.at(at) == '(' && groups.size() < 2 && !brackets) {
            open = brackets = true;
            ++at;
        }
        const auto stop = reader.digits_end(at);
        if (stop == at || stop - at > 12) break;
        groups.push_back({at, stop});
        at = end = stop;
        if (open) {
            if (reader.at(at) != ')') return false;
            end = ++at;
        }
        if (reader.at(at) == '-' || reader.at(at) == '.' || reader.at(at) == ' ' || reader.at(at) == U'–') {
            if (!is_digit(reader.at(at + 1)) && reader.at(at + 1) != '(') break;
            (reader.at(at) == ' ' ? spaces : reader.at(at) == '.' ? dots : hyphens) = true;
            ++at;
        } else if (!open && !(reader.at(at) == '(')) {
            break;
        }
    }
    if (groups.empty() || is_letter(reader.at(end))) return false;
    std::string shape;
    std::size_t total = 0;
    for (const auto& group : groups) {
        shape += static_cast<char>('0' + (group.end - group.from) % 10);
        total += group.end - group.from;
    }
    // "100-1250" is none: an exchange begins with 2 to 9.
    const bool local = shape == "34" && hyphens && !spaces && !dots && reader.at(groups[0].from) >= '2' &&
                       !reader.digits(groups[1].from, groups[1].end).ends_with("00");
    const bool known = shape == "334" || shape == "1334" || (shape == "324" && hyphens && !spaces) ||
                       (shape == "4444" && !dots) || local;
    const bool chain = groups.size() >= 4 && hyphens && !spaces && !dots && !brackets && total >= 9;
    const bool free = groups.size() >= 3 && spaces && !hyphens && !dots && !plus && total >= 9 &&
                      total <= 12 && reader.at(groups[0].from) == '0';
    if (!(known || chain || free || (plus && total >= 7 && total <= 15))) return false;
    if ((dots || spaces) && shape == "34") return false;
    if (plus) reader.say("plus", begin, begin + 1);
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const auto digits = reader.digits(groups[i].from, groups[i].end);
        const bool toll_free = i == 1 && shape == "1334" && digits == "800";
        if (i > 0) reader.mark(U',', groups[i].from - 1, groups[i].from);
        reader.say(toll_free ? std::string("eight hundred") : by_digit(digits), groups[i].from,
                   groups[i].end);
    }
    reader.go(end);
    return true;
}

bool read_range(Reader& reader) {
    const std::size_t begin = reader.cursor();
    const auto first = is_digit(reader.at(begin)) ? figure_at(reader, begin) : std::nullopt;
    if (!first) return false;
    // The middle of "10-20-30", and types of aeroplanes.
    if (reader.before(begin) == '-' && begin > 1 && is_digit(reader.at(begin - 2))) return false;
    if (one_of(reader.word_before(begin), {U"boeing", U"airbus"})) return false;
    std::size_t dash = first->end;
    const bool spaced = reader.at(dash) == ' ';
    if (spaced) ++dash;
    if (!is_dash(reader.at(dash))) return false;
    std::size_t from = dash + 1;
    if (reader.at(from) == ' ') {
        ++from;
    } else if (spaced) {
        return false;  // "5 -3"
    }
    const auto second = is_digit(reader.at(from)) ? figure_at(reader, from) : std::nullopt;
    if (!second || (is_dash(reader.at(second->end)) && is_digit(reader.at(second->end + 1)))) return false;
    if (reader.at(second->end) == '/') return false;
    bool sum = false;
    for (std::size_t i = second->end; i < second->end + 16 && !sum; ++i)
        sum = reader.at(i) == '=' || reader.at(i) == '?';
    sum = (sum && spaced) || reader.at(reader.skip_spaces(second->end)) == '=';
    std::string words = first->words();
    const bool years = !first->point && !first->grouped && first->whole.size() == 4 && !second->point &&
                       (second->whole.size() == 4 || second->whole.size() == 2) &&
                       value(first->whole) < 2200 && value(first->whole) >= 1000;
    if (years && !is_counted(reader.word_after(second->end))) words = year(value(first->whole));
    reader.say(words, begin, first->end);
    const bool split = first->whole.size() == 2 && second->whole.size() == 2 &&
                       value(first->whole) + value(second->whole) == 100;
    if (sum || first->point || (first->whole != second->whole && !split))
        reader.say(sum ? "minus" : "to", dash, dash + 1);
    if (years && second->whole.size() == 2 && second->whole[0] == '0') {
        reader.say("oh " + cardinal(second->whole), from, second->end);
        from = second->end;
    }
    reader.go(from);
    return true;
}

bool read_decade(Reader& reader) {
    const std::size_t begin = reader.cursor();
    const std::size_t from = begin + (reader.at(begin) == '\'' ? 1 : 0);
    const std::size_t end = reader.digits_end(from);
    const auto digits = reader.digits(from, end);
    if (digits.size() != 2 && digits.size() != 4) return false;
    const std::size_t letter = end + (reader.at(end) == '\'' ? 1 : 0);
    const bool many = reader.at(letter) == 's' && reader.ends_word(letter + 1);
    if (!many && from > begin && digits.size() == 2 && reader.ends_word(end)) {  // '99
        reader.say(digits[0] == '0' ? "oh " + cardinal(digits) : cardinal(digits), begin, end);
        reader.go(end);
        return true;
    }
    if (!many || digits.back() != '0' || digits == "1000" || (digits.size() == 4 && digits[0] == '0'))
        return false;
    if (digits.size() == 2 && from == begin && letter == end && are_seconds(reader, begin, letter + 1)) {
        reader.say(cardinal(digits) + " seconds", begin, letter + 1);
        reader.go(letter + 1);
        return true;
    }
    reader.say(digits == "00" ? "two thousands" : decade(value(digits)), begin, letter + 1);
    reader.go(letter + 1);
    return true;
}

bool read_ordinal(Reader& reader) {
    const std::size_t begin = reader.cursor();
    if (!is_digit(reader.at(begin))) return false;
    const auto figure = figure_at(reader, begin);
    if (!figure || figure->point) return false;
    const auto suffix = to_lower(reader.look(figure->end, 2));
    if (!one_of(suffix, {U"st", U"nd", U"rd", U"th"}) || is_letter(reader.at(figure->end + 2))) return false;
    reader.say(ordinal(std::string_view(figure->whole)), begin, figure->end + 2);
    reader.go(figure->end + 2);
    return true;
}

bool read_mixed(Reader& reader) {
    // Runs of letters and of digits that touch, or with a hyphen between a letter and a digit.
    const std::size_t begin = reader.cursor();
    struct Run {
        std::size_t from, end;
        bool digits;
    };
    std::vector<Run> runs;
    std::size_t at = begin;
    if (power_of_ten(reader, reader.digits_end(begin)) && is_digit(reader.at(begin))) return false;
    while (runs.size() < 16) {
        const bool digits = is_digit(reader.at(at));
        const auto end = digits ? reader.digits_end(at) : reader.letters_end(at);
        if (end == at || end - begin > Reader::max_look) break;
        runs.push_back({at, end, digits});
        at = end;
        const char32_t next = reader.at(at + 1);
        if (reader.at(at) == '-' &&
            (digits ? is_upper(next) && !is_letter(reader.at(at + 2)) : is_digit(next)))
            ++at;
    }
    if (runs.empty() || runs.size() < 2) return false;
    bool letters = false, numbers = false;
    for (const Run& run : runs) (run.digits ? numbers : letters) = true;
    if (!letters || !numbers) return false;
    std::size_t last = runs.back().end;
    const auto plural_at = [&](std::size_t i) {
        return i + 1 == runs.size() - 1 && runs[i].digits &&
               reader.look(runs[i + 1].from, runs[i + 1].end - runs[i + 1].from) == U"s";
    };
    if (runs.size() == 2 && plural_at(0)) return false;
    // "mid-1990s", "under-18s", "pre-1.5": what follows the hyphen is a number of its own.
    for (std::size_t i = 1; i < runs.size(); ++i) {
        if (!runs[i].digits || reader.before(runs[i].from) != '-') continue;
        const bool own = (reader.at(runs[i].end) == '.' && is_digit(reader.at(runs[i].end + 1))) ||
                         reader.at(runs[i].end) == '%' ||
                         (i + 1 < runs.size() && reader.at(runs[i].end) != '-' &&
                          !(plural_at(i) && runs[i].end - runs[i].from <= 3));
        if (own) {
            if (i == 1) return false;
            runs.resize(i);
            last = runs.back().end;
            break;
        }
    }
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const auto [from, end, digits] = runs[i];
        if (digits) {
            const auto text = reader.digits(from, end);
            const bool spelled = text.size() > 4 || text[0] == '0';
            const bool first = i == 0 && end - from == 3;
            reader.say(spelled                    ? by_digit(text.substr(0, max_spoken_digits))
                       : first || text.size() > 2 ? in_pairs(text)
                                                  : cardinal(text),
                       from, end);
        } else if (i > 0 && plural_at(i - 1)) {
            reader.go(from);
            reader.suffix_s(end);
        } else {
            reader.letters(from, end);
        }
    }
    reader.go(last);
    return true;
}

bool read_number(Reader& reader) {
    const std::size_t begin = reader.cursor();
    std::size_t from = begin;
    const char32_t sign = reader.at(begin);
    if (sign == '-' || sign == U'−' || sign == '+' || sign == U'±') ++from;
    if (reader.at(from) == '\'' || reader.at(from) == '#' || reader.at(from) == U'№') return false;
    const auto figure = figure_at(reader, from);
    if (!figure) return false;
    const auto before = reader.word_before(begin);
    if ((figure->whole == "100" || figure->whole == "1000") && !figure->point &&
        reader.at(figure->end) == 's' && reader.ends_word(figure->end + 1)) {
        reader.say(figure->whole == "100" ? "hundreds" : "thousands", from, figure->end + 1);
        reader.go(figure->end + 1);
        return true;
    }
    if (from > begin)
        reader.say(sign == '+' ? "plus" : sign == U'±' ? "plus or minus" : "minus", begin, from);
    std::size_t end = figure->end;
    if (figure->whole.size() > max_spoken_digits) {
        const std::size_t spoken = from + max_spoken_digits;
        reader.say(by_digit(std::string_view(figure->whole).substr(0, max_spoken_digits)), from, spoken);
        reader.go(spoken);
        while (is_digit(reader.at(end))) ++end;
        reader.skip(end, "the rest of a very long number");
        return true;
    }
    reader.say(figure->point ? figure->words() : whole_number(reader, *figure, before), from, end);
    // 6.02e23, 6.02×10^23
    const auto power = [&](std::size_t at) {
        const bool negative = reader.at(at) == '-' || reader.at(at) == U'−';
        const std::size_t digits = at + (negative || reader.at(at) == '+' ? 1 : 0);
        const std::size_t stop = reader.digits_end(digits);
        if (stop == digits || stop - digits > 4 || is_letter(reader.at(stop))) return false;
        const auto text = reader.digits(digits, stop);
        reader.say(std::string("times ten to the ") +
                       (negative ? "minus " + cardinal(text) : ordinal(std::string_view(text))),
                   end, stop);
        end = stop;
        return true;
    };
    if (reader.at(end) == 'e' || reader.at(end) == 'E') {
        power(end + 1);
    } else if (const auto sign_at = reader.skip_spaces(end);
               reader.at(sign_at) == U'×' || reader.at(sign_at) == 'x') {
        const auto ten = reader.skip_spaces(sign_at + 1);
        if (reader.starts(ten, U"10^")) power(ten + 3);
    }
    reader.go(end);
    // "747s", "the 5's"
    const std::size_t letter = end + (reader.at(end) == '\'' ? 1 : 0);
    if (reader.at(letter) == 's' && reader.ends_word(letter + 1)) reader.suffix_s(letter + 1);
    return true;
}

}  // namespace lares::voice::english
