#pragma once
// A row of the ledger, and its sums.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include "gateway/usage/settled.h"

namespace lares::gateway {

// In the order of the table's columns. Ids are texts; empty where there is none.
struct UsageRow {
    std::string id;  // rises with the time of the start
    std::string person, key, character, conversation, route, provider, model;
    Outcome outcome = Outcome::done;
    std::string error;
    std::int64_t started_ms = 0, duration_ms = 0;
    std::optional<std::int64_t> first_token_ms;
    bool estimated = false;  // tokens that the provider did not tell
    std::int64_t input = 0, output = 0, cache_read = 0, cache_write = 0, reasoning = 0;
    std::optional<std::int64_t> cost_micros;  // absent: the price is not known
    std::int64_t price_version = 0;
};
BOOST_DESCRIBE_STRUCT(UsageRow, (),
                      (id, person, key, character, conversation, route, provider, model, outcome, error,
                       started_ms, duration_ms, first_token_ms, estimated, input, output, cache_read,
                       cache_write, reasoning, cost_micros, price_version))

// The same with borrowed texts: of a call that is being booked, or of a record.
struct RowView {
    std::string_view id, person, key, character, conversation, route, provider, model;
    Outcome outcome = Outcome::done;
    std::string_view error;
    std::int64_t started_ms = 0, duration_ms = 0;
    std::optional<std::int64_t> first_token_ms;
    bool estimated = false;
    std::int64_t input = 0, output = 0, cache_read = 0, cache_write = 0, reasoning = 0;
    std::optional<std::int64_t> cost_micros;
    std::int64_t price_version = 0;
};

RowView view_of(const Settled& settled, std::string_view id);
// Of a call whose end nobody saw: what was set aside may all have been taken.
RowView view_if_cut(const Planned& planned, std::string_view id, std::optional<std::int64_t> micros,
                    std::int64_t price_version);

// A line of the journal: the row of a call that began, as it is booked when nobody comes to tell its end, or
// of one that ended. Compact and quick; read by the program that wrote it, and by its next versions.
enum class Mark : char { began = 'B', ended = 'E' };
void append_record(std::string& out, Mark mark, const RowView& row);
std::optional<std::pair<Mark, RowView>> from_record(std::string_view record);

struct UsageSums {
    std::string name;  // what was grouped by
    std::int64_t calls = 0;
    std::int64_t unanswered = 0;  // failed, without a piece of an answer
    std::int64_t input = 0, output = 0, cache_read = 0, cache_write = 0, reasoning = 0;
    std::int64_t cost_micros = 0;  // of calls whose price is known
    std::int64_t unpriced = 0;     // calls whose price is not
    std::int64_t duration_ms = 0;
};
BOOST_DESCRIBE_STRUCT(UsageSums, (),
                      (name, calls, unanswered, input, output, cache_read, cache_write, reasoning,
                       cost_micros, unpriced, duration_ms))

enum class GroupBy : std::uint8_t { all, day, model, key, character, provider, person };
BOOST_DESCRIBE_ENUM(GroupBy, all, day, model, key, character, provider, person)

constexpr std::int64_t day_ms = 24 * 3600 * 1000;
constexpr std::int64_t day_of(std::int64_t unix_ms) {  // UTC, since 1970
    return unix_ms / day_ms;
}
std::int64_t month_begin(std::int64_t day);  // the first day of its month
std::int64_t month_end(std::int64_t day);    // the first day of the next
std::string date_text(std::int64_t day);     // "2026-11-21"
std::optional<std::int64_t> day_of_text(std::string_view date);

}  // namespace lares::gateway
