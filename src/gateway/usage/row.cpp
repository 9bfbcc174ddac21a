#include "gateway/usage/row.h"

#include <charconv>
#include <chrono>
#include <cstdio>

namespace lares::gateway {
namespace {

constexpr std::size_t text_max = 256;  // of a name that a client chose

std::string bounded(std::string_view text) {
    return std::string(text.substr(0, text_max));
}

using Days = std::chrono::sys_days;

std::chrono::year_month_day ymd(std::int64_t day) {
    return Days(std::chrono::days(day));
}
std::int64_t count(std::chrono::year_month_day date) {
    return Days(date).time_since_epoch().count();
}

}  // namespace

UsageRow row_of(const Settled& settled) {
    const auto& usage = settled.usage;
    return {.id = settled.id.text(),
            .person = settled.payer.person,
            .key = settled.payer.key,
            .character = settled.payer.character,
            .conversation = settled.payer.conversation,
            .route = settled.payer.route,
            .provider = settled.provider,
            .model = bounded(settled.model),
            .outcome = settled.outcome,
            .error = settled.error,
            .started_ms = settled.started_ms,
            .duration_ms = settled.duration_ms,
            .first_token_ms = settled.first_token_ms,
            .estimated = !settled.usage_known,
            .input = usage.prompt,
            .output = usage.completion,
            .cache_read = usage.reused,
            .cache_write = usage.cache_write,
            .reasoning = usage.reasoning,
            .cost_micros = settled.cost_micros,
            .price_version = settled.price_version};
}

std::int64_t month_begin(std::int64_t day) {
    const auto date = ymd(day);
    return count(date.year() / date.month() / std::chrono::day(1));
}

std::int64_t month_end(std::int64_t day) {
    const auto date = ymd(day);
    return count((date.year() / date.month() + std::chrono::months(1)) / std::chrono::day(1));
}

std::string date_text(std::int64_t day) {
    const auto date = ymd(day);
    char text[32];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text;
}

std::optional<std::int64_t> day_of_text(std::string_view date) {
    if (date.size() != 10 || date[4] != '-' || date[7] != '-') return std::nullopt;
    const auto number = [&](std::size_t at, std::size_t size) {
        int out = -1;
        const auto* end = date.data() + at + size;
        const auto [stop, error] = std::from_chars(date.data() + at, end, out);
        return error == std::errc() && stop == end ? out : -1;
    };
    const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
    if (year < 1970 || month < 0 || day < 0) return std::nullopt;
    const std::chrono::year_month_day out{std::chrono::year(year),
                                          std::chrono::month(static_cast<unsigned>(month)),
                                          std::chrono::day(static_cast<unsigned>(day))};
    if (!out.ok()) return std::nullopt;
    return count(out);
}

}  // namespace lares::gateway
