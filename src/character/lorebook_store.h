#pragma once
// The SQL of lorebooks. Every query is scoped to the owner and begins at a book that is not removed
// (removed.h). A change is made at a version: entries that are
// there since an earlier one end with it.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "character/lorebooks.h"
#include "db/tx.h"

namespace lares::character::book_store {

struct BookRow {
    std::int64_t version = 1;
    std::string name;
    std::string head;
    std::int64_t created = 0, updated = 0;
};

std::string to_json(const BookHead& head);  // all but the name
BookHead to_head(std::string name, const std::string& json);

Result<std::int64_t> count_of(db::Reader& reader, OwnerId owner);
Result<void> insert(db::Tx& tx, OwnerId owner, LorebookId id, const BookHead& head, std::int64_t now_ms);
Result<std::optional<BookRow>> find(db::Reader& reader, OwnerId owner, LorebookId id);
Result<std::optional<BookSummary>> summary(db::Reader& reader, OwnerId owner, LorebookId id);
Result<std::vector<BookSummary>> list(db::Reader& reader, OwnerId owner, std::optional<LorebookId> before,
                                      std::size_t limit);

// The state before `version` is kept as a version; old ones are forgotten.
Result<void> begin_version(db::Tx& tx, OwnerId owner, LorebookId id, const BookRow& present,
                           std::int64_t version, const BookHead& head, std::int64_t now_ms);
Result<std::vector<BookVersion>> versions(db::Reader& reader, OwnerId owner, LorebookId id);
// The head of that version.
Result<std::optional<BookHead>> head_of(db::Reader& reader, OwnerId owner, LorebookId id,
                                        std::int64_t version);

Result<void> put_places(db::Tx& tx, OwnerId owner, LorebookId id, const std::vector<BookPlace>& places);

Result<std::int64_t> entry_count(db::Reader& reader, OwnerId owner, LorebookId id);
Result<std::optional<std::int64_t>> last_uid(db::Reader& reader, OwnerId owner, LorebookId id);
Result<std::optional<StoredEntry>> entry(db::Reader& reader, OwnerId owner, LorebookId id, std::int64_t uid);
Result<std::vector<StoredEntry>> entries(db::Reader& reader, OwnerId owner, LorebookId id, std::int64_t after,
                                         std::size_t limit, const std::string& text);
// Of a version; all of them.
Result<std::vector<StoredEntry>> entries_at(db::Reader& reader, OwnerId owner, LorebookId id,
                                            std::int64_t version);
// Answers whether anything changed.
Result<bool> put_entry(db::Tx& tx, OwnerId owner, LorebookId id, const StoredEntry& entry,
                       std::int64_t version);
// As an entry that is there no more was last.
Result<std::optional<StoredEntry>> last_entry(db::Reader& reader, OwnerId owner, LorebookId id,
                                              std::int64_t uid);
Result<bool> end_entry(db::Tx& tx, OwnerId owner, LorebookId id, std::int64_t uid, std::int64_t version);

// Also one that is removed.
Result<void> erase(db::Tx& tx, OwnerId owner, LorebookId id);
Result<std::vector<AwakeBook>> awake(db::Reader& reader, OwnerId owner, const BookPlace& place,
                                     std::size_t limit);

}  // namespace lares::character::book_store
