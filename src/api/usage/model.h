#pragma once
// Usage, budgets and prices as they stand on the wire. Money in millionths of a dollar, times in Unix
// milliseconds, days in UTC as "2026-11-21".
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>

#include "auth/people.h"
#include "gateway/catalog.h"
#include "gateway/usage/budget.h"
#include "gateway/usage/row.h"
#include "json/json.h"

namespace lares::api {

// Both days are included; absent: the last 30 days.
struct UsageQuery {
    std::optional<std::string> from, to;
};
BOOST_DESCRIBE_STRUCT(UsageQuery, (), (from, to))

struct AdminUsageQuery {
    std::optional<std::string> from, to;
    std::optional<std::string> person;  // only theirs
};
BOOST_DESCRIBE_STRUCT(AdminUsageQuery, (), (from, to, person))

struct UsageItem {
    std::string name;                  // the day, "provider/model", or the id
    std::optional<std::string> label;  // of a person or an access key: what they are called
    std::int64_t calls = 0, unanswered = 0;
    std::int64_t input = 0, output = 0, cache_read = 0, cache_write = 0, reasoning = 0;  // tokens
    std::int64_t cost_micros = 0;  // of calls whose price is known
    std::int64_t unpriced = 0;     // calls whose price is not known
    std::int64_t duration_ms = 0;
};
BOOST_DESCRIBE_STRUCT(UsageItem, (),
                      (name, label, calls, unanswered, input, output, cache_read, cache_write, reasoning,
                       cost_micros, unpriced, duration_ms))

// Lists by cost, the dearest first, at most 200 of each; days in their order, without those that had no call.
struct UsageReport {
    std::string from, to;
    UsageItem total;
    std::vector<UsageItem> days, models, keys, characters, providers;
    std::optional<std::vector<UsageItem>> people;  // for admins
};
BOOST_DESCRIBE_STRUCT(UsageReport, (), (from, to, total, days, models, keys, characters, providers, people))

struct CallsQuery {
    std::optional<std::string> before;  // the id of a call: those that began before it
    std::optional<std::int64_t> limit;  // absent: 50
};
BOOST_DESCRIBE_STRUCT(CallsQuery, (), (before, limit))
constexpr auto json_rules(const CallsQuery*) {
    return std::array{json::length("before", 1, 26), json::range("limit", 1, 200)};
}

struct AdminCallsQuery {
    std::optional<std::string> before, person;
    std::optional<std::int64_t> limit;
};
BOOST_DESCRIBE_STRUCT(AdminCallsQuery, (), (before, person, limit))
constexpr auto json_rules(const AdminCallsQuery*) {
    return std::array{json::length("before", 1, 26), json::range("limit", 1, 200)};
}

// A call as it is booked; an absent cost is not known.
struct UsageCalls {
    std::vector<gateway::UsageRow> items;
    std::optional<std::string> next;  // as `before` of the next page
};
BOOST_DESCRIBE_STRUCT(UsageCalls, (), (items, next))

struct BudgetItem {
    gateway::BudgetScope scope = gateway::BudgetScope::global;
    std::string subject;  // the person's or key's id, "*" for each; of the whole server: empty
    std::optional<std::string> label;
    gateway::Period period = gateway::Period::month;
    std::optional<std::int64_t> soft_micros, hard_micros;
    std::int64_t spent_micros = 0;
    std::int64_t reserved_micros = 0;              // set aside for calls that are being made
    std::optional<std::int64_t> remaining_micros;  // of the hard one
    bool soft_passed = false;
    std::optional<std::int64_t> resets;  // absent: never
};
BOOST_DESCRIBE_STRUCT(BudgetItem, (),
                      (scope, subject, label, period, soft_micros, hard_micros, spent_micros, reserved_micros,
                       remaining_micros, soft_passed, resets))

struct BudgetList {
    std::vector<BudgetItem> items;
};
BOOST_DESCRIBE_STRUCT(BudgetList, (), (items))

// The first hundred by name whose names hold `search`.
struct PeopleQuery {
    std::optional<std::string> search;
};
BOOST_DESCRIBE_STRUCT(PeopleQuery, (), (search))
constexpr auto json_rules(const PeopleQuery*) {
    return std::array{json::length("search", 0, 100)};
}

struct People {
    std::vector<auth::Named> items;
};
BOOST_DESCRIBE_STRUCT(People, (), (items))

struct BudgetRequest {
    gateway::BudgetScope scope = gateway::BudgetScope::global;
    std::string subject;
    gateway::Period period = gateway::Period::month;
    std::optional<std::int64_t> soft_micros, hard_micros;
};
BOOST_DESCRIBE_STRUCT(BudgetRequest, (), (scope, subject, period, soft_micros, hard_micros))
constexpr auto json_optional(const BudgetRequest*) {
    return std::array<std::string_view, 1>{"subject"};
}
constexpr auto json_rules(const BudgetRequest*) {
    return std::array{json::length("subject", 0, 26), json::range("soft_micros", 0, 1'000'000'000'000'000),
                      json::range("hard_micros", 0, 1'000'000'000'000'000)};
}

struct BudgetName {
    gateway::BudgetScope scope = gateway::BudgetScope::global;
    std::string subject;
    gateway::Period period = gateway::Period::month;
};
BOOST_DESCRIBE_STRUCT(BudgetName, (), (scope, subject, period))
constexpr auto json_optional(const BudgetName*) {
    return std::array<std::string_view, 1>{"subject"};
}

struct PriceList {
    std::int64_t version = 0;                      // 0: only what came with the program
    std::map<std::string, gateway::Price> models;  // the operator's own
    std::map<std::string, gateway::Price> known;   // what holds where those say nothing
};
BOOST_DESCRIBE_STRUCT(PriceList, (), (version, models, known))

struct PriceRequest {
    std::optional<std::string> note;
    std::map<std::string, gateway::Price>
        models;  // all of the operator's own: it takes the place of the last
};
BOOST_DESCRIBE_STRUCT(PriceRequest, (), (note, models))
constexpr auto json_rules(const PriceRequest*) {
    return std::array{json::length("note", 0, 200)};
}

struct VersionQuery {
    std::optional<std::int64_t> version;  // absent: the one in force
};
BOOST_DESCRIBE_STRUCT(VersionQuery, (), (version))

struct VersionItem {
    std::int64_t version = 0, changed = 0;
    std::string changed_by;
    std::string note;
};
BOOST_DESCRIBE_STRUCT(VersionItem, (), (version, changed, changed_by, note))

struct VersionList {
    std::vector<VersionItem> items;
};
BOOST_DESCRIBE_STRUCT(VersionList, (), (items))

}  // namespace lares::api
