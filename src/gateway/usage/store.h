#pragma once
// The SQL of the ledger, of budgets and of versioned documents.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "db/tx.h"
#include "gateway/usage/budget.h"
#include "gateway/usage/row.h"

namespace lares::gateway {

// Rows that are there already are passed over: a batch may be written again.
Result<void> insert_usage(db::Tx& tx, std::span<const RowView> rows);

// Of one subject: what its calls of that day, since the month's first day, and ever have cost.
struct Spent {
    std::int64_t day = 0, month = 0, total = 0;
};
Result<Spent> spent_of(db::Reader& reader, const Subject& subject, std::int64_t day);

// `person` empty: of all. Days are UTC, both included.
struct UsageRange {
    std::string person;
    std::int64_t first_day = 0, last_day = 0;
};
Result<std::vector<UsageSums>> usage_sums(db::Reader& reader, const UsageRange& range, GroupBy by,
                                          std::int64_t limit);
// Calls in order, those after `after` (an id); or, newest first, those before `before`.
Result<std::vector<UsageRow>> usage_after(db::Reader& reader, const UsageRange& range,
                                          const std::string& after, std::int64_t limit);
Result<std::vector<UsageRow>> usage_before(db::Reader& reader, const std::string& person,
                                           const std::string& before, std::int64_t limit);

Result<std::vector<Budget>> all_budgets(db::Reader& reader);
Result<void> save_budget(db::Tx& tx, const Budget& budget, const std::string& by, std::int64_t now_ms);
Result<bool> remove_budget(db::Tx& tx, const Subject& subject, Period period);

struct Document {
    std::int64_t version = 0;
    std::int64_t changed_ms = 0;
    std::string changed_by;
    std::string note;
    std::string body;
};
Result<std::optional<Document>> find_document(db::Reader& reader, const std::string& kind,
                                              std::optional<std::int64_t> version);
Result<std::vector<Document>> document_versions(db::Reader& reader, const std::string& kind,
                                                std::int64_t limit);  // without their bodies
// Answers its version.
Result<std::int64_t> add_document(db::Tx& tx, const std::string& kind, const Document& document);

}  // namespace lares::gateway
