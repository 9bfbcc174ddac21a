// Dates through ICU: the zones and the words of every language.
#include <memory>

#include <unicode/calendar.h>
#include <unicode/datefmt.h>
#include <unicode/locid.h>
#include <unicode/simpletz.h>
#include <unicode/smpdtfmt.h>
#include <unicode/timezone.h>
#include <unicode/unistr.h>

#include "prompt/macros/engine.h"
#include "prompt/macros/values.h"

namespace lares::prompt::macros {

namespace {

icu::Locale locale_of(const Moment& moment) {
    UErrorCode error = U_ZERO_ERROR;
    auto locale = icu::Locale::forLanguageTag(moment.place.locale, error);
    return U_FAILURE(error) || locale.isBogus() || moment.place.locale.empty() ? icu::Locale::getEnglish()
                                                                               : locale;
}

std::unique_ptr<icu::TimeZone> zone_of(const Moment& moment) {
    if (const auto offset = utc_offset(moment.place.time_zone))
        return std::make_unique<icu::SimpleTimeZone>(*offset * 60'000, "offset");
    std::unique_ptr<icu::TimeZone> zone(
        icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(moment.place.time_zone)));
    if (!zone || *zone == icu::TimeZone::getUnknown()) zone.reset(icu::TimeZone::getGMT()->clone());
    return zone;
}

std::string finish(icu::DateFormat* made, const Moment& moment) {
    const std::unique_ptr<icu::DateFormat> format(made);
    if (!format) return {};
    format->adoptTimeZone(zone_of(moment).release());
    icu::UnicodeString text;
    format->format(static_cast<UDate>(moment.ms), text);
    text.findAndReplace(icu::UnicodeString(static_cast<UChar>(0x202f)), icu::UnicodeString(" "));
    std::string out;
    text.toUTF8String(out);
    return out;
}

std::string by_pattern(const Moment& moment, const char* pattern, const icu::Locale& locale) {
    UErrorCode error = U_ZERO_ERROR;
    auto format =
        std::make_unique<icu::SimpleDateFormat>(icu::UnicodeString::fromUTF8(pattern), locale, error);
    return U_FAILURE(error) ? std::string() : finish(format.release(), moment);
}

struct Token {
    std::string_view moment;
    const char* icu;
};
// Longer ones first.
constexpr Token tokens[] = {{"YYYY", "yyyy"}, {"MMMM", "LLLL"}, {"dddd", "EEEE"}, {"MMM", "LLL"},
                            {"ddd", "EEE"},   {"YY", "yy"},     {"MM", "MM"},     {"DD", "dd"},
                            {"HH", "HH"},     {"hh", "hh"},     {"mm", "mm"},     {"ss", "ss"},
                            {"M", "M"},       {"D", "d"},       {"H", "H"},       {"h", "h"},
                            {"m", "m"},       {"s", "s"},       {"A", "a"},       {"a", "a"}};

}  // namespace

bool is_time_zone(const std::string& name) {
    if (utc_offset(name)) return true;
    const std::unique_ptr<icu::TimeZone> zone(
        icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(name)));
    return zone && *zone != icu::TimeZone::getUnknown();
}

bool is_locale(const std::string& tag) {
    UErrorCode error = U_ZERO_ERROR;
    const auto locale = icu::Locale::forLanguageTag(tag, error);
    return U_SUCCESS(error) && !locale.isBogus() && *locale.getLanguage() != '\0';
}

std::string time_text(const Moment& moment) {
    return finish(icu::DateFormat::createTimeInstance(icu::DateFormat::kShort, locale_of(moment)), moment);
}

std::string date_text(const Moment& moment) {
    return finish(icu::DateFormat::createDateInstance(icu::DateFormat::kLong, locale_of(moment)), moment);
}

std::string weekday_text(const Moment& moment) {
    return by_pattern(moment, "EEEE", locale_of(moment));
}

std::string iso_time(const Moment& moment) {
    return by_pattern(moment, "HH:mm", icu::Locale::getEnglish());
}

std::string iso_date(const Moment& moment) {
    return by_pattern(moment, "yyyy-MM-dd", icu::Locale::getEnglish());
}

std::string date_pattern(const Moment& moment, std::string_view pattern) {
    const auto locale = locale_of(moment);
    std::string out;
    std::size_t used = 0;
    while (!pattern.empty() && used < limits::date_tokens) {
        const std::size_t close = pattern[0] == '[' ? pattern.find(']') : pattern.npos;
        if (close != pattern.npos) {
            out += pattern.substr(1, close - 1);
            pattern.remove_prefix(close + 1);
            continue;
        }
        const Token* found = nullptr;
        for (const auto& token : tokens) {
            if (!found && pattern.starts_with(token.moment)) found = &token;
        }
        if (!found) {
            out += pattern[0];
            pattern.remove_prefix(1);
            continue;
        }
        std::string part = by_pattern(moment, found->icu, locale);
        if (found->moment == "a") {
            for (auto& c : part) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        }
        out += part;
        pattern.remove_prefix(found->moment.size());
        ++used;
    }
    return out.append(pattern);
}

}  // namespace lares::prompt::macros
