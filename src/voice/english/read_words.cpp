// Abbreviations and Roman numerals.
#include <algorithm>

#include "voice/english/abbreviations.h"
#include "voice/english/letters.h"
#include "voice/english/numbers.h"
#include "voice/english/reader.h"

namespace lares::voice::english {
namespace {

using View = std::u32string_view;

bool follows_capital(const Reader& reader, std::size_t i) {
    if (reader.before(i) == ',') return true;
    if (reader.before(i) != ' ') return false;
    std::size_t end = i - 1;
    if (reader.before(end) == ',') --end;
    std::size_t begin = end;
    while (begin > 0 && end - begin < 32 &&
           (is_letter(reader.before(begin)) || is_digit(reader.before(begin))))
        --begin;
    return begin < end && (is_upper(reader.at(begin)) || is_digit(reader.at(begin)));
}

bool stands_right(const Reader& reader, const Abbreviation& entry, std::size_t end) {
    const auto next = reader.skip_spaces(end);
    switch (entry.where) {
        case Where::anywhere:
            return true;
        case Where::before_capital:
            return next > end && is_upper(reader.at(next));
        case Where::before_digit:
            return is_digit(reader.at(next)) || (reader.at(next) == '#' && is_digit(reader.at(next + 1)));
        case Where::after_capital:
            return follows_capital(reader, reader.cursor());
    }
    return false;
}

bool names_a_king(View lower) {
    return one_of(
        lower,
        {U"pope",        U"king",       U"queen",     U"henry",     U"louis",     U"edward",    U"george",
         U"william",     U"charles",    U"james",     U"richard",   U"elizabeth", U"napoleon",  U"pius",
         U"benedict",    U"leo",        U"paul",      U"ramses",    U"ramesses",  U"frederick", U"philip",
         U"alexander",   U"nicholas",   U"peter",     U"catherine", U"ivan",      U"umberto",   U"emmanuel",
         U"gustav",      U"christian",  U"ferdinand", U"mary",      U"john",      U"francis",   U"gregory",
         U"clement",     U"innocent",   U"urban",     U"robert",    U"david",     U"darius",    U"xerxes",
         U"ptolemy",     U"cleopatra",  U"thutmose",  U"amenhotep", U"seti",      U"harald",    U"olaf",
         U"haakon",      U"margrethe",  U"wilhelm",   U"franz",     U"joseph",    U"leopold",   U"otto",
         U"constantine", U"theodosius", U"justinian", U"basil",     U"selim",     U"mehmed",    U"suleiman",
         U"murad",       U"afonso",     U"alfonso",   U"pedro",     U"isabella",  U"juan",      U"carlos",
         U"alexandra",   U"victor",     U"albert",    U"rainier",   U"baldwin",   U"stephen",   U"sixtus",
         U"boniface",    U"adrian",     U"eugene",    U"celestine", U"julius",    U"ludwig",    U"maximilian",
         U"rudolf",      U"sigismund",  U"casimir",   U"matthias",  U"bela"});
}

bool is_numbered_thing(View lower) {
    return one_of(
        lower,
        {U"chapter", U"vol",    U"ch",       U"part",     U"act",      U"scene",     U"section",  U"volume",
         U"book",    U"phase",  U"article",  U"war",      U"mark",     U"type",      U"level",    U"stage",
         U"class",   U"grade",  U"bowl",     U"apollo",   U"gemini",   U"fantasy",   U"episode",  U"round",
         U"rocky",   U"title",  U"canto",    U"verse",    U"appendix", U"figure",    U"table",    U"unit",
         U"module",  U"tier",   U"category", U"opus",     U"no",       U"number",    U"symphony", U"season",
         U"series",  U"rank",   U"group",    U"division", U"schedule", U"amendment", U"saturn",   U"mach",
         U"zone",    U"region", U"sequence", U"tome",     U"lesson",   U"step",      U"theorem"});
}

}  // namespace

bool read_abbreviation(Reader& reader) {
    const std::size_t begin = reader.cursor();
    const Abbreviation* found = nullptr;
    std::size_t found_end = 0;
    bool found_dot = false;
    for (const Abbreviation& entry : all_abbreviations()) {
        if (reader.at(begin) != entry.written[0] || !reader.starts(begin, entry.written)) continue;
        std::size_t end = begin + entry.written.size();
        const bool slash = entry.written.back() == '/';
        if (!slash && !reader.ends_word(end)) continue;
        const bool dot = reader.at(end) == '.' && !slash;
        if (entry.needs_dot && !dot) continue;
        if (!slash && (reader.at(end) == '\'' || (reader.at(end) == '-' && is_letter(reader.at(end + 1)))))
            continue;
        if (!stands_right(reader, entry, end + (dot ? 1 : 0))) continue;
        if (found != nullptr && found->written.size() >= entry.written.size()) continue;
        found = &entry;
        found_end = end + (dot ? 1 : 0);
        found_dot = dot;
    }
    if (found == nullptr) {
        // "Mon-Fri", "Jan–Mar"
        const std::size_t dash = reader.letters_end(begin), until = dash + 1;
        if (dash - begin == 3 && (reader.at(dash) == '-' || reader.at(dash) == U'–')) {
            const auto first = day_or_month(reader.look(begin, 3)),
                       last = day_or_month(reader.look(until, 3));
            if (!first.empty() && !last.empty() && reader.ends_word(until + 3)) {
                reader.say(first, begin, dash);
                reader.say("to", dash, until);
                reader.say(last, until, until + 3);
                reader.go(until + 3);
                return true;
            }
        }
        // "3 in x 5 in"
        if (reader.at(begin) == 'x' && reader.ends_word(begin + 1) && reader.before(begin) == ' ' &&
            is_digit(reader.at(reader.skip_spaces(begin + 1))) &&
            (unit_name(reader.word_before(begin), false).empty() ? reader.before(begin - 1) == '"' : true)) {
            reader.say("by", begin, begin + 1);
            reader.go(begin + 1);
            return true;
        }
        // Initials: "J. K. Rowling", "U.S. Army". The dots of letters in a row stay: they are spelled.
        if (is_upper(reader.at(begin)) && reader.at(begin + 1) == '.' && reader.at(begin + 2) == ' ' &&
            is_upper(reader.at(begin + 3)) && !is_letter(reader.before(begin)) && reader.at(begin) != 'I') {
            reader.letters(begin, begin + 1);
            reader.go(begin + 2);
            return true;
        }
        return false;
    }
    reader.say(found->said, begin, found_end);
    const auto next = reader.skip_spaces(found_end);
    const char32_t after = reader.at(next);
    if (found_dot && (after == 0 || after == '\n' ||
                      (found->ends_sentence && next > found_end && is_upper(after) &&
                       found->where != Where::before_capital && found->said != "Junior" &&
                       found->said != "Incorporated" && found->said != "Senior")))
        reader.mark(U'.', found_end - 1, found_end);
    reader.go(found_end);
    return true;
}

bool read_roman(Reader& reader) {
    const std::size_t begin = reader.cursor(), end = reader.letters_end(begin);
    std::u32string letters(reader.look(begin, std::min<std::size_t>(end - begin, 16)));
    // "Scene iii"
    if (letters.size() > 1 && letters.find_first_not_of(U"ivxl") == View::npos &&
        is_numbered_thing(reader.word_before(begin)))
        letters = to_upper(letters);
    const unsigned number = roman(letters);
    if (number == 0 || !reader.ends_word(end)) return false;
    if (reader.before(begin) != ' ' && reader.before(begin) != '-') return false;
    // "Henry VIII's": the 's is said with it.
    const bool owns = reader.at(end) == '\'' && reader.at(end + 1) == 's' && reader.ends_word(end + 2);
    const std::size_t stop = end + (owns ? 2 : 0);
    if ((reader.at(end) == '\'' && !owns) || reader.at(end) == '&') return false;
    const auto before = reader.word_before(begin);
    std::size_t start = begin - 1;
    while (start > 0 && is_letter(reader.before(start))) --start;
    const bool name = is_upper(reader.at(start));
    const bool king = name && names_a_king(before), thing = is_numbered_thing(before);
    const auto next = reader.word_after(end);
    if (letters.size() > 1 &&
        (before == U"the" || one_of(next, {U"century", U"dynasty", U"Olympic", U"Olympics", U"Congress",
                                           U"Century", U"Dynasty"})) &&
        letters.find_first_of(U"IVX") != View::npos && letters != U"XL" && letters != U"XX" &&
        letters != U"MIX") {
        reader.say(ordinal(number) + (owns ? "'s" : ""), begin, stop);
        reader.go(stop);
        return true;
    }
    if (before.empty()) return false;
    if (letters.size() == 1) {
        // A lone I is a person, mostly; behind a king's name that opens the sentence it is a number, unless a
        // verb of the first person follows.
        const auto after = reader.word_after(end);
        const bool verb =
            !after.empty() && is_lower(after[0]) &&
            !one_of(after, {U"of", U"and", U"was", U"is", U"began", U"ended", U"in", U"ruled", U"reigned",
                            U"the", U"to", U"by", U"on", U"when", U"who", U"lost", U"became", U"died"});
        const bool opens = start == 0 || reader.before(start) == '.';
        if (letters[0] == 'I') {
            if (!name || !(king || thing) || verb || (king && after == U"lost" && !opens)) return false;
        } else if (!(king || thing) || (letters[0] != 'V' && letters[0] != 'X')) {
            return false;
        }
    } else if (!king && !thing) {
        // "Terminator II", but no words: "MIX", "CD", "DC", "MD", "CV".
        const bool word =
            one_of(letters, {U"MIX", U"CD", U"DC",  U"MD",  U"CV",  U"MC", U"DI",   U"LI",    U"XL",
                             U"CC",  U"DM", U"MM",  U"DIM", U"MI",  U"CI", U"MIDI", U"CIVIL", U"LCD",
                             U"DVD", U"XX", U"XXX", U"MV",  U"DVI", U"ML", U"DL",   U"CL",    U"XI"});
        if (!name || word || letters.find_first_of(U"IVX") == View::npos) return false;
    }
    reader.say((king ? "the " + ordinal(number) : cardinal(number)) + (owns ? "'s" : ""), begin, stop);
    reader.go(stop);
    return true;
}

}  // namespace lares::voice::english
