#pragma once
// Between the wire and lorebooks.
#include "api/lorebook/model.h"

namespace lares::api {

character::LoreEntry to_entry(const EntryFields& fields, std::int64_t uid);
// An entry that cannot be read shows its text and nothing else.
EntryItem to_wire(const character::StoredEntry& stored);
LorebookItem to_wire(const character::BookSummary& book);

// Of a path.
Result<std::int64_t> uid_of(std::string_view text);

character::BookHead to_head(const LorebookBody& body);
// Each once, ascending. Errors: a uid that stands there twice.
Result<std::vector<character::StoredEntry>> to_entries(const std::vector<NewEntry>& entries);
// Errors: a scope without the id that it needs.
Result<std::vector<character::BookPlace>> to_places(const std::vector<BookScopeBody>& scopes);

}  // namespace lares::api
