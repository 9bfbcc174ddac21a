// Money, and numbers with units.
#include <algorithm>

#include "voice/english/letters.h"
#include "voice/english/numbers.h"
#include "voice/english/reader.h"
#include "voice/english/units.h"

namespace lares::voice::english {
namespace {

using View = std::u32string_view;

bool is_dash(char32_t c) {
    return c == '-' || c == U'–' || c == U'—';
}

// The unit that stands at i and ends a word there.
const Unit* unit_at(const Reader& reader, std::size_t i) {
    const Unit* best = nullptr;
    for (const Unit& unit : all_units()) {
        if (!reader.starts(i, unit.written) ||
            (best != nullptr && best->written.size() >= unit.written.size()))
            continue;
        const char32_t after = reader.at(i + unit.written.size());
        if (reader.ends_word(i + unit.written.size()) ||
            ((after == '2' || after == '3') && unit.written.ends_with(U"m")))
            best = &unit;
    }
    return best;
}

const Currency* currency_at(const Reader& reader, std::size_t i) {
    for (const Currency& currency : all_currencies()) {
        if (!reader.starts(i, currency.written)) continue;
        if (!is_letter(currency.written.back()) || !is_letter(reader.at(i + currency.written.size())))
            return &currency;
    }
    return nullptr;
}

// What one pays "per", behind a slash.
std::string_view per_what(View word) {
    if (const Unit* unit = find_unit(word)) return unit->one;
    static constexpr std::pair<View, std::string_view> plain[] = {
        {U"month", "month"}, {U"year", "year"},       {U"day", "day"},       {U"week", "week"},
        {U"hour", "hour"},   {U"minute", "minute"},   {U"second", "second"}, {U"person", "person"},
        {U"night", "night"}, {U"pound", "pound"},     {U"unit", "unit"},     {U"item", "item"},
        {U"user", "user"},   {U"d", "day"},           {U"piece", "piece"},   {U"gallon", "gallon"},
        {U"liter", "liter"}, {U"mile", "mile"},       {U"kilo", "kilo"},     {U"dozen", "dozen"},
        {U"head", "head"},   {U"student", "student"}, {U"seat", "seat"},     {U"ticket", "ticket"}};
    for (const auto& [written, said] : plain) {
        if (written == word) return said;
    }
    return {};
}

// "/month", "/s" at the cursor.
void read_per(Reader& reader) {
    const std::size_t slash = reader.cursor();
    if (reader.at(slash) != '/') return;
    const auto end = reader.letters_end(slash + 1);
    const auto what = per_what(reader.look(slash + 1, end - slash - 1));
    if (what.empty() || !reader.ends_word(end)) return;
    const char32_t power = reader.at(end);
    const bool square = power == U'²', cube = power == U'³';
    if (square || cube) {
        const bool time = what == "second" || what == "minute" || what == "hour";
        const std::string name(what);
        reader.say(time ? "per " + name + (square ? " squared" : " cubed")
                        : (square ? "per square " : "per cubic ") + name,
                   slash, end + 1);
        reader.go(end + 1);
        return;
    }
    reader.say("per " + std::string(what), slash, end);
    reader.go(end);
}

// "million", "M", "bn" behind a number: the word and where it ends.
std::pair<std::string_view, std::size_t> scale_at(const Reader& reader, std::size_t i, bool money) {
    const bool space = reader.at(i) == ' ';
    std::size_t from = reader.skip_spaces(i);
    const bool hyphen = reader.at(i) == '-';
    if (hyphen) ++from;
    const auto end = reader.letters_end(from);
    const auto word = reader.look(from, end - from);
    if (word.empty() || !reader.ends_word(end)) return {{}, i};
    if (!money && word.size() == 1 && is_upper(word[0]) && end == i + 1 &&
        is_upper(reader.at(reader.skip_spaces(end))))
        return {{}, i};
    const auto name = scale_name(word);
    if (name.empty() || (word.size() <= 2 && (space || hyphen)) ||
        (!money && one_of(word, {U"m", U"t", U"b", U"T", U"MM"})))
        return {{}, i};
    return {name, end};
}

bool is_thing_of_a_price(View after) {
    return one_of(after,
                  {U"bill",    U"note",     U"coin",   U"fee",    U"fine", U"ticket",     U"check",  U"tip",
                   U"deposit", U"discount", U"coupon", U"charge", U"bet",  U"gift",       U"reward", U"prize",
                   U"loan",    U"bottle",   U"lunch",  U"house",  U"deal", U"investment", U"project"});
}

// Says an amount whose figure spans [from, end) and whose whole form spans [begin, stop).
std::string amount(const Figure& figure, std::string_view scale, const Currency& currency, bool singular) {
    if (!scale.empty())
        return figure.words() + " " + std::string(scale) + " " +
               std::string(singular ? currency.one : currency.many);
    if (figure.point && figure.fraction.size() == 2 && !currency.cent.empty()) {
        const bool none = figure.fraction == "00", nothing = figure.whole.empty() || figure.whole == "0";
        const std::string cents = cardinal(figure.fraction) + " " +
                                  std::string(figure.fraction == "01" ? currency.cent : currency.cents);
        if (nothing && !none) return cents;
        const std::string whole = cardinal(figure.whole) + " " +
                                  std::string(singular || figure.whole == "1" ? currency.one : currency.many);
        return none ? whole : whole + " and " + cents;
    }
    return figure.words() + " " + std::string(singular || figure.is_one() ? currency.one : currency.many);
}

void say_money(Reader& reader, const Figure& figure, std::size_t begin, const Currency& currency,
               std::size_t stop) {
    auto [scale, end] = scale_at(reader, figure.end, true);
    end = std::max(end, stop);
    const auto before = reader.word_before(begin);
    const bool article = one_of(before, {U"a", U"an", U"another", U"each", U"this"});
    const auto after = reader.word_after(end);
    const bool hyphen = reader.at(end) == '-' && is_letter(reader.at(end + 1));
    const bool singular =
        hyphen || (article && !after.empty() && after != U"a" && after != U"for" && after != U"per") ||
        (is_thing_of_a_price(after) && reader.at(end) == ' ');
    reader.say(amount(figure, scale, currency, singular), begin, end);
    reader.go(end);
    read_per(reader);
    if (reader.at(reader.cursor()) == '-' && is_letter(reader.at(reader.cursor() + 1)))
        reader.go(reader.cursor() + 1);
}

bool glued_or_safe(View unit, bool glued, const Reader& reader, std::size_t end) {
    if (unit == U"in") {
        const char32_t next = reader.at(end);
        const auto before = reader.word_before(reader.cursor());
        if (next == '-' && is_digit(reader.at(end + 1))) return false;  // "3-in-1"
        return glued || before == U"ft" || before == U"feet" || before == U"foot" || next == 0 ||
               next == '.' || next == ',' || next == ')' || reader.starts(end, U" x ") ||
               reader.starts(end, U" by ");
    }
    if (unit == U"s") return glued || reader.at(end) != '\'';
    if (unit == U"N" || unit == U"J" || unit == U"h") return glued;
    if (unit == U"pt" || unit == U"mo" || unit == U"ha" || unit == U"cal") return true;
    return true;
}

bool read_feet_and_inches(Reader& reader, const Figure& figure, std::size_t begin) {
    const char32_t mark = reader.at(figure.end);
    if (mark != '\'' && mark != U'′') return false;
    const auto inches = figure_at(reader, figure.end + 1);
    if (inches && inches->whole.size() <= 2) {
        reader.say(figure.words() + " foot", begin, figure.end + 1);
        std::size_t end = inches->end;
        const char32_t close = reader.at(end);
        if (close == '"' || close == U'″' || close == U'”')
            ++end;
        else if (close == '\'' && reader.at(end + 1) == '\'')
            end += 2;
        if (is_letter(reader.at(end))) return false;
        reader.say(inches->words(), figure.end + 1, end);
        reader.go(end);
        return true;
    }
    if (mark != U'′' && !(mark == '\'' && reader.ends_word(figure.end + 1) &&
                          reader.at(figure.end + 1) != 0 && figure.whole.size() <= 2 && !figure.grouped))
        return false;
    reader.say(figure.words() + (figure.is_one() ? " foot" : " feet"), begin, figure.end + 1);
    reader.go(figure.end + 1);
    return true;
}

// 4x4, 1920×1080, 5 x 7
bool read_by(Reader& reader, const Figure& figure, std::size_t begin) {
    const std::size_t sign = reader.skip_spaces(figure.end);
    const char32_t c = reader.at(sign);
    const bool spaced = sign > figure.end;
    if (c != 'x' && c != 'X' && c != U'×') return false;
    if (figure.whole == "0" && !spaced) return false;  // 0x1F
    const std::size_t next = reader.skip_spaces(sign + 1);
    if (!is_digit(reader.at(next)) || spaced != (next > sign + 1)) return false;
    const auto second = figure_at(reader, next);
    if (!second || reader.starts(next, U"10^")) return false;
    bool product = c == U'×' && !(second->whole.size() >= 3 && figure.whole.size() >= 3);
    const auto equals = reader.skip_spaces(second->end);
    product = product || reader.at(equals) == '=';
    const auto side = [&](const Figure& one) {
        return one.whole.size() >= 3 && !one.point && !product && !one.grouped ? in_pairs(one.whole)
                                                                               : one.words();
    };
    reader.say(side(figure), begin, figure.end);
    reader.say(product ? "times" : "by", sign, sign + 1);
    if (!product && second->whole.size() >= 3 && !second->point &&
        unit_at(reader, reader.skip_spaces(second->end)) == nullptr && !is_letter(reader.at(second->end))) {
        reader.say(side(*second), next, second->end);
        reader.go(second->end);
    } else {
        reader.go(next);
    }
    return true;
}

}  // namespace

bool is_currency(char32_t c) {
    return c == '$' || c == U'£' || c == U'€' || c == U'¥' || c == U'¥' || c == U'฿' ||
           (c >= 0x20A0 && c <= 0x20BF);
}

std::string_view unit_name(View unit, bool one) {
    const Unit* found = find_unit(unit);
    return found == nullptr ? std::string_view{} : one ? found->one : found->many;
}

std::string_view scale_name(View word) {
    if (word == U"k" || word == U"K") return "thousand";
    if (one_of(word, {U"m", U"M", U"mn", U"MM", U"mm"}))
        return word == U"mm" ? std::string_view{} : std::string_view("million");
    if (one_of(word, {U"b", U"B", U"bn", U"Bn"})) return "billion";
    if (one_of(word, {U"t", U"T", U"tn", U"trn"})) return "trillion";
    if (word == U"hundred") return "hundred";
    if (word == U"thousand") return "thousand";
    if (word == U"million" || word == U"mil") return "million";
    if (word == U"billion") return "billion";
    if (word == U"trillion") return "trillion";
    return {};
}

bool read_money(Reader& reader) {
    if (reader.in_formula()) return false;
    const std::size_t begin = reader.cursor();
    std::size_t at = begin;
    const bool minus = (reader.at(at) == '-' || reader.at(at) == U'−') && is_currency(reader.at(at + 1));
    if (minus) ++at;
    if (const Currency* currency = currency_at(reader, at)) {
        std::size_t from = at + currency->written.size();
        if (reader.at(from) == ' ') ++from;
        const bool inner_minus = reader.at(from) == '-' && is_digit(reader.at(from + 1));
        if (inner_minus) ++from;
        const auto figure = money_at(reader, from);
        if (!figure || (!is_digit(reader.at(from)) && reader.at(from) != '.')) return false;
        if (minus || inner_minus) reader.say("minus", begin, begin + 1);
        // $5-10, $5–$10
        std::size_t second = figure->end;
        const auto [low_scale, low_end] = scale_at(reader, second, true);
        if (is_dash(reader.at(low_end)) &&
            (is_digit(reader.at(low_end + 1)) || is_currency(reader.at(low_end + 1)))) {
            second = low_end + 1;
            const Currency* again = currency_at(reader, second);
            const std::size_t high_from = second + (again != nullptr ? again->written.size() : 0);
            if (const auto high = money_at(reader, high_from)) {
                reader.say(figure->words() + (low_scale.empty() ? "" : " " + std::string(low_scale)), at,
                           low_end);
                reader.say("to", low_end, low_end + 1);
                say_money(reader, *high, second, *currency, high->end);
                return true;
            }
        }
        say_money(reader, *figure, at, *currency, figure->end);
        return true;
    }
    if (!is_digit(reader.at(begin)) && reader.at(begin) != '.') return false;
    const auto figure = money_at(reader, begin);
    if (!figure) return false;
    std::size_t sign = figure->end;
    if (reader.at(sign) == U'¢' || (reader.at(sign) == ' ' && reader.at(sign + 1) == U'¢')) {
        const auto end = reader.at(sign) == ' ' ? sign + 2 : sign + 1;
        reader.say(figure->words() + (figure->is_one() ? " cent" : " cents"), begin, end);
        reader.go(end);
        return true;
    }
    const auto [scale, scale_end] = scale_at(reader, sign, true);
    for (const std::size_t end : {sign, scale_end}) {
        std::size_t symbol = end;
        if (reader.at(symbol) == ' ') ++symbol;
        const Currency* currency = currency_at(reader, symbol);
        if (currency == nullptr || one_of(currency->written, {U"Rs", U"Rs.", U"S$", U"A$", U"C$", U"R$"}))
            continue;
        if (is_digit(reader.at(symbol + currency->written.size()))) continue;
        const bool scaled = end == scale_end && !scale.empty();
        reader.say(amount(*figure, scaled ? scale : std::string_view{}, *currency, false), begin,
                   symbol + currency->written.size());
        reader.go(symbol + currency->written.size());
        read_per(reader);
        return true;
    }
    return false;
}

bool read_quantity(Reader& reader) {
    const std::size_t begin = reader.cursor();
    std::size_t from = begin;
    const char32_t sign = reader.at(from);
    const bool minus = sign == '-' || sign == U'−';
    if (minus || sign == '+' || sign == U'±') ++from;
    if (!is_digit(reader.at(from)) && reader.at(from) != '.') return false;
    const auto figure = figure_at(reader, from);
    if (!figure) return false;
    const auto say_sign = [&] {
        if (from > begin) reader.say(minus ? "minus" : sign == '+' ? "plus" : "plus or minus", begin, from);
    };
    const std::size_t glue = figure->end;
    const bool spaced = reader.at(glue) == ' ', hyphen = reader.at(glue) == '-';
    const std::size_t at = spaced || hyphen ? glue + 1 : glue;
    const char32_t c = reader.at(at);
    // "a 5 km walk"
    const bool of_a_thing = one_of(reader.word_before(begin), {U"a", U"an"}) && !figure->is_one();
    const bool one = figure->is_one() || hyphen || of_a_thing;
    const auto finish = [&](std::string_view words, std::size_t end) {
        say_sign();
        reader.say(figure->words(), from, glue);
        reader.say(words, at, end);
        reader.go(end);
        return true;
    };

    if (c == '%') {
        if (hyphen) return false;
        return finish("percent", at + 1);
    }
    if (c == U'‰') return finish("per mille", at + 1);
    if (c == U'°' || c == U'º') {
        std::size_t end = at + 1;
        if (reader.at(end) == ' ' && (reader.at(end + 1) == 'C' || reader.at(end + 1) == 'F') &&
            reader.ends_word(end + 2))
            ++end;
        const char32_t scale = reader.at(end);
        const bool known = (scale == 'C' || scale == 'F') && reader.ends_word(end + 1);
        const std::string degrees = one ? "degree" : "degrees";
        if (known) return finish(degrees + (scale == 'C' ? " celsius" : " fahrenheit"), end + 1);
        return finish(degrees, end);
    }
    if (!spaced && !hyphen) {
        if (read_feet_and_inches(reader, *figure, begin)) return true;
        const bool ends = reader.ends_word(at + 1);
        if ((c == '"' || c == U'″') && ends && !reader.in_quotes(begin) && figure->whole.size() <= 2)
            return finish(one ? "inch" : "inches", at + 1);
        if ((c == 'C' || c == 'F') && ends && figure->whole.size() >= 2)
            return finish(c == 'C' ? "degrees celsius" : "degrees fahrenheit", at + 1);
        if ((c == 'p' || c == 'i') && ends && figure->whole.size() >= 3 && !figure->point) {
            reader.say(in_pairs(figure->whole), begin, glue);
            reader.letters(at, at + 1);
            reader.go(at + 1);
            return true;
        }
        if (c == 'x' && ends && !is_digit(reader.at(at + 1))) {
            finish(!reader.word_after(at + 1).empty() || reader.at(at + 1) == '/' ? "times" : "x", at + 1);
            read_per(reader);
            return true;
        }
        if (c == 'K' && ends && !figure->point && one_of(reader.look(from, glue - from), {U"2", U"4", U"8"}))
            return finish("k", at + 1);
        const bool telephone = (c == 'G' && ends && figure->whole.size() == 1 && !figure->point);
        if (telephone) return finish("g", at + 1);
        if (reader.starts(begin, U"401k") || reader.starts(begin, U"401(k)")) {
            const std::size_t end = begin + (reader.at(begin + 3) == '(' ? 6 : 4);
            reader.say("four oh one k", begin, end);
            reader.go(end);
            return true;
        }
        const auto race = reader.word_after(at + 1);
        if (c == 'K' && ends &&
            one_of(reader.word_before(begin), {U"a", U"the", U"my", U"this", U"his", U"her", U"our"}))
            return finish("k", at + 1);
        if ((c == 'k' || c == 'K') && ends && one_of(race, {U"run", U"race", U"walk", U"runner", U"fun"}))
            return finish("k", at + 1);
    }
    if (read_by(reader, *figure, begin)) return true;
    // "gate 12B" is a place, not billions.
    const bool place =
        is_upper(c) &&
        one_of(reader.word_before(begin), {U"gate", U"seat", U"room", U"flat", U"unit", U"row", U"platform",
                                           U"apartment", U"apt", U"suite", U"bus", U"exit", U"hall"});
    if (!spaced && !place) {
        if (const auto [scale, end] = scale_at(reader, glue, false);
            !scale.empty() && !(hyphen && !is_letter(reader.at(glue + 1)))) {
            say_sign();
            reader.say(figure->words() + " " + std::string(scale), from, end);
            reader.go(end);
            if (reader.at(end) == '-' && is_letter(reader.at(end + 1))) reader.go(end + 1);
            return true;
        }
    }
    const Unit* unit = unit_at(reader, at);
    if (unit == nullptr || !glued_or_safe(unit->written, !spaced, reader, at + unit->written.size()))
        return false;
    if (unit->written == U"s" && !spaced && !figure->point &&
        (figure->whole.size() == 3 || figure->whole == "1000" || figure->whole == "9" ||
         figure->whole == "7"))
        return false;  // "747s"
    std::size_t end = at + unit->written.size();
    std::string words(one ? unit->one : unit->many);
    std::size_t power = end;
    if (reader.at(power) == '^') ++power;
    const bool square = reader.at(power) == U'²' || (reader.at(power) == '2' && reader.ends_word(power + 1));
    const bool cube = reader.at(power) == U'³' || (reader.at(power) == '3' && reader.ends_word(power + 1));
    if (square || cube) {
        words = (square ? "square " : "cubic ") + words;
        end = power + 1;
    }
    // The dot of "5 ft. tall" belongs to the unit; at the end of a sentence it is a full stop too.
    const auto next = reader.at(end + 1) == ' ' ? reader.at(reader.skip_spaces(end + 1)) : char32_t{0};
    const bool dotted = reader.at(end) == '.' && unit->written.size() >= 2 && is_lower(next);
    finish(words, end);
    if (dotted) reader.go(end + 1);
    read_per(reader);
    if (reader.at(reader.cursor()) == '-' && is_letter(reader.at(reader.cursor() + 1)))
        reader.go(reader.cursor() + 1);
    return true;
}

}  // namespace lares::voice::english
