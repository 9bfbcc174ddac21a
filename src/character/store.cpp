#include "character/store.h"

#include <boost/json.hpp>

#include "base/text.h"
#include "character/card.h"

namespace lares::character::store {

namespace {

constexpr std::size_t tagline_code_points = 160;

void replace_all(std::string& text, std::string_view what, std::string_view with) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
}

// One line of the first words.
std::string tagline_of(const Card& card) {
    const std::string_view notes = trim(card.creator_notes);
    const std::string_view source = notes.empty() ? trim(card.description) : notes;
    std::string line;
    for (char c : source.substr(0, utf8_offset(source, 4 * tagline_code_points))) {
        const bool space = c == ' ' || c == '\n' || c == '\r' || c == '\t';
        if (space && (line.empty() || line.back() == ' ')) continue;
        line.push_back(space ? ' ' : c);
    }
    replace_all(line, "{{char}}", card.name);
    replace_all(line, "{{user}}", "you");
    if (count_code_points(line) <= tagline_code_points) return line;
    line.resize(utf8_offset(line, tagline_code_points - 1));
    return line + "…";
}

std::string tags_of(const Card& card) {
    boost::json::array tags;
    for (const auto& tag : card.tags) tags.emplace_back(tag);
    return boost::json::serialize(tags);
}

std::vector<std::string> read_tags(const std::string& json) {
    std::vector<std::string> tags;
    boost::system::error_code error;
    const auto value = boost::json::parse(json, error);
    if (error || !value.is_array()) return tags;
    for (const auto& tag : value.get_array()) {
        if (tag.is_string()) tags.emplace_back(tag.get_string());
    }
    return tags;
}

Visibility read_visibility(const std::string& text) {
    return text == to_text(Visibility::everyone) ? Visibility::everyone : Visibility::only_owner;
}

struct SummaryRow {
    CharacterId id;
    std::optional<OwnerId> owner;
    std::string name, tagline, tags, creator, visibility, avatar_sha256;
    std::int64_t created = 0;
    bool active = false, favourite = false;
};

struct CharacterRow {
    std::optional<OwnerId> owner;
    std::string visibility, avatar_sha256;
    std::int64_t created = 0, updated = 0;
    bool active = false;
    std::int64_t version = 1;
    std::string card;
};

struct VersionRow {
    std::int64_t version = 1;
    std::string name;
    std::int64_t created = 0;
};

struct PresentRow {
    std::int64_t version = 1;
    std::string name;
    std::int64_t updated = 0;
    std::string card;
};

struct PictureRow {
    std::string media_type, sha256;
    db::Blob bytes;
};

}  // namespace

Result<void> insert(db::Tx& tx, const NewCharacter& it) {
    LARES_CHECK(
        tx.run("INSERT INTO characters (id, owner, visibility, name, tagline, tags, creator, avatar_sha256, "
               "created, updated, "
               "card) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10)",
               it.id, it.owner, to_text(it.visibility), it.card.name, tagline_of(it.card), tags_of(it.card),
               it.card.creator, it.picture_sha256, it.now_ms, it.card.original));
    return {};
}

Result<void> insert_picture(db::Tx& tx, CharacterId id, OwnerId owner, const std::string& sha256,
                            const db::Blob& bytes) {
    LARES_CHECK(
        tx.run("INSERT INTO character_files (character_id, owner, media_type, sha256, bytes) VALUES (?1, ?2, "
               "?3, ?4, ?5)",
               id, owner, "image/png", sha256, bytes));
    return {};
}

Result<void> put_bundled(db::Tx& tx, const NewCharacter& it) {
    LARES_TRY(const auto stored, tx.one<std::string>("SELECT card FROM characters WHERE id = ?1", it.id));
    if (!stored) return insert(tx, it);
    if (*stored == it.card.original) return {};
    LARES_CHECK(tx.run(
        "UPDATE characters SET name = ?2, tagline = ?3, tags = ?4, creator = ?5, updated = ?6, card = ?7 "
        "WHERE id = ?1 AND owner IS NULL",
        it.id, it.card.name, tagline_of(it.card), tags_of(it.card), it.card.creator, it.now_ms,
        it.card.original));
    return {};
}

Result<std::int64_t> count_of(db::Reader& reader, OwnerId owner) {
    LARES_TRY(const auto count,
              reader.one<std::int64_t>("SELECT COUNT(*) FROM characters WHERE owner = ?1 AND "
                                       "id NOT IN (SELECT id FROM removed)",
                                       owner));
    return count.value_or(0);
}

Result<std::vector<Summary>> list(db::Reader& reader, UserId user, std::optional<CharacterId> before,
                                  std::size_t limit) {
    const std::string end = before ? before->text() : "~";  // after every id
    LARES_TRY(
        auto rows,
        reader.rows<SummaryRow>(
            "SELECT c.id, c.owner, c.name, c.tagline, c.tags, c.creator, c.visibility, "
            "c.avatar_sha256, c.created, "
            "EXISTS (SELECT 1 FROM active_characters a WHERE a.owner = ?1 AND a.character_id = c.id), "
            "EXISTS (SELECT 1 FROM favourite_characters f WHERE f.owner = ?1 AND f.character_id = c.id) "
            "FROM characters c WHERE (c.owner = ?1 OR c.visibility = 'public') AND c.id < ?2 "
            "AND c.id NOT IN (SELECT id FROM removed) "
            "ORDER BY c.id DESC LIMIT ?3",
            user, end, limit));
    std::vector<Summary> out;
    out.reserve(rows.size());
    for (auto& row : rows) {
        out.push_back({row.id, row.owner, std::move(row.name), std::move(row.tagline), read_tags(row.tags),
                       std::move(row.creator), read_visibility(row.visibility), std::move(row.avatar_sha256),
                       row.created, row.active, row.favourite});
    }
    return out;
}

Result<std::optional<Character>> find(db::Reader& reader, UserId user, CharacterId id) {
    LARES_TRY(auto row, reader.one<CharacterRow>(
                            "SELECT c.owner, c.visibility, c.avatar_sha256, c.created, c.updated, "
                            "EXISTS (SELECT 1 FROM active_characters a WHERE a.owner = ?1 AND a.character_id "
                            "= c.id), c.version, "
                            "c.card "
                            "FROM characters c WHERE c.id = ?2 AND (c.owner = ?1 OR c.visibility = 'public') "
                            "AND c.id NOT IN (SELECT id FROM removed)",
                            user, id));
    if (!row) return std::optional<Character>();
    LARES_TRY(auto card, parse_card_json(row->card));
    return Character{id,
                     row->owner,
                     std::move(card),
                     read_visibility(row->visibility),
                     std::move(row->avatar_sha256),
                     row->created,
                     row->updated,
                     row->active,
                     row->version};
}

Result<std::optional<Avatar>> find_picture(db::Reader& reader, UserId user, CharacterId id) {
    LARES_TRY(auto row,
              reader.one<PictureRow>("SELECT f.media_type, f.sha256, f.bytes FROM character_files f "
                                     "JOIN characters c ON c.id = f.character_id "
                                     "WHERE c.id = ?2 AND (c.owner = ?1 OR c.visibility = 'public') "
                                     "AND c.id NOT IN (SELECT id FROM removed)",
                                     user, id));
    if (!row) return std::optional<Avatar>();
    return Avatar{std::move(row->media_type), std::move(row->bytes.bytes), std::move(row->sha256)};
}

namespace {

// The present picture joins those before, where another one, or none, is to take its place.
Result<void> keep_picture(db::Tx& tx, OwnerId owner, CharacterId id, const std::string& next_sha256,
                          std::int64_t now_ms) {
    // Each picture is kept once, however often it is gone back to.
    LARES_CHECK(
        tx.run("DELETE FROM character_pictures WHERE character_id = ?1 AND owner = ?2 AND sha256 IN "
               "(?3, (SELECT sha256 FROM character_files WHERE character_id = ?1))",
               id, owner, next_sha256));
    LARES_CHECK(
        tx.run("INSERT INTO character_pictures (character_id, number, owner, created, sha256, bytes) "
               "SELECT f.character_id, coalesce((SELECT max(p.number) FROM character_pictures p "
               "WHERE p.character_id = ?1), 0) + 1, f.owner, ?3, f.sha256, f.bytes "
               "FROM character_files f WHERE f.character_id = ?1 AND f.owner = ?2 AND f.sha256 <> ?4",
               id, owner, now_ms, next_sha256));
    LARES_CHECK(tx.run(
        "DELETE FROM character_pictures WHERE character_id = ?1 AND owner = ?2 AND number NOT IN "
        "(SELECT number FROM character_pictures WHERE character_id = ?1 ORDER BY number DESC LIMIT ?3)",
        id, owner, static_cast<std::int64_t>(limits::pictures_kept)));
    return {};
}

}  // namespace

Result<void> set_picture(db::Tx& tx, OwnerId owner, CharacterId id, const std::string& sha256,
                         const db::Blob& bytes, std::int64_t now_ms) {
    LARES_CHECK(keep_picture(tx, owner, id, sha256, now_ms));
    LARES_CHECK(
        tx.run("INSERT INTO character_files (character_id, owner, media_type, sha256, bytes) VALUES (?1, ?2, "
               "'image/png', ?3, ?4) ON CONFLICT (character_id) DO UPDATE SET media_type = "
               "excluded.media_type, sha256 = excluded.sha256, bytes = excluded.bytes",
               id, owner, sha256, bytes));
    LARES_CHECK(tx.run("UPDATE characters SET avatar_sha256 = ?3, updated = ?4 WHERE id = ?1 AND owner = ?2",
                       id, owner, sha256, now_ms));
    return {};
}

Result<void> remove_picture(db::Tx& tx, OwnerId owner, CharacterId id, std::int64_t now_ms) {
    LARES_CHECK(keep_picture(tx, owner, id, "", now_ms));
    LARES_CHECK(tx.run("DELETE FROM character_files WHERE character_id = ?1 AND owner = ?2", id, owner));
    LARES_CHECK(tx.run("UPDATE characters SET avatar_sha256 = '', updated = ?3 WHERE id = ?1 AND owner = ?2",
                       id, owner, now_ms));
    return {};
}

Result<std::vector<EarlierPicture>> earlier_pictures(db::Reader& reader, OwnerId owner, CharacterId id) {
    return reader.rows<EarlierPicture>(
        "SELECT number, created, sha256 FROM character_pictures WHERE character_id = ?1 AND owner = ?2 "
        "ORDER BY number DESC LIMIT ?3",
        id, owner, static_cast<std::int64_t>(limits::pictures_kept));
}

Result<std::optional<Avatar>> earlier_picture(db::Reader& reader, OwnerId owner, CharacterId id,
                                              std::int64_t number) {
    LARES_TRY(auto row, reader.one<PictureRow>("SELECT 'image/png', sha256, bytes FROM character_pictures "
                                               "WHERE character_id = ?1 AND owner = ?2 AND number = ?3",
                                               id, owner, number));
    if (!row) return std::optional<Avatar>();
    return Avatar{std::move(row->media_type), std::move(row->bytes.bytes), std::move(row->sha256)};
}

Result<std::optional<Avatar>> find_display(db::Reader& reader, CharacterId id, const std::string& sha256) {
    LARES_TRY(auto row, reader.one<PictureRow>("SELECT media_type, sha256, bytes FROM character_displays "
                                               "WHERE character_id = ?1 AND sha256 = ?2",
                                               id, sha256));
    if (!row) return std::optional<Avatar>();
    return Avatar{std::move(row->media_type), std::move(row->bytes.bytes), std::move(row->sha256)};
}

Result<void> put_display(db::Tx& tx, CharacterId id, const Avatar& display) {
    LARES_CHECK(
        tx.run("INSERT INTO character_displays (character_id, sha256, media_type, bytes) "
               "SELECT id, ?2, ?3, ?4 FROM characters WHERE id = ?1 "
               "ON CONFLICT (character_id) DO UPDATE SET sha256 = excluded.sha256, media_type = "
               "excluded.media_type, bytes = excluded.bytes",
               id, display.sha256, display.media_type, db::Blob{display.bytes}));
    return {};
}

Result<Standing> standing(db::Reader& reader, UserId user, CharacterId id) {
    LARES_TRY(const auto own, reader.one<bool>("SELECT owner IS NOT NULL AND owner = ?1 FROM characters "
                                               "WHERE id = ?2 AND (owner = ?1 OR visibility = 'public') "
                                               "AND id NOT IN (SELECT id FROM removed)",
                                               user, id));
    if (!own) return Standing::none;
    return *own ? Standing::owner : Standing::reader;
}

Result<void> erase(db::Tx& tx, OwnerId owner, CharacterId id) {
    LARES_CHECK(tx.run("DELETE FROM characters WHERE id = ?1 AND owner = ?2", id, owner));
    LARES_CHECK(tx.run("DELETE FROM character_files WHERE character_id = ?1 AND owner = ?2", id, owner));
    LARES_CHECK(tx.run("DELETE FROM character_pictures WHERE character_id = ?1 AND owner = ?2", id, owner));
    LARES_CHECK(tx.run("DELETE FROM character_archives WHERE character_id = ?1 AND owner = ?2", id, owner));
    LARES_CHECK(tx.run("DELETE FROM character_versions WHERE character_id = ?1 AND owner = ?2", id, owner));
    LARES_CHECK(tx.run("DELETE FROM active_characters WHERE character_id = ?1", id));
    LARES_CHECK(tx.run("DELETE FROM favourite_characters WHERE character_id = ?1", id));
    LARES_CHECK(tx.run("DELETE FROM character_displays WHERE character_id = ?1", id));
    LARES_CHECK(tx.run("DELETE FROM lorebook_scopes WHERE owner = ?1 AND scope = 'character' AND target = ?2",
                       owner, id.text()));
    return {};
}

Result<bool> set_visibility(db::Tx& tx, OwnerId owner, CharacterId id, Visibility visibility,
                            std::int64_t now_ms) {
    LARES_TRY(const auto changed,
              tx.run("UPDATE characters SET visibility = ?3, updated = ?4 WHERE id = ?1 AND owner = ?2 "
                     "AND id NOT IN (SELECT id FROM removed)",
                     id, owner, to_text(visibility), now_ms));
    return changed > 0;
}

Result<void> insert_archive(db::Tx& tx, CharacterId id, OwnerId owner, const db::Blob& bytes) {
    LARES_CHECK(tx.run("INSERT INTO character_archives (character_id, owner, bytes) VALUES (?1, ?2, ?3)", id,
                       owner, bytes));
    return {};
}

Result<std::optional<std::string>> find_archive(db::Reader& reader, UserId user, CharacterId id) {
    LARES_TRY(auto bytes,
              reader.one<db::Blob>("SELECT f.bytes FROM character_archives f "
                                   "JOIN characters c ON c.id = f.character_id "
                                   "WHERE c.id = ?2 AND (c.owner = ?1 OR c.visibility = 'public') "
                                   "AND c.id NOT IN (SELECT id FROM removed)",
                                   user, id));
    if (!bytes) return std::optional<std::string>();
    return std::optional(std::move(bytes->bytes));
}

Result<void> copy_files(db::Tx& tx, UserId user, CharacterId from, CharacterId to) {
    LARES_CHECK(
        tx.run("INSERT INTO character_files (character_id, owner, media_type, sha256, bytes) "
               "SELECT ?3, ?1, f.media_type, f.sha256, f.bytes FROM character_files f "
               "JOIN characters c ON c.id = f.character_id "
               "WHERE c.id = ?2 AND (c.owner = ?1 OR c.visibility = 'public') "
               "AND c.id NOT IN (SELECT id FROM removed)",
               user, from, to));
    LARES_CHECK(
        tx.run("INSERT INTO character_archives (character_id, owner, bytes) "
               "SELECT ?3, ?1, f.bytes FROM character_archives f "
               "JOIN characters c ON c.id = f.character_id "
               "WHERE c.id = ?2 AND (c.owner = ?1 OR c.visibility = 'public') "
               "AND c.id NOT IN (SELECT id FROM removed)",
               user, from, to));
    return {};
}

Result<std::optional<std::int64_t>> replace(db::Tx& tx, OwnerId owner, CharacterId id, std::int64_t seen,
                                            const Card& card, std::int64_t now_ms) {
    LARES_TRY(
        const auto present,
        tx.one<PresentRow>("SELECT version, name, updated, card FROM characters WHERE id = ?1 AND owner = ?2 "
                           "AND version = ?3 AND id NOT IN (SELECT id FROM removed)",
                           id, owner, seen));
    if (!present) return std::optional<std::int64_t>();
    if (present->card == card.original) return std::optional(present->version);
    LARES_CHECK(
        tx.run("INSERT INTO character_versions (character_id, version, owner, name, created, card) "
               "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
               id, present->version, owner, present->name, present->updated, present->card));
    LARES_CHECK(
        tx.run("DELETE FROM character_versions WHERE character_id = ?1 AND owner = ?2 AND version <= ?3", id,
               owner, present->version - static_cast<std::int64_t>(limits::versions_kept)));
    LARES_CHECK(
        tx.run("UPDATE characters SET version = ?3, name = ?4, tagline = ?5, tags = ?6, creator = ?7, "
               "updated = ?8, card = ?9 WHERE id = ?1 AND owner = ?2",
               id, owner, present->version + 1, card.name, tagline_of(card), tags_of(card), card.creator,
               now_ms, card.original));
    return std::optional(present->version + 1);
}

Result<std::vector<Version>> versions(db::Reader& reader, OwnerId owner, CharacterId id) {
    LARES_TRY(
        auto rows,
        reader.rows<VersionRow>(
            "SELECT version, name, updated FROM characters WHERE id = ?1 AND owner = ?2 AND "
            "?1 NOT IN (SELECT id FROM removed) UNION ALL "
            "SELECT version, name, created FROM character_versions WHERE character_id = ?1 AND owner = ?2 "
            "AND ?1 NOT IN (SELECT id FROM removed) ORDER BY 1 DESC",
            id, owner));
    std::vector<Version> out;
    for (auto& row : rows) out.push_back({row.version, std::move(row.name), row.created});
    return out;
}

Result<std::optional<std::string>> find_version(db::Reader& reader, OwnerId owner, CharacterId id,
                                                std::int64_t version) {
    return reader.one<std::string>(
        "SELECT card FROM characters WHERE id = ?1 AND owner = ?2 AND version = ?3 "
        "AND ?1 NOT IN (SELECT id FROM removed) UNION ALL "
        "SELECT card FROM character_versions WHERE character_id = ?1 AND owner = ?2 AND version = ?3 "
        "AND ?1 NOT IN (SELECT id FROM removed)",
        id, owner, version);
}

Result<void> activate(db::Tx& tx, UserId user, CharacterId id) {
    LARES_CHECK(
        tx.run("INSERT INTO active_characters (owner, character_id) VALUES (?1, ?2) "
               "ON CONFLICT (owner) DO UPDATE SET character_id = excluded.character_id",
               user, id));
    return {};
}

Result<void> set_favourite(db::Tx& tx, UserId user, CharacterId id, bool favourite) {
    if (!favourite) {
        LARES_CHECK(
            tx.run("DELETE FROM favourite_characters WHERE owner = ?1 AND character_id = ?2", user, id));
        return {};
    }
    LARES_CHECK(
        tx.run("INSERT INTO favourite_characters (owner, character_id) VALUES (?1, ?2) "
               "ON CONFLICT DO NOTHING",
               user, id));
    return {};
}

Result<std::int64_t> favourites_of(db::Reader& reader, UserId user) {
    LARES_TRY(const auto count,
              reader.one<std::int64_t>("SELECT count(*) FROM favourite_characters WHERE owner = ?1 "
                                       "AND character_id NOT IN (SELECT id FROM removed)",
                                       user));
    return count.value_or(0);
}

Result<std::optional<CharacterId>> active(db::Reader& reader, UserId user) {
    return reader.one<CharacterId>(
        "SELECT a.character_id FROM active_characters a JOIN characters c ON c.id = a.character_id "
        "WHERE a.owner = ?1 AND (c.owner = ?1 OR c.visibility = 'public') "
        "AND c.id NOT IN (SELECT id FROM removed)",
        user);
}

}  // namespace lares::character::store
