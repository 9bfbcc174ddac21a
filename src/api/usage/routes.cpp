#include "api/usage/routes.h"

#include <algorithm>

#include "api/access.h"
#include "api/caller.h"
#include "api/usage/csv.h"
#include "async/task.h"

namespace lares::api {
namespace {

using gateway::GroupBy;
using gateway::UsageRange;

constexpr std::int64_t days_default = 30, days_max = 400, items_max = 200, calls_default = 50;
constexpr std::int64_t csv_rows = 1000;  // read at once
constexpr std::int64_t versions_max = 200;

Result<UsageRange> range_of(const std::optional<std::string>& from, const std::optional<std::string>& to,
                            std::string person, std::int64_t now_ms) {
    UsageRange range{std::move(person), 0, gateway::day_of(now_ms)};
    if (to) {
        const auto day = gateway::day_of_text(*to);
        if (!day) return invalid_field("to", "must be a date as 2026-11-21");
        range.last_day = *day;
    }
    range.first_day = range.last_day - days_default + 1;
    if (from) {
        const auto day = gateway::day_of_text(*from);
        if (!day) return invalid_field("from", "must be a date as 2026-11-21");
        range.first_day = *day;
    }
    if (range.first_day > range.last_day) return invalid_field("from", "must not be after `to`");
    if (range.last_day - range.first_day >= days_max)
        return invalid_field("from", "at most " + std::to_string(days_max) + " days at once");
    return range;
}

Result<std::string> person_of(const std::optional<std::string>& text) {
    if (!text) return std::string();
    const auto id = UserId::parse(*text);
    if (!id) return invalid_field("person", "must be an id");
    return id->text();
}

UsageItem to_wire(gateway::UsageSums sums) {
    return {.name = std::move(sums.name),
            .label = {},
            .calls = sums.calls,
            .unanswered = sums.unanswered,
            .input = sums.input,
            .output = sums.output,
            .cache_read = sums.cache_read,
            .cache_write = sums.cache_write,
            .reasoning = sums.reasoning,
            .cost_micros = sums.cost_micros,
            .unpriced = sums.unpriced,
            .duration_ms = sums.duration_ms};
}

std::vector<UsageItem> to_wire(std::vector<gateway::UsageSums> sums) {
    std::vector<UsageItem> out;
    for (auto& one : sums) out.push_back(to_wire(std::move(one)));
    return out;
}

// What has no key or character is in no list of them.
std::vector<UsageItem> named(std::vector<gateway::UsageSums> sums) {
    std::erase_if(sums, [](const auto& one) { return one.name.empty(); });
    return to_wire(std::move(sums));
}

Result<UsageReport> read_report(db::Reader& reader, const UsageRange& range, bool admin) {
    UsageReport out;
    out.from = gateway::date_text(range.first_day);
    out.to = gateway::date_text(range.last_day);
    LARES_TRY(auto total, usage_sums(reader, range, GroupBy::all, 1));
    if (!total.empty()) out.total = to_wire(std::move(total.front()));
    LARES_TRY(auto days, usage_sums(reader, range, GroupBy::day, days_max));
    std::ranges::sort(days, {}, [](const auto& one) { return std::stoll(one.name); });
    for (auto& day : days) day.name = gateway::date_text(std::stoll(day.name));
    out.days = to_wire(std::move(days));
    LARES_TRY(auto models, usage_sums(reader, range, GroupBy::model, items_max));
    out.models = to_wire(std::move(models));
    LARES_TRY(auto keys, usage_sums(reader, range, GroupBy::key, items_max));
    out.keys = named(std::move(keys));
    LARES_TRY(auto characters, usage_sums(reader, range, GroupBy::character, items_max));
    out.characters = named(std::move(characters));
    LARES_TRY(auto providers, usage_sums(reader, range, GroupBy::provider, items_max));
    out.providers = to_wire(std::move(providers));
    if (!admin) return out;
    LARES_TRY(auto people, usage_sums(reader, range, GroupBy::person, items_max));
    out.people = to_wire(std::move(people));
    return out;
}

BudgetItem to_wire(const gateway::BudgetState& state) {
    const auto& budget = state.budget;
    BudgetItem out{.scope = budget.subject.scope,
                   .subject = budget.subject.id,
                   .label = {},
                   .period = budget.period,
                   .soft_micros = budget.soft_micros,
                   .hard_micros = budget.hard_micros,
                   .spent_micros = state.spent_micros,
                   .reserved_micros = state.reserved_micros,
                   .remaining_micros = {},
                   .soft_passed = budget.soft_micros && state.spent_micros >= *budget.soft_micros,
                   .resets = state.resets_ms};
    if (budget.hard_micros)
        out.remaining_micros =
            std::max<std::int64_t>(0, *budget.hard_micros - state.spent_micros - state.reserved_micros);
    return out;
}

Result<gateway::Subject> subject_of(gateway::BudgetScope scope, const std::string& text) {
    if (scope == gateway::BudgetScope::global) {
        if (!text.empty()) return invalid_field("subject", "the whole server's budget has none");
        return gateway::Subject{scope, {}};
    }
    if (text == "*") return gateway::Subject{scope, text};
    const auto id = Uuid::parse(text);
    if (!id) return invalid_field("subject", "must be an id, or * for each");
    return gateway::Subject{scope, id->text()};
}

// A table in another program's format would be taken, and all its models be of unknown price.
bool names_nothing(const gateway::Price& price) {
    return !price.input && !price.output && !price.cache_read && !price.cache_write && !price.reasoning &&
           !price.cache_write_1h && !price.search && !price.flex && !price.priority && price.tiers.empty();
}

}  // namespace

void UsageRoutes::add_to(http::Routes& routes) {
    using http::route;
    using M = http::Method;
    using R = UsageRoutes;
    const auto row = [](M method, std::string_view path, http::Access access, std::string_view summary,
                        unsigned success = 200) {
        return http::Row{.method = method,
                         .path = path,
                         .access = access,
                         .weight = 2,
                         .success = success,
                         .summary = summary,
                         .tag = "usage"};
    };
    const auto admin = person(auth::Role::admin);
    routes.push_back(route<&R::mine>(
        row(M::get, "/api/v1/usage", person(), "What you used: by day, model, key, companion."), *this));
    routes.push_back(route<&R::my_calls>(
        row(M::get, "/api/v1/usage/calls", person(), "Your calls of models, the newest first."), *this));
    routes.push_back(
        route<&R::my_export>(row(M::get, "/api/v1/usage/export", person(), "Your calls as CSV."), *this));
    routes.push_back(route<&R::my_budgets>(
        row(M::get, "/api/v1/usage/budgets", person(), "Budgets that hold for you, and what is spent."),
        *this));
    routes.push_back(
        route<&R::all>(row(M::get, "/api/v1/admin/usage", admin, "What all used, or one person."), *this));
    routes.push_back(route<&R::all_calls>(
        row(M::get, "/api/v1/admin/usage/calls", admin, "Calls of models, the newest first."), *this));
    routes.push_back(
        route<&R::all_export>(row(M::get, "/api/v1/admin/usage/export", admin, "Calls as CSV."), *this));
    routes.push_back(route<&R::people>(
        row(M::get, "/api/v1/admin/people", admin, "Who there is, by name: whom a budget or a tier is for."),
        *this));
    routes.push_back(route<&R::budgets>(
        row(M::get, "/api/v1/admin/budgets", admin, "All budgets, and what is spent."), *this));
    auto set_budget = row(M::put, "/api/v1/admin/budgets", admin,
                          "Set a budget of a person, of a key, of each of them or of the whole server.", 204);
    set_budget.errors = {Code::conflict, Code::storage_full};
    routes.push_back(route<&R::set_budget>(set_budget, *this));
    auto remove_budget = row(M::remove, "/api/v1/admin/budgets", admin, "Take a budget away.", 204);
    remove_budget.errors = {Code::not_found};
    routes.push_back(route<&R::remove_budget>(remove_budget, *this));
    auto prices = row(M::get, "/api/v1/admin/prices", admin, "The price table, or an earlier version of it.");
    prices.errors = {Code::not_found};
    routes.push_back(route<&R::prices>(prices, *this));
    auto set_prices = row(M::put, "/api/v1/admin/prices", admin,
                          "Put another price table in force; the one before is kept as a version.");
    set_prices.body_cap = gateway::price_table_bytes_max;
    set_prices.errors = {Code::storage_full};
    routes.push_back(route<&R::set_prices>(set_prices, *this));
    routes.push_back(route<&R::price_versions>(
        row(M::get, "/api/v1/admin/prices/versions", admin, "Who changed the price table, and when."),
        *this));
}

// --- usage -------------------------------------------------------------------------------------------------

Task<Result<UsageReport>> UsageRoutes::report(UsageRange range, bool admin) {
    LARES_CO_CHECK(co_await services_.accounting.written());
    const auto person = range.person;
    LARES_CO_TRY(auto out,
                 co_await services_.database.read([range = std::move(range), admin](db::Reader& reader) {
                     return read_report(reader, range, admin);
                 }));
    if (!person.empty()) LARES_CO_CHECK(co_await name_keys(person, &out.keys));
    if (out.people) co_await name_people(&*out.people);
    co_return out;
}

Task<Result<void>> UsageRoutes::name_keys(std::string person, std::vector<UsageItem>* items) {
    const auto owner = UserId::parse(person);
    if (!owner || items->empty()) co_return Result<void>();
    LARES_CO_TRY(const auto keys, co_await services_.auth.access_keys().list(*owner));
    for (auto& item : *items)
        for (const auto& key : keys)
            if (key.id.text() == item.name) item.label = key.name;
    co_return Result<void>();
}

// Who is gone has no name any more.
Task<void> UsageRoutes::name_people(std::vector<UsageItem>* items) {
    for (auto& item : *items) {
        const auto id = UserId::parse(item.name);
        if (!id) continue;
        const auto account = co_await services_.auth.account(*id);
        if (account) item.label = account->username;
    }
}

Task<Result<UsageReport>> UsageRoutes::mine(http::Call& call, UsageQuery query) {
    LARES_CO_TRY(auto range, range_of(query.from, query.to, user_of(call).text(), services_.clock.unix_ms()));
    co_return co_await report(std::move(range), false);
}

Task<Result<UsageReport>> UsageRoutes::all(http::Call&, AdminUsageQuery query) {
    LARES_CO_TRY(auto person, person_of(query.person));
    LARES_CO_TRY(auto range, range_of(query.from, query.to, std::move(person), services_.clock.unix_ms()));
    co_return co_await report(std::move(range), true);
}

Task<Result<UsageCalls>> UsageRoutes::calls(std::string person, std::string before, std::int64_t limit) {
    LARES_CO_CHECK(co_await services_.accounting.written());
    UsageCalls out;
    LARES_CO_TRY(out.items,
                 co_await services_.database.read(
                     [person = std::move(person), before = std::move(before), limit](db::Reader& reader) {
                         return gateway::usage_before(reader, person, before, limit + 1);
                     }));
    if (out.items.size() > static_cast<std::size_t>(limit)) {
        out.items.pop_back();
        out.next = out.items.back().id;
    }
    co_return out;
}

Task<Result<UsageCalls>> UsageRoutes::my_calls(http::Call& call, CallsQuery query) {
    return calls(user_of(call).text(), query.before.value_or(""), query.limit.value_or(calls_default));
}

Task<Result<UsageCalls>> UsageRoutes::all_calls(http::Call&, AdminCallsQuery query) {
    LARES_CO_TRY(auto person, person_of(query.person));
    co_return co_await calls(std::move(person), query.before.value_or(""),
                             query.limit.value_or(calls_default));
}

Task<Result<void>> UsageRoutes::write_csv(UsageRange range, http::Call* call, http::ByteStream* out) {
    LARES_CO_CHECK(co_await services_.accounting.written());
    call->set_header("content-disposition", "attachment; filename=\"usage-" +
                                                gateway::date_text(range.first_day) + "-" +
                                                gateway::date_text(range.last_day) + ".csv\"");
    std::string text = usage_csv_head(), after;
    for (;;) {
        LARES_CO_TRY(const auto rows, co_await services_.database.read([range, after](db::Reader& reader) {
            return usage_after(reader, range, after, csv_rows);
        }));
        for (const auto& one : rows) text += usage_csv_line(one);
        if (!text.empty())
            LARES_CO_CHECK(co_await out->write(std::exchange(text, {}), "text/csv; charset=utf-8"));
        if (rows.size() < static_cast<std::size_t>(csv_rows)) co_return Result<void>();
        after = rows.back().id;
    }
}

Task<Result<void>> UsageRoutes::my_export(http::Call& call, UsageQuery query, http::ByteStream& out) {
    LARES_CO_TRY(auto range, range_of(query.from, query.to, user_of(call).text(), services_.clock.unix_ms()));
    co_return co_await write_csv(std::move(range), &call, &out);
}

Task<Result<void>> UsageRoutes::all_export(http::Call& call, AdminUsageQuery query, http::ByteStream& out) {
    LARES_CO_TRY(auto person, person_of(query.person));
    LARES_CO_TRY(auto range, range_of(query.from, query.to, std::move(person), services_.clock.unix_ms()));
    co_return co_await write_csv(std::move(range), &call, &out);
}

// --- budgets -----------------------------------------------------------------------------------------------

Task<Result<BudgetList>> UsageRoutes::my_budgets(http::Call& call) {
    const auto user = user_of(call);
    BudgetList out;
    LARES_CO_TRY(auto own,
                 co_await services_.accounting.budgets_of({{gateway::BudgetScope::person, user.text()}}));
    for (const auto& state : own) out.items.push_back(to_wire(state));
    LARES_CO_TRY(const auto keys, co_await services_.auth.access_keys().list(user));
    for (const auto& key : keys) {
        LARES_CO_TRY(auto states, co_await services_.accounting.budgets_of(
                                      {{gateway::BudgetScope::key, key.id.text()}}, key.budget_micros));
        for (const auto& state : states) {
            out.items.push_back(to_wire(state));
            out.items.back().label = key.name;
        }
    }
    co_return out;
}

Task<Result<People>> UsageRoutes::people(http::Call&, PeopleQuery query) {
    constexpr std::int64_t shown_max = 100;
    LARES_CO_TRY(auto found,
                 co_await services_.database.read([search = query.search.value_or("")](db::Reader& reader) {
                     return auth::people(reader, search, shown_max);
                 }));
    co_return People{std::move(found)};
}

Task<Result<BudgetList>> UsageRoutes::budgets(http::Call&) {
    LARES_CO_TRY(const auto states, co_await services_.accounting.budgets());
    BudgetList out;
    for (const auto& state : states) {
        out.items.push_back(to_wire(state));
        auto& item = out.items.back();
        const auto id = UserId::parse(item.subject);
        if (item.scope != gateway::BudgetScope::person || !id) continue;
        const auto account = co_await services_.auth.account(*id);
        if (account) item.label = account->username;
    }
    co_return out;
}

Task<Result<void>> UsageRoutes::set_budget(http::Call& call, BudgetRequest request) {
    LARES_CO_TRY(auto subject, subject_of(request.scope, request.subject));
    if (!request.soft_micros && !request.hard_micros)
        co_return invalid_field("hard_micros", "one of soft_micros and hard_micros is needed");
    gateway::Budget budget{std::move(subject), request.period, request.soft_micros, request.hard_micros};
    co_return co_await async::unbroken(
        services_.accounting.set_budget(std::move(budget), user_of(call).text()));
}

Task<Result<void>> UsageRoutes::remove_budget(http::Call&, BudgetName name) {
    LARES_CO_TRY(auto subject, subject_of(name.scope, name.subject));
    co_return co_await async::unbroken(services_.accounting.remove_budget(std::move(subject), name.period));
}

// --- prices ------------------------------------------------------------------------------------------------

Task<Result<PriceList>> UsageRoutes::prices(http::Call&, VersionQuery query) {
    PriceList out;
    out.known = services_.gateway.prices().effective().models;
    LARES_CO_TRY(const auto found,
                 co_await services_.database.read([version = query.version](db::Reader& reader) {
                     return gateway::find_document(reader, "prices", version);
                 }));
    if (!found && query.version) co_return fail(Code::not_found, "not-found", "There is no such version.");
    if (!found) co_return out;
    out.version = found->version;
    LARES_CO_TRY(auto table, gateway::parse_price_table(found->body));
    out.models = std::move(table.models);
    co_return out;
}

Task<Result<VersionItem>> UsageRoutes::set_prices(http::Call& call, PriceRequest request) {
    for (const auto& [name, price] : request.models)
        if (names_nothing(price))
            co_return invalid_field("models." + name,
                                    "must name a price: input and output, in dollars for a "
                                    "million tokens (docs/usage.md tells all fields)");
    gateway::PriceTable table{std::move(request.models)};
    gateway::Document document;
    document.body = json::write(table);
    LARES_CO_CHECK(gateway::parse_price_table(document.body));
    document.changed_ms = services_.clock.unix_ms();
    document.changed_by = user_of(call).text();
    document.note = request.note.value_or("");
    LARES_CO_TRY(document.version, co_await async::unbroken(services_.database.write([document](db::Tx& tx) {
                     return gateway::add_document(tx, "prices", document);
                 })));
    services_.gateway.prices().set_table(std::move(table), document.version);
    co_return VersionItem{document.version, document.changed_ms, document.changed_by, document.note};
}

Task<Result<VersionList>> UsageRoutes::price_versions(http::Call&) {
    LARES_CO_TRY(const auto found, co_await services_.database.read([](db::Reader& reader) {
        return gateway::document_versions(reader, "prices", versions_max);
    }));
    VersionList out;
    for (const auto& one : found)
        out.items.push_back({one.version, one.changed_ms, one.changed_by, one.note});
    co_return out;
}

}  // namespace lares::api
