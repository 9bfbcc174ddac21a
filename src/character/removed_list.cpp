#include "character/removed_list.h"

#include <algorithm>
#include <functional>

#include "base/text.h"
#include "character/lorebook_store.h"
#include "character/personas.h"

// SQL text is a literal, so this is one, too.
#define REMOVED_OF(table)                                                                            \
    "SELECT r.id, t.name, r.at FROM removed r JOIN " table                                           \
    " t ON t.id = r.id AND t.owner = r.owner WHERE r.owner = ?1 AND r.kind = ?2 AND (r.at, r.id) < " \
    "(?3, ?4) ORDER BY r.at DESC, r.id DESC LIMIT ?5"

namespace lares::character {

namespace {

using Things = std::vector<RemovedThing>;

struct NamedRow {
    Uuid id;
    std::string name;
    std::int64_t at = 0;
};

struct EntryRow {
    LorebookId lorebook;
    std::int64_t uid = 0;
    std::string name;
    std::int64_t at = 0;
};

// As columns: of the first page what is above every place.
struct Before {
    explicit Before(const RemovedQuery& query)
        : at(query.before ? query.before->at_ms : INT64_MAX),
          id(query.before ? query.before->id.text() : "~"),
          uid(query.before ? query.before->uid : INT64_MAX) {}
    std::int64_t at;
    std::string id;
    std::int64_t uid;
};

Result<void> add_named(db::Reader& reader, db::Sql sql, RemovedKind kind, std::string_view name_of_kind,
                       OwnerId owner, const RemovedQuery& query, Things& to) {
    const Before before(query);
    LARES_TRY(auto rows, reader.rows<NamedRow>(sql, owner, name_of_kind, before.at, before.id, query.limit));
    for (auto& row : rows) to.push_back({kind, {row.at, row.id}, std::move(row.name)});
    return {};
}

std::string title_of(const StoredEntry& entry) {
    const auto text = [](const boost::json::value* value) {
        return value && value->is_string() ? std::string(trim(value->get_string())) : std::string();
    };
    auto title = text(entry.json.if_contains("comment"));
    const auto* keys = entry.json.if_contains("key");
    if (title.empty() && keys && keys->is_array() && !keys->get_array().empty())
        title = text(&keys->get_array().front());
    return title;
}

// The last rows of entries that have none now: the version that ended them says when.
Result<void> add_entries(db::Reader& reader, OwnerId owner, const RemovedQuery& query, Things& to) {
    const Before before(query);
    LARES_TRY(
        const auto rows,
        reader.rows<EntryRow>(
            "SELECT book, uid, name, at FROM (SELECT b.id AS book, e.uid AS uid, b.name AS name, "
            "CASE WHEN e.until = b.version THEN b.updated ELSE (SELECT v.created FROM lorebook_versions v "
            "WHERE v.lorebook_id = b.id AND v.owner = b.owner AND v.version = e.until) END AS at "
            "FROM lorebooks b JOIN lorebook_entries e ON e.lorebook_id = b.id AND e.owner = b.owner "
            "WHERE b.owner = ?1 AND b.id NOT IN (SELECT id FROM removed) AND e.until IS NOT NULL "
            "AND NOT EXISTS (SELECT 1 FROM lorebook_entries n WHERE n.lorebook_id = e.lorebook_id "
            "AND n.uid = e.uid AND n.since >= e.until)) "
            "WHERE at > ?2 AND (at, book, uid) < (?3, ?4, ?5) ORDER BY at DESC, book DESC, uid DESC LIMIT ?6",
            owner, query.now_ms - limits::restore_ms, before.at, before.id, before.uid, query.limit));
    for (const auto& row : rows) {
        LARES_TRY(const auto entry, book_store::last_entry(reader, owner, row.lorebook, row.uid));
        to.push_back({RemovedKind::entry,
                      {row.at, row.lorebook.value, row.uid},
                      entry ? title_of(*entry) : std::string(),
                      row.name});
    }
    return {};
}

Result<Things> list(db::Reader& reader, OwnerId owner, const RemovedQuery& query) {
    const auto wants = [&query](RemovedKind kind) { return query.kind.value_or(kind) == kind; };
    Things all;
    if (wants(RemovedKind::character))
        LARES_CHECK(add_named(reader, REMOVED_OF("characters"), RemovedKind::character, CharacterId::kind,
                              owner, query, all));
    if (wants(RemovedKind::lorebook))
        LARES_CHECK(add_named(reader, REMOVED_OF("lorebooks"), RemovedKind::lorebook, LorebookId::kind, owner,
                              query, all));
    if (wants(RemovedKind::persona))
        LARES_CHECK(add_named(reader, REMOVED_OF("personas"), RemovedKind::persona, PersonaId::kind, owner,
                              query, all));
    if (wants(RemovedKind::entry)) LARES_CHECK(add_entries(reader, owner, query, all));
    std::ranges::sort(all, std::greater(), &RemovedThing::place);
    if (all.size() > query.limit) all.resize(query.limit);
    return all;
}

}  // namespace

Task<Result<std::vector<RemovedThing>>> list_removed(db::Database& database, OwnerId owner,
                                                     RemovedQuery query) {
    co_return co_await database.read(
        [owner, query](db::Reader& reader) { return list(reader, owner, query); });
}

}  // namespace lares::character
