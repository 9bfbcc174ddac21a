#include "voice/lead_in.h"

#include <algorithm>
#include <array>

#include "voice/clause_scan.h"
#include "voice/utf.h"

namespace lares::voice {

namespace {

constexpr std::array<Text, 14> leads = {U"at",   U"by",      U"around", U"about",  U"until",
                                        U"till", U"from",    U"after",  U"before", U"since",
                                        U"to",   U"between", U"on",     U"every"};
constexpr std::array<Text, 61> whens = {
    U"and",      U"or",       U"but",       U"so",       U"then",      U"the",      U"this",    U"that",
    U"next",     U"last",     U"each",      U"day",      U"night",     U"morning",  U"evening", U"afternoon",
    U"noon",     U"midnight", U"yesterday", U"today",    U"tomorrow",  U"tonight",  U"exactly", U"just",
    U"almost",   U"nearly",   U"shortly",   U"roughly",  U"precisely", U"only",     U"later",   U"early",
    U"monday",   U"tuesday",  U"wednesday", U"thursday", U"friday",    U"saturday", U"sunday",  U"mondays",
    U"weekdays", U"weekends", U"january",   U"february", U"march",     U"april",    U"may",     U"june",
    U"july",     U"august",   U"september", U"october",  U"november",  U"december", U"am",      U"pm",
    U"a",        U"p",        U"m",         U"o",        U"clock"};
constexpr std::size_t length_max = 80;

}  // namespace

bool is_lead_in(std::u32string_view before) {
    if (before.size() > length_max) return false;
    bool leads_in = false;
    for (std::size_t i = 0; i < before.size();) {
        auto end = i;
        while (end < before.size() && is_word(before[end])) ++end;
        if (end == i) {
            ++i;
            continue;
        }
        const auto word = lower(before.substr(i, end - i));
        const bool number = std::ranges::all_of(word, is_digit);
        leads_in = leads_in || listed(leads, word);
        if (!number && !listed(leads, word) && !listed(whens, word)) return false;
        i = end;
    }
    return leads_in;
}

}  // namespace lares::voice
