// 1/2, 2 1/2, ½, 24/7, 120/80.
#include <algorithm>

#include "voice/english/letters.h"
#include "voice/english/numbers.h"
#include "voice/english/reader.h"

namespace lares::voice::english {
namespace {

using View = std::u32string_view;

std::string_view denominator(unsigned number) {
    switch (number) {
        case 2:
            return "half";
        case 3:
            return "third";
        case 4:
            return "quarter";
        case 5:
            return "fifth";
        case 6:
            return "sixth";
        case 7:
            return "seventh";
        case 8:
            return "eighth";
        case 9:
            return "ninth";
        case 10:
            return "tenth";
        case 12:
            return "twelfth";
        case 16:
            return "sixteenth";
        case 20:
            return "twentieth";
        case 32:
            return "thirty second";
        case 64:
            return "sixty fourth";
        case 100:
            return "hundredth";
        case 1000:
            return "thousandth";
        default:
            return {};
    }
}

std::string fraction_words(unsigned over, unsigned under) {
    const std::string part(denominator(under));
    if (over == 1) return "one " + part;
    return cardinal(over) + " " + (under == 2 ? std::string("halves") : part + "s");
}

// ½ ¼ ¾ ⅓ … as over, under; 0 where c is none.
std::pair<unsigned, unsigned> vulgar(char32_t c) {
    switch (c) {
        case U'½':
            return {1, 2};
        case U'¼':
            return {1, 4};
        case U'¾':
            return {3, 4};
        case U'⅓':
            return {1, 3};
        case U'⅔':
            return {2, 3};
        case U'⅕':
            return {1, 5};
        case U'⅖':
            return {2, 5};
        case U'⅗':
            return {3, 5};
        case U'⅘':
            return {4, 5};
        case U'⅙':
            return {1, 6};
        case U'⅚':
            return {5, 6};
        case U'⅛':
            return {1, 8};
        case U'⅜':
            return {3, 8};
        case U'⅝':
            return {5, 8};
        case U'⅞':
            return {7, 8};
        case U'⅐':
            return {1, 7};
        case U'⅑':
            return {1, 9};
        case U'⅒':
            return {1, 10};
        default:
            return {0, 0};
    }
}

// "and a half" behind a whole number.
std::string and_fraction(unsigned over, unsigned under) {
    if (over == 1 && (under == 2 || under == 3 || under == 4))
        return std::string("and a ") + std::string(denominator(under));
    return "and " + fraction_words(over, under);
}

}  // namespace

std::string vulgar_words(char32_t c) {
    const auto [over, under] = vulgar(c);
    return over > 0 ? fraction_words(over, under) : std::string();
}

bool read_fraction(Reader& reader) {
    const std::size_t begin = reader.cursor();
    if (!is_digit(reader.at(begin))) return false;
    std::size_t end = reader.digits_end(begin);
    const auto first = reader.digits(begin, end);
    if (first.size() > 4) return false;
    if (reader.at(end) == '.') {  // "8.5/10"
        const auto rated = figure_at(reader, begin);
        const std::size_t most = rated->end + 1, stop = reader.digits_end(most);
        const auto of = reader.digits(most, stop);
        if (!rated->point || reader.at(rated->end) != '/' || (of != "5" && of != "10" && of != "100") ||
            !reader.ends_word(stop) || reader.at(stop) == '/')
            return false;
        reader.say(rated->words() + " out of " + cardinal(of), begin, stop);
        reader.go(stop);
        return true;
    }
    if (const auto [over, under] = vulgar(reader.at(reader.at(end) == ' ' ? end + 1 : end)); over > 0) {
        const auto mark = reader.at(end) == ' ' ? end + 1 : end;
        reader.say(cardinal(first), begin, end);
        reader.say(and_fraction(over, under), mark, mark + 1);
        reader.go(mark + 1);
        // "3½ lb"; "in" is a word more often.
        const auto from = reader.skip_spaces(mark + 1), stop = reader.letters_end(from);
        const auto unit = reader.look(from, stop - from);
        if (const auto name = unit_name(unit, false); unit.size() >= 2 && unit != U"in" && !name.empty()) {
            reader.say(name, from, stop);
            reader.go(stop);
        }
        return true;
    }
    const auto slash_at = [&](std::size_t i) { return reader.at(i) == '/' || reader.at(i) == U'⁄'; };
    if (reader.at(end) == ' ' || reader.at(end) == '-') {  // 2 1/2
        const auto second = reader.digits_end(end + 1);
        if (second > end + 1 && second - end <= 3 && slash_at(second)) {
            const auto third = reader.digits_end(second + 1);
            const unsigned over = value(reader.digits(end + 1, second)),
                           under = value(reader.digits(second + 1, third));
            if (third > second + 1 && over < under && !denominator(under).empty() &&
                reader.ends_word(third) && !slash_at(third)) {
                reader.say(cardinal(first), begin, end);
                reader.say(and_fraction(over, under), end + 1, third);
                reader.go(third);
                return true;
            }
        }
        return false;
    }
    if (!slash_at(end)) return false;
    std::size_t stop = reader.digits_end(end + 1);
    const auto second = reader.digits(end + 1, stop);
    if (one_of(reader.look(stop, 2), {U"th", U"rd", U"nd"})) {  // "1/3rd", "2/3rds"
        const std::size_t behind = stop + (reader.at(stop + 2) == 's' ? 3 : 2);
        if (!is_letter(reader.at(behind))) stop = behind;
    }
    if (second.empty() || second.size() > 4 || !reader.ends_word(stop) ||
        (slash_at(stop) && is_digit(reader.at(stop + 1))))
        return false;
    const unsigned over = value(first), under = value(second);
    const auto before = reader.word_before(begin);
    const auto after = reader.word_after(stop);
    if (over > under && under > 0 && reader.at(reader.skip_spaces(stop)) == '=') {
        reader.say(cardinal(first), begin, end);
        reader.say("divided by", end, end + 1);
        reader.go(end + 1);
        return true;
    }
    const bool date = over >= 1 && over <= 12 && under >= 1 && under <= 31;
    std::string words;
    if ((over == 24 && under == 7) || (over == 9 && under == 11) ||
        (over == under && over != 1 && over != 10 && over != 5)) {
        words = cardinal(first) + " " + cardinal(second);
    } else if (date && one_of(before, {U"on", U"until", U"since", U"due", U"before", U"after", U"date", U"by",
                                       U"monday", U"tuesday", U"wednesday", U"thursday", U"friday",
                                       U"saturday", U"sunday", U"from", U"through"})) {
        words = std::string(month_name(over)) + " " + ordinal(under);
    } else if (one_of(after, {U"stars", U"rating", U"points"}) ||
               ((under == 10 || under == 100) && over > 1 && after != U"of" && after != U"inch" &&
                over <= under) ||
               (under == 5 && over == 5)) {
        words = cardinal(first) + " out of " + cardinal(second);
    } else if (over > 0 && over < 100 && over != under && !denominator(under).empty() &&
               (over < under || under <= 16)) {
        words = fraction_words(over, under);
    } else if (date) {
        words = std::string(month_name(over)) + " " + ordinal(under);
    } else {
        words = cardinal(first) + " over " + cardinal(second);
        if (first.size() == 4) words = year(over) + " " + in_pairs(second);
        if (over > under && under >= 40 && over >= 60 && over < 300)
            words = in_pairs(first) + " over " + cardinal(second);  // 120/80
    }
    // "3/4-inch pipe", 1/2"
    const bool joined = reader.at(stop) == '-' && is_letter(reader.at(stop + 1));
    if (joined && over > 1 && words.ends_with('s')) words.pop_back();
    reader.say(words, begin, stop);
    if (reader.at(stop) == '"' && reader.ends_word(stop + 1) && !reader.in_quotes(begin)) {
        reader.say("inch", stop, stop + 1);
        ++stop;
    }
    reader.go(stop);
    return true;
}

}  // namespace lares::voice::english
