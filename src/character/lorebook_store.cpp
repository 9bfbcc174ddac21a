#include "character/lorebook_store.h"

#include <boost/json.hpp>

#include "base/text.h"
#include "character/stored_json.h"

namespace lares::character::book_store {

namespace bj = boost::json;

namespace {

struct EntryRow {
    std::int64_t uid = 0;
    std::string json;
};

struct SummaryRow {
    LorebookId id;
    std::int64_t version = 1;
    std::string name, head;
    std::int64_t created = 0, updated = 0, entries = 0;
};

struct PlaceRow {
    BookScope scope = BookScope::global;
    std::string target;
};

struct AwakeRow {
    LorebookId id;
    std::int64_t version = 1;
    std::string name, head;
};

struct VersionRow {
    std::int64_t version = 1;
    std::string name;
    std::int64_t created = 0, entries = 0;
};

std::vector<StoredEntry> read_entries(std::vector<EntryRow> rows) {
    std::vector<StoredEntry> out;
    out.reserve(rows.size());
    for (auto& row : rows) {
        auto read = read_stored(row.json);
        if (read) out.push_back({row.uid, std::move(*read)});
    }
    return out;
}

// What a search looks at: title, keys, content.
std::string search_text(const bj::object& entry) {
    std::string all;
    const auto add = [&all](const bj::value& value) {
        if (value.is_string()) all += std::string(value.get_string()) + "\n";
    };
    for (const auto* key : {"comment", "key", "keysecondary", "content"}) {
        const auto* value = entry.if_contains(key);
        if (!value) continue;
        if (value->is_array())
            for (const auto& item : value->get_array()) add(item);
        else
            add(*value);
    }
    return to_lower_ascii(all);
}

std::string target_of(const BookPlace& place) {
    return place.scope == BookScope::global ? std::string() : place.target.text();
}

Result<std::vector<BookPlace>> places_of(db::Reader& reader, OwnerId owner, LorebookId id) {
    LARES_TRY(auto rows, reader.rows<PlaceRow>("SELECT scope, target FROM lorebook_scopes WHERE owner = ?1 "
                                               "AND lorebook_id = ?2 AND target NOT IN (SELECT id FROM "
                                               "removed) ORDER BY scope, target",
                                               owner, id));
    std::vector<BookPlace> places;
    for (const auto& row : rows) places.push_back({row.scope, Uuid::parse(row.target).value_or(Uuid())});
    return places;
}

Result<BookSummary> to_summary(db::Reader& reader, OwnerId owner, SummaryRow row) {
    BookSummary out{
        row.id,     to_head(std::move(row.name), row.head), row.entries, {}, row.version, row.created,
        row.updated};
    LARES_TRY(out.places, places_of(reader, owner, row.id));
    return out;
}

}  // namespace

std::string to_json(const BookHead& head) {
    bj::object out;
    out["description"] = head.description;
    if (head.scan_depth) out["scan_depth"] = *head.scan_depth;
    if (head.token_budget) out["token_budget"] = *head.token_budget;
    out["recursive"] = head.recursive;
    out["extensions"] = head.extensions;
    if (!head.rest.empty()) out["rest"] = head.rest;
    return bj::serialize(out);
}

BookHead to_head(std::string name, const std::string& json) {
    BookHead head;
    head.name = std::move(name);
    const auto read = read_stored(json);
    if (!read) return head;
    const auto& object = *read;
    const auto text = [&](std::string_view key) {
        const auto* found = object.if_contains(key);
        return found && found->is_string() ? std::string(found->get_string()) : std::string();
    };
    const auto whole = [&](std::string_view key) -> std::optional<std::int64_t> {
        const auto* found = object.if_contains(key);
        return found && found->is_int64() ? std::optional(found->get_int64()) : std::nullopt;
    };
    head.description = text("description");
    head.scan_depth = whole("scan_depth");
    head.token_budget = whole("token_budget");
    const auto* recursive = object.if_contains("recursive");
    head.recursive = recursive && recursive->is_bool() && recursive->get_bool();
    head.extensions = text("extensions");
    head.rest = text("rest");
    return head;
}

Result<std::int64_t> count_of(db::Reader& reader, OwnerId owner) {
    LARES_TRY(const auto count,
              reader.one<std::int64_t>("SELECT COUNT(*) FROM lorebooks WHERE owner = ?1 AND "
                                       "id NOT IN (SELECT id FROM removed)",
                                       owner));
    return count.value_or(0);
}

Result<void> insert(db::Tx& tx, OwnerId owner, LorebookId id, const BookHead& head, std::int64_t now_ms) {
    LARES_CHECK(
        tx.run("INSERT INTO lorebooks (id, owner, version, name, head, created, updated) "
               "VALUES (?1, ?2, 1, ?3, ?4, ?5, ?5)",
               id, owner, head.name, to_json(head), now_ms));
    return {};
}

Result<std::optional<BookRow>> find(db::Reader& reader, OwnerId owner, LorebookId id) {
    return reader.one<BookRow>(
        "SELECT version, name, head, created, updated FROM lorebooks WHERE id = ?1 AND owner = ?2 "
        "AND id NOT IN (SELECT id FROM removed)",
        id, owner);
}

Result<std::optional<BookSummary>> summary(db::Reader& reader, OwnerId owner, LorebookId id) {
    LARES_TRY(auto row, reader.one<SummaryRow>(
                            "SELECT b.id, b.version, b.name, b.head, b.created, b.updated, "
                            "(SELECT COUNT(*) FROM lorebook_entries e WHERE e.lorebook_id = b.id AND e.until "
                            "IS NULL) FROM lorebooks b WHERE b.id = ?1 AND b.owner = ?2 "
                            "AND b.id NOT IN (SELECT id FROM removed)",
                            id, owner));
    if (!row) return std::optional<BookSummary>();
    LARES_TRY(auto out, to_summary(reader, owner, std::move(*row)));
    return std::optional(std::move(out));
}

Result<std::vector<BookSummary>> list(db::Reader& reader, OwnerId owner, std::optional<LorebookId> before,
                                      std::size_t limit) {
    const std::string end = before ? before->text() : "~";  // after every id
    LARES_TRY(auto rows, reader.rows<SummaryRow>(
                             "SELECT b.id, b.version, b.name, b.head, b.created, b.updated, "
                             "(SELECT COUNT(*) FROM lorebook_entries e WHERE e.lorebook_id = b.id AND "
                             "e.until IS NULL) FROM lorebooks b WHERE b.owner = ?1 AND b.id < ?2 "
                             "AND b.id NOT IN (SELECT id FROM removed) "
                             "ORDER BY b.id DESC LIMIT ?3",
                             owner, end, limit));
    std::vector<BookSummary> out;
    for (auto& row : rows) {
        LARES_TRY(auto one, to_summary(reader, owner, std::move(row)));
        out.push_back(std::move(one));
    }
    return out;
}

Result<void> begin_version(db::Tx& tx, OwnerId owner, LorebookId id, const BookRow& present,
                           std::int64_t version, const BookHead& head, std::int64_t now_ms) {
    LARES_CHECK(
        tx.run("INSERT INTO lorebook_versions (lorebook_id, version, owner, name, head, created) "
               "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
               id, present.version, owner, present.name, present.head, present.updated));
    const std::int64_t oldest = version - limits::lorebook_versions;
    LARES_CHECK(
        tx.run("DELETE FROM lorebook_versions WHERE lorebook_id = ?1 AND owner = ?2 AND version <= ?3", id,
               owner, oldest));
    LARES_CHECK(
        tx.run("DELETE FROM lorebook_entries WHERE lorebook_id = ?1 AND owner = ?2 AND "
               "until IS NOT NULL AND until <= ?3",
               id, owner, oldest + 1));
    LARES_CHECK(
        tx.run("UPDATE lorebooks SET version = ?3, name = ?4, head = ?5, updated = ?6 "
               "WHERE id = ?1 AND owner = ?2",
               id, owner, version, head.name, to_json(head), now_ms));
    return {};
}

Result<std::vector<BookVersion>> versions(db::Reader& reader, OwnerId owner, LorebookId id) {
    LARES_TRY(auto rows,
              reader.rows<VersionRow>(
                  "SELECT v.version, v.name, v.at, (SELECT COUNT(*) FROM lorebook_entries e WHERE "
                  "e.lorebook_id = ?1 AND e.since = v.version) + (SELECT COUNT(*) FROM lorebook_entries e "
                  "WHERE e.lorebook_id = ?1 AND e.until = v.version AND NOT EXISTS (SELECT 1 FROM "
                  "lorebook_entries n WHERE n.lorebook_id = ?1 AND n.uid = e.uid AND n.since = v.version)) "
                  "FROM (SELECT version, name, updated AS at FROM lorebooks WHERE id = ?1 AND owner = ?2 "
                  "UNION ALL SELECT version, name, created AS at FROM lorebook_versions WHERE lorebook_id = "
                  "?1 AND owner = ?2) v ORDER BY v.version DESC",
                  id, owner));
    std::vector<BookVersion> out;
    for (auto& row : rows) out.push_back({row.version, std::move(row.name), row.created, row.entries});
    return out;
}

Result<std::optional<BookHead>> head_of(db::Reader& reader, OwnerId owner, LorebookId id,
                                        std::int64_t version) {
    using Head = std::tuple<std::string, std::string>;
    LARES_TRY(auto row, reader.one<Head>(
                            "SELECT name, head FROM lorebooks WHERE id = ?1 AND owner = ?2 AND version = ?3 "
                            "UNION ALL SELECT name, head FROM lorebook_versions WHERE lorebook_id = ?1 AND "
                            "owner = ?2 AND version = ?3",
                            id, owner, version));
    if (!row) return std::optional<BookHead>();
    return std::optional(to_head(std::move(std::get<0>(*row)), std::get<1>(*row)));
}

Result<void> put_places(db::Tx& tx, OwnerId owner, LorebookId id, const std::vector<BookPlace>& places) {
    // With what is removed it wakes again when that comes back.
    LARES_CHECK(
        tx.run("DELETE FROM lorebook_scopes WHERE owner = ?1 AND lorebook_id = ?2 AND target NOT IN (SELECT "
               "id FROM removed)",
               owner, id));
    for (const auto& place : places) {
        LARES_CHECK(
            tx.run("INSERT INTO lorebook_scopes (owner, scope, target, lorebook_id) "
                   "VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                   owner, place.scope, target_of(place), id));
    }
    return {};
}

Result<std::int64_t> entry_count(db::Reader& reader, OwnerId owner, LorebookId id) {
    LARES_TRY(const auto count,
              reader.one<std::int64_t>("SELECT COUNT(*) FROM lorebook_entries WHERE lorebook_id = ?1 AND "
                                       "owner = ?2 AND until IS NULL",
                                       id, owner));
    return count.value_or(0);
}

Result<std::optional<std::int64_t>> last_uid(db::Reader& reader, OwnerId owner, LorebookId id) {
    return reader.one<std::int64_t>(
        "SELECT uid FROM lorebook_entries WHERE lorebook_id = ?1 AND owner = ?2 "
        "ORDER BY uid DESC LIMIT 1",
        id, owner);
}

Result<std::optional<StoredEntry>> entry(db::Reader& reader, OwnerId owner, LorebookId id, std::int64_t uid) {
    LARES_TRY(auto rows, reader.rows<EntryRow>("SELECT uid, entry FROM lorebook_entries WHERE lorebook_id = "
                                               "?1 AND owner = ?2 AND uid = ?3 AND until IS NULL",
                                               id, owner, uid));
    auto found = read_entries(std::move(rows));
    if (found.empty()) return std::optional<StoredEntry>();
    return std::optional(std::move(found.front()));
}

Result<std::vector<StoredEntry>> entries(db::Reader& reader, OwnerId owner, LorebookId id, std::int64_t after,
                                         std::size_t limit, const std::string& text) {
    LARES_TRY(auto rows, reader.rows<EntryRow>(
                             "SELECT uid, entry FROM lorebook_entries WHERE lorebook_id = ?1 AND owner = ?2 "
                             "AND until IS NULL AND uid > ?3 AND (?4 = '' OR instr(search, ?4) > 0) "
                             "ORDER BY uid LIMIT ?5",
                             id, owner, after, to_lower_ascii(text), limit));
    return read_entries(std::move(rows));
}

Result<std::vector<StoredEntry>> entries_at(db::Reader& reader, OwnerId owner, LorebookId id,
                                            std::int64_t version) {
    LARES_TRY(auto rows, reader.rows<EntryRow>(
                             "SELECT uid, entry FROM lorebook_entries WHERE lorebook_id = ?1 AND owner = ?2 "
                             "AND since <= ?3 AND (until IS NULL OR until > ?3) ORDER BY uid",
                             id, owner, version));
    return read_entries(std::move(rows));
}

Result<bool> put_entry(db::Tx& tx, OwnerId owner, LorebookId id, const StoredEntry& entry,
                       std::int64_t version) {
    const std::string json = bj::serialize(entry.json);
    LARES_TRY(const auto present,
              tx.one<std::string>("SELECT entry FROM lorebook_entries WHERE lorebook_id = ?1 AND owner = ?2 "
                                  "AND uid = ?3 AND until IS NULL",
                                  id, owner, entry.uid));
    if (present && *present == json) return false;
    if (present) LARES_CHECK(end_entry(tx, owner, id, entry.uid, version));
    LARES_CHECK(
        tx.run("INSERT INTO lorebook_entries (lorebook_id, uid, since, owner, search, entry) "
               "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
               id, entry.uid, version, owner, search_text(entry.json), json));
    return true;
}

Result<bool> end_entry(db::Tx& tx, OwnerId owner, LorebookId id, std::int64_t uid, std::int64_t version) {
    LARES_TRY(const auto ended,
              tx.run("UPDATE lorebook_entries SET until = ?4 WHERE lorebook_id = ?1 AND owner = ?2 AND uid = "
                     "?3 AND until IS NULL",
                     id, owner, uid, version));
    return ended > 0;
}

Result<std::optional<StoredEntry>> last_entry(db::Reader& reader, OwnerId owner, LorebookId id,
                                              std::int64_t uid) {
    LARES_TRY(auto rows, reader.rows<EntryRow>("SELECT uid, entry FROM lorebook_entries WHERE lorebook_id = "
                                               "?1 AND owner = ?2 AND uid = ?3 ORDER BY since DESC LIMIT 1",
                                               id, owner, uid));
    auto found = read_entries(std::move(rows));
    if (found.empty()) return std::optional<StoredEntry>();
    return std::optional(std::move(found.front()));
}

Result<void> erase(db::Tx& tx, OwnerId owner, LorebookId id) {
    LARES_CHECK(tx.run("DELETE FROM lorebooks WHERE id = ?1 AND owner = ?2", id, owner));
    LARES_CHECK(tx.run("DELETE FROM lorebook_versions WHERE lorebook_id = ?1 AND owner = ?2", id, owner));
    LARES_CHECK(tx.run("DELETE FROM lorebook_entries WHERE lorebook_id = ?1 AND owner = ?2", id, owner));
    LARES_CHECK(tx.run("DELETE FROM lorebook_scopes WHERE lorebook_id = ?1 AND owner = ?2", id, owner));
    LARES_CHECK(
        tx.run("UPDATE personas SET lorebook_id = NULL WHERE lorebook_id = ?1 AND owner = ?2", id, owner));
    return {};
}

Result<std::vector<AwakeBook>> awake(db::Reader& reader, OwnerId owner, const BookPlace& place,
                                     std::size_t limit) {
    LARES_TRY(auto rows, reader.rows<AwakeRow>(
                             "SELECT b.id, b.version, b.name, b.head FROM lorebook_scopes s JOIN lorebooks b "
                             "ON b.id = s.lorebook_id AND b.owner = s.owner WHERE s.owner = ?1 AND s.scope = "
                             "?2 AND s.target = ?3 AND b.id NOT IN (SELECT id FROM removed) "
                             "ORDER BY b.id LIMIT ?4",
                             owner, place.scope, target_of(place), limit));
    std::vector<AwakeBook> out;
    for (auto& row : rows)
        out.push_back({row.id, place.scope, row.version, to_head(std::move(row.name), row.head)});
    return out;
}

}  // namespace lares::character::book_store
