// Dates and times of day.
#include <algorithm>
#include <array>
#include <vector>

#include "voice/english/letters.h"
#include "voice/english/numbers.h"
#include "voice/english/reader.h"
#include "voice/lead_in.h"

namespace lares::voice::english {
namespace {

using View = std::u32string_view;

constexpr std::array<std::string_view, 12> months = {"January",   "February", "March",    "April",
                                                     "May",       "June",     "July",     "August",
                                                     "September", "October",  "November", "December"};

// 1-12 for a month's name or its short form, 0 otherwise.
unsigned month_of(View word) {
    for (unsigned i = 0; i < months.size(); ++i) {
        std::u32string name;
        for (const char c : months[i])
            name.push_back(to_lower(static_cast<char32_t>(static_cast<unsigned char>(c))));
        if (word == name || (word.size() == 3 && View(name).starts_with(word)) || (i == 8 && word == U"sept"))
            return i + 1;
    }
    return 0;
}

std::string full_year(std::string_view digits) {
    const unsigned number = value(digits);
    if (digits.size() == 2) return year(number > 30 ? 1900 + number : 2000 + number);
    return year(number);
}

struct Group {
    std::size_t from, end;
};

bool numeric_date(Reader& reader) {
    Group part[3];
    std::size_t at = reader.cursor();
    char32_t separator = 0;
    for (int i = 0; i < 3; ++i) {
        part[i] = {at, reader.digits_end(at)};
        if (part[i].end == at || part[i].end - at > 4) return false;
        at = part[i].end;
        if (i == 2) break;
        const char32_t c = reader.at(at);
        if ((c != '/' && c != '-' && c != '.') || (i == 1 && c != separator)) return false;
        separator = c;
        ++at;
    }
    const auto size = [&](int i) { return part[i].end - part[i].from; };
    const auto number = [&](int i) { return value(reader.digits(part[i].from, part[i].end)); };
    const bool clock = reader.at(at) == 'T' && is_digit(reader.at(at + 1));
    if ((!clock && !reader.ends_word(at)) ||
        ((reader.at(at) == separator || reader.at(at) == '/') && is_digit(reader.at(at + 1))))
        return false;
    int y = 2, m = 0, d = 1;
    if (size(0) == 4) {
        if (size(1) > 2 || size(2) > 2) return false;
        y = 0, m = 1, d = 2;
    } else {
        if (size(0) > 2 || size(1) > 2 || (size(2) != 4 && (size(2) != 2 || separator != '/'))) return false;
        if (separator == '.' || number(0) > 12) m = 1, d = 0;
        if (separator == '.' && number(1) > 12) m = 0, d = 1;
    }
    if (number(m) < 1 || number(m) > 12 || number(d) < 1 || number(d) > 31) return false;
    reader.say(months[number(m) - 1], part[m].from, part[m].end);
    reader.say(ordinal(number(d)), part[d].from, part[d].end);
    reader.mark(U',', part[d].from, part[d].end);
    reader.say(full_year(reader.digits(part[y].from, part[y].end)), part[y].from, part[y].end);
    reader.go(clock ? at + 1 : at);
    return true;
}

// A day behind a month's name; 0 where the number is none.
unsigned day_at(const Reader& reader, std::size_t at, std::size_t& end) {
    end = reader.digits_end(at);
    if (end == at || end - at > 2) return 0;
    const unsigned day = value(reader.digits(at, end));
    if (day < 1 || day > 31) return 0;
    const auto suffix = to_lower(reader.look(end, 2));
    if (suffix == U"st" || suffix == U"nd" || suffix == U"rd" || suffix == U"th") end += 2;
    if (!reader.ends_word(end) || reader.at(end) == ':' || reader.at(end) == '%' || reader.at(end) == '/')
        return 0;
    if ((reader.at(end) == '.' || reader.at(end) == ',') && is_digit(reader.at(end + 1))) return 0;
    return day;
}

bool month_first(Reader& reader) {
    const std::size_t begin = reader.cursor(), name_end = reader.letters_end(begin);
    if (!is_upper(reader.at(begin)) || name_end - begin < 3 || name_end - begin > 9) return false;
    const auto month = month_of(to_lower(reader.look(begin, name_end - begin)));
    if (month == 0) return false;
    const bool dot = reader.at(name_end) == '.';
    const bool brief = name_end - begin <= 4 && months[month - 1].size() > name_end - begin;
    const std::size_t number = reader.skip_spaces(name_end + (dot ? 1 : 0));
    std::size_t end = 0;
    const unsigned day = number > name_end ? day_at(reader, number, end) : 0;
    if (day == 0 && !(brief && (is_digit(reader.at(number)) || (dot && is_digit(reader.before(begin - 1))))))
        return false;
    reader.say(months[month - 1], begin, name_end + (dot ? 1 : 0));
    if (day == 0) {
        reader.go(name_end + (dot ? 1 : 0));
        return true;
    }
    reader.say(ordinal(day), number, end);
    const bool dash = reader.at(end) == '-' || reader.at(end) == U'–';
    std::size_t stop = 0;
    if (const unsigned until = dash ? day_at(reader, end + 1, stop) : 0; until > 0) {
        reader.say("to", end, end + 1);
        reader.say(ordinal(until), end + 1, stop);
        end = stop;
    }
    reader.go(end);
    return true;
}

bool day_first(Reader& reader) {
    const std::size_t begin = reader.cursor();
    std::size_t end = 0;
    const unsigned day = day_at(reader, begin, end);
    if (day == 0) return false;
    std::size_t name = reader.skip_spaces(end);
    const bool of = reader.starts(name, U"of ");
    if (of) name += 3;
    const std::size_t name_end = reader.letters_end(name);
    if (name == end || !is_upper(reader.at(name)) || name_end - name > 9) return false;
    const auto month = month_of(to_lower(reader.look(name, name_end - name)));
    if (month == 0) return false;
    const bool article = reader.word_before(begin) == U"the";
    reader.say((article ? "" : "the ") + ordinal(day) + " of", begin, of ? name - 1 : end);
    const bool dot = reader.at(name_end) == '.' && months[month - 1].size() > name_end - name &&
                     reader.at(name_end + 1) == ' ';
    reader.say(months[month - 1], name, name_end);
    reader.go(name_end + (dot ? 1 : 0));
    return true;
}

// "am", "p.m.", "P.M" at i, over one space: its end, and which half; the end is 0 where there is none.
std::size_t half_of_day(const Reader& reader, std::size_t i, bool& morning) {
    if (reader.at(i) == ' ') ++i;
    const char32_t letter = to_lower(reader.at(i));
    if (letter != 'a' && letter != 'p') return 0;
    morning = letter == 'a';
    ++i;
    if (reader.at(i) == '.') ++i;
    if (to_lower(reader.at(i)) != 'm' || !reader.ends_word(i + 1)) return 0;
    ++i;
    return reader.at(i) == '.' && reader.before(i - 1) == '.' ? i + 1 : i;
}

// The sentence in front of i, as far as it is looked at.
std::u32string_view sentence_before(const Reader& reader, std::size_t i) {
    std::size_t begin = i;
    while (begin > 0 && i - begin < Reader::max_look && reader.before(begin) != '\n' &&
           !(View(U".!?").find(reader.before(begin)) != View::npos && reader.at(begin) == ' '))
        --begin;
    return reader.look(begin, i - begin);
}

// The dot of "p.m." also ends a sentence where nothing or a capital follows.
void say_half(Reader& reader, bool morning, std::size_t from, std::size_t end) {
    reader.say(morning ? "A.M" : "P.M", from, end);
    const auto next = reader.skip_spaces(end);
    const bool capital = is_upper(reader.at(next)) && !is_lead_in(sentence_before(reader, from));
    if (reader.before(end) == '.' && (reader.at(next) == 0 || reader.at(next) == '\n' || capital))
        reader.mark(U'.', end - 1, end);
}

// "1h 30m", "2h15m30s", "5m 30s"
bool duration(Reader& reader) {
    struct Part {
        std::size_t from, digits_end, end;
        int unit;
    };
    constexpr std::array<std::string_view, 3> names = {"hour", "minute", "second"};
    std::vector<Part> parts;
    std::size_t at = reader.cursor();
    while (parts.size() < 3) {
        const auto digits = reader.digits_end(at), end = reader.letters_end(digits);
        const auto word = reader.look(digits, end - digits);
        const bool runs_on = is_digit(reader.at(end));
        const int unit = word == U"h" || word == U"hr" || word == U"hrs" ? 0
                         : word == U"m" || word == U"min"                ? 1
                         : word == U"s" || word == U"sec"                ? 2
                                                                         : 3;
        if (digits == at || digits - at > 3 || unit == 3 || (!parts.empty() && unit != parts.back().unit + 1))
            break;
        parts.push_back({at, digits, end, unit});
        at = runs_on ? end : reader.skip_spaces(end);
    }
    if (parts.size() < 2) return false;
    for (const Part& part : parts) {
        const auto digits = reader.digits(part.from, part.digits_end);
        reader.say(cardinal(digits), part.from, part.digits_end);
        reader.say(std::string(names[static_cast<std::size_t>(part.unit)]) + (value(digits) == 1 ? "" : "s"),
                   part.digits_end, part.end);
    }
    reader.go(parts.back().end);
    return true;
}

}  // namespace

std::string_view month_name(unsigned month) {
    return months[month - 1];
}

bool is_month(View lower) {
    return month_of(lower) > 0;
}

bool read_date(Reader& reader) {
    return is_digit(reader.at(reader.cursor())) ? numeric_date(reader) || day_first(reader)
                                                : month_first(reader);
}

bool read_time(Reader& reader) {
    const std::size_t begin = reader.cursor();
    const std::size_t end = reader.digits_end(begin);
    if (end == begin || end - begin > 4) return false;
    if (duration(reader)) return true;
    const unsigned hour = value(reader.digits(begin, end));
    bool morning = false;
    // "10.30pm"
    const bool dot = reader.at(end) == '.' && reader.digits_end(end + 1) == end + 3 &&
                     value(reader.digits(end + 1, end + 3)) < 60 && hour >= 1 && hour <= 12 &&
                     half_of_day(reader, end + 3, morning) > 0;
    if (!dot && (reader.at(end) != ':' || !is_digit(reader.at(end + 1)))) {
        const auto stop = half_of_day(reader, end, morning);
        if (stop == 0 || hour < 1 || hour > 12 || end - begin > 2) return false;
        reader.say(cardinal(hour), begin, end);
        say_half(reader, morning, end, stop);
        reader.go(stop);
        return true;
    }
    const std::size_t minutes_end = reader.digits_end(end + 1);
    const auto minutes = reader.digits(end + 1, minutes_end);
    const auto before = reader.word_before(begin);
    const auto after = reader.word_after(minutes_end);
    static constexpr View books =
        U" psalm psalms corinthians genesis exodus leviticus deuteronomy matthew mark luke john romans acts "
        U"isaiah proverbs "
        U"revelation hebrews james peter ephesians galatians philippians timothy kings samuel chapter verse ";
    if (!before.empty() && books.find(U" " + before + U" ") != View::npos && end - begin <= 3 &&
        reader.ends_word(minutes_end)) {
        reader.say(cardinal(reader.digits(begin, end)), begin, end);
        reader.go(end + 1);
        return true;
    }
    const bool ratio = minutes.size() != 2 || end - begin > 2 || hour > 24 || value(minutes) > 59 ||
                       before == U"ratio" || before == U"odds" || after == U"ratio" || after == U"aspect" ||
                       after == U"odds" || after == U"scale";
    if (ratio) {
        if (!reader.ends_word(minutes_end)) return false;
        reader.say(cardinal(reader.digits(begin, end)), begin, end);
        reader.say("to", end, end + 1);
        reader.go(end + 1);
        return true;
    }
    std::size_t stop = minutes_end;
    unsigned seconds = 60;
    if (reader.at(stop) == ':' && reader.digits_end(stop + 1) == stop + 3) {
        seconds = value(reader.digits(stop + 1, stop + 3));
        if (seconds > 59) return false;
        stop += 3;
    }
    const auto half = half_of_day(reader, stop, morning);
    const bool clock_said = after == U"o" && reader.starts(reader.skip_spaces(minutes_end), U"o'clock");
    reader.say(cardinal(hour), begin, end);
    const unsigned minute = value(minutes);
    if (minute > 0) {
        reader.say(minute < 10 ? "oh " + cardinal(minute) : cardinal(minute), end + 1, minutes_end);
    } else if (half == 0 && seconds == 60 && !clock_said) {
        reader.say(hour > 12 || hour == 0 ? "hundred" : "o'clock", end + 1, minutes_end);
    }
    if (seconds < 60)
        reader.say("and " + cardinal(seconds) + (seconds == 1 ? " second" : " seconds"), stop - 2, stop);
    if (half > 0) say_half(reader, morning, stop, half);
    reader.go(std::max(stop, half));
    return true;
}

}  // namespace lares::voice::english
