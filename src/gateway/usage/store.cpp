#include "gateway/usage/store.h"

#include <map>
#include <tuple>

#include "base/id.h"

namespace lares::gateway {
namespace {

// What a day's sums are kept by.
using DayKey = std::tuple<std::string_view, std::int64_t, std::string_view, std::string_view,
                          std::string_view, std::string_view>;

void add(UsageSums& sums, const RowView& row) {
    ++sums.calls;
    sums.unanswered += row.outcome == Outcome::failed;
    sums.input += row.input;
    sums.output += row.output;
    sums.cache_read += row.cache_read;
    sums.cache_write += row.cache_write;
    sums.reasoning += row.reasoning;
    sums.cost_micros += row.cost_micros.value_or(0);
    sums.unpriced += !row.cost_micros;
    sums.duration_ms += row.duration_ms;
}

Result<bool> insert(db::Tx& tx, const RowView& row) {
    LARES_TRY(
        const auto changed,
        tx.run("INSERT INTO usage_calls (id, person, access_key, character, conversation, route, provider, "
               "model, outcome, error, started, duration, first_token, estimated, input, output, "
               "cache_read, cache_write, reasoning, cost, price_version) VALUES (?1, ?2, ?3, ?4, ?5, ?6, "
               "?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21) "
               "ON CONFLICT DO NOTHING",
               row.id, row.person, row.key, row.character, row.conversation, row.route, row.provider,
               row.model, row.outcome, row.error, row.started_ms, row.duration_ms, row.first_token_ms,
               row.estimated, row.input, row.output, row.cache_read, row.cache_write, row.reasoning,
               row.cost_micros, row.price_version));
    return changed == 1;
}

// The bounds of ids whose calls began in these days: an id begins with its time.
std::string id_at(std::int64_t day) {
    Uuid id{};
    const auto ms = static_cast<std::uint64_t>(day * day_ms);
    for (int i = 0; i < 6; ++i)
        id.bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
    return id.text();
}

}  // namespace

Result<void> insert_usage(db::Tx& tx, std::span<const RowView> rows) {
    std::map<DayKey, UsageSums> days;
    for (const auto& row : rows) {
        LARES_TRY(const bool fresh, insert(tx, row));
        if (fresh)
            add(days[{row.person, day_of(row.started_ms), row.key, row.character, row.provider, row.model}],
                row);
    }
    for (const auto& [key, sums] : days) {
        const auto& [person, day, access_key, character, provider, model] = key;
        LARES_CHECK(tx.run(
            "INSERT INTO usage_days (person, day, access_key, character, provider, model, calls, unanswered, "
            "input, "
            "output, cache_read, cache_write, reasoning, cost, unpriced, duration) VALUES (?1, ?2, ?3, ?4, "
            "?5, "
            "?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) ON CONFLICT (person, day, access_key, "
            "character, "
            "provider, model) DO UPDATE SET calls = calls + ?7, unanswered = unanswered + ?8, input = input "
            "+ "
            "?9, output = output + ?10, cache_read = cache_read + ?11, cache_write = cache_write + ?12, "
            "reasoning = reasoning + ?13, cost = cost + ?14, unpriced = unpriced + ?15, duration = duration "
            "+ "
            "?16",
            person, day, access_key, character, provider, model, sums.calls, sums.unanswered, sums.input,
            sums.output, sums.cache_read, sums.cache_write, sums.reasoning, sums.cost_micros, sums.unpriced,
            sums.duration_ms));
    }
    return {};
}

Result<Spent> spent_of(db::Reader& reader, const Subject& subject, std::int64_t day) {
    const std::int64_t month = month_begin(day);
    Result<std::optional<Spent>> found = std::optional<Spent>();
    switch (subject.scope) {
        case BudgetScope::global:
            found = reader.one<Spent>(
                "SELECT COALESCE(SUM(CASE WHEN day = ?1 THEN cost END), 0), COALESCE(SUM(CASE WHEN day >= ?2 "
                "THEN cost END), 0), COALESCE(SUM(cost), 0) FROM usage_days",
                day, month);
            break;
        case BudgetScope::person:
            found = reader.one<Spent>(
                "SELECT COALESCE(SUM(CASE WHEN day = ?1 THEN cost END), 0), COALESCE(SUM(CASE WHEN day >= ?2 "
                "THEN cost END), 0), COALESCE(SUM(cost), 0) FROM usage_days WHERE person = ?3",
                day, month, subject.id);
            break;
        case BudgetScope::key:
            found = reader.one<Spent>(
                "SELECT COALESCE(SUM(CASE WHEN day = ?1 THEN cost END), 0), COALESCE(SUM(CASE WHEN day >= ?2 "
                "THEN cost END), 0), COALESCE(SUM(cost), 0) FROM usage_days WHERE access_key = ?3",
                day, month, subject.id);
            break;
    }
    if (!found) return fail(std::move(found).error());
    return found->value_or(Spent{});
}

// One text for each grouping by a bound word, so that it stays one statement for all and one for a person's.
Result<std::vector<UsageSums>> usage_sums(db::Reader& reader, const UsageRange& range, GroupBy by,
                                          std::int64_t limit) {
    if (range.person.empty())
        return reader.rows<UsageSums>(
            "SELECT CASE ?3 WHEN 'day' THEN CAST(day AS TEXT) WHEN 'model' THEN provider || '/' || model "
            "WHEN "
            "'key' THEN access_key WHEN 'character' THEN character WHEN 'provider' THEN provider WHEN "
            "'person' "
            "THEN person ELSE '' END AS name, SUM(calls), SUM(unanswered), SUM(input), SUM(output), "
            "SUM(cache_read), SUM(cache_write), SUM(reasoning), SUM(cost), SUM(unpriced), SUM(duration) FROM "
            "usage_days WHERE day BETWEEN ?1 AND ?2 GROUP BY name ORDER BY SUM(cost) DESC, SUM(input + "
            "output) "
            "DESC, name LIMIT ?4",
            range.first_day, range.last_day, by, limit);
    return reader.rows<UsageSums>(
        "SELECT CASE ?3 WHEN 'day' THEN CAST(day AS TEXT) WHEN 'model' THEN provider || '/' || model WHEN "
        "'key' "
        "THEN access_key WHEN 'character' THEN character WHEN 'provider' THEN provider ELSE '' END AS name, "
        "SUM(calls), SUM(unanswered), SUM(input), SUM(output), SUM(cache_read), SUM(cache_write), "
        "SUM(reasoning), SUM(cost), SUM(unpriced), SUM(duration) FROM usage_days WHERE person = ?5 AND day "
        "BETWEEN ?1 AND ?2 GROUP BY name ORDER BY SUM(cost) DESC, SUM(input + output) DESC, name LIMIT ?4",
        range.first_day, range.last_day, by, limit, range.person);
}

Result<std::vector<UsageRow>> usage_after(db::Reader& reader, const UsageRange& range,
                                          const std::string& after, std::int64_t limit) {
    const std::string first = std::max(after, id_at(range.first_day)), end = id_at(range.last_day + 1);
    if (range.person.empty())
        return reader.rows<UsageRow>(
            "SELECT id, person, access_key, character, conversation, route, provider, model, outcome, error, "
            "started, duration, first_token, estimated, input, output, cache_read, cache_write, reasoning, "
            "cost, "
            "price_version FROM usage_calls WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3",
            first, end, limit);
    return reader.rows<UsageRow>(
        "SELECT id, person, access_key, character, conversation, route, provider, model, outcome, error, "
        "started, "
        "duration, first_token, estimated, input, output, cache_read, cache_write, reasoning, cost, "
        "price_version FROM usage_calls WHERE person = ?4 AND id > ?1 AND id < ?2 ORDER BY id LIMIT ?3",
        first, end, limit, range.person);
}

Result<std::vector<UsageRow>> usage_before(db::Reader& reader, const std::string& person,
                                           const std::string& before, std::int64_t limit) {
    const std::string end = before.empty() ? "~" : before;
    if (person.empty())
        return reader.rows<UsageRow>(
            "SELECT id, person, access_key, character, conversation, route, provider, model, outcome, error, "
            "started, duration, first_token, estimated, input, output, cache_read, cache_write, reasoning, "
            "cost, "
            "price_version FROM usage_calls WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
            end, limit);
    return reader.rows<UsageRow>(
        "SELECT id, person, access_key, character, conversation, route, provider, model, outcome, error, "
        "started, "
        "duration, first_token, estimated, input, output, cache_read, cache_write, reasoning, cost, "
        "price_version FROM usage_calls WHERE person = ?3 AND id < ?1 ORDER BY id DESC LIMIT ?2",
        end, limit, person);
}

namespace {

struct BudgetRow {
    BudgetScope scope;
    std::string subject;
    Period period;
    std::optional<std::int64_t> soft, hard;
};

constexpr std::int64_t budgets_max = 50'000;

}  // namespace

Result<std::vector<Budget>> all_budgets(db::Reader& reader) {
    LARES_TRY(auto rows,
              reader.rows<BudgetRow>("SELECT scope, subject, period, soft, hard FROM usage_budgets "
                                     "ORDER BY scope, subject, period LIMIT ?1",
                                     budgets_max));
    std::vector<Budget> out;
    for (auto& row : rows)
        out.push_back({{row.scope, std::move(row.subject)}, row.period, row.soft, row.hard});
    return out;
}

Result<void> save_budget(db::Tx& tx, const Budget& budget, const std::string& by, std::int64_t now_ms) {
    LARES_TRY(const auto count, tx.one<std::int64_t>("SELECT COUNT(*) FROM usage_budgets"));
    if (count.value_or(0) >= budgets_max)
        return fail(Code::conflict, "too-many-budgets", "There are as many budgets as can be kept.");
    LARES_CHECK(
        tx.run("INSERT INTO usage_budgets (scope, subject, period, soft, hard, changed, changed_by) VALUES "
               "(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (scope, subject, period) DO UPDATE SET soft = "
               "?4, hard = ?5, changed = ?6, changed_by = ?7",
               budget.subject.scope, budget.subject.id, budget.period, budget.soft_micros, budget.hard_micros,
               now_ms, by));
    return {};
}

Result<bool> remove_budget(db::Tx& tx, const Subject& subject, Period period) {
    LARES_TRY(const auto changed,
              tx.run("DELETE FROM usage_budgets WHERE scope = ?1 AND subject = ?2 AND period = ?3",
                     subject.scope, subject.id, period));
    return changed > 0;
}

Result<std::optional<Document>> find_document(db::Reader& reader, const std::string& kind,
                                              std::optional<std::int64_t> version) {
    return reader.one<Document>(
        "SELECT version, changed, changed_by, note, body FROM documents WHERE kind = ?1 AND (?2 IS NULL OR "
        "version "
        "= ?2) ORDER BY version DESC LIMIT 1",
        kind, version);
}

Result<std::vector<Document>> document_versions(db::Reader& reader, const std::string& kind,
                                                std::int64_t limit) {
    return reader.rows<Document>(
        "SELECT version, changed, changed_by, note, '' FROM documents WHERE kind = ?1 ORDER "
        "BY version DESC LIMIT ?2",
        kind, limit);
}

Result<std::int64_t> add_document(db::Tx& tx, const std::string& kind, const Document& document) {
    LARES_TRY(const auto last,
              tx.one<std::int64_t>("SELECT COALESCE(MAX(version), 0) FROM documents WHERE kind = ?1", kind));
    const std::int64_t version = last.value_or(0) + 1;
    LARES_CHECK(
        tx.run("INSERT INTO documents (kind, version, changed, changed_by, note, body) VALUES (?1, ?2, ?3, "
               "?4, ?5, ?6)",
               kind, version, document.changed_ms, document.changed_by, document.note, document.body));
    return version;
}

}  // namespace lares::gateway
