#include "character/personas.h"

#include "base/text.h"
#include "character/removed.h"
#include "db/digest.h"
#include "media/image.h"

namespace lares::character {

namespace {

struct PersonaRow {
    PersonaId id;
    std::string name, description;
    PersonaPlace position = PersonaPlace::in_prompt;
    std::int64_t depth = 2;
    PersonaRole role = PersonaRole::system;
    std::optional<LorebookId> lorebook_id;
    bool is_default = false;
    std::string avatar_sha256;
    std::int64_t created = 0, updated = 0;
};

tl::unexpected<Error> not_found() {
    return fail(Code::not_found, "persona-not-found", "There is no such persona.");
}

Persona to_persona(PersonaRow row) {
    Persona out;
    out.id = row.id;
    out.name = std::move(row.name);
    out.description = std::move(row.description);
    out.position = row.position;
    out.depth = row.depth;
    out.role = row.role;
    out.lorebook_id = row.lorebook_id;
    out.is_default = row.is_default;
    out.avatar_sha256 = std::move(row.avatar_sha256);
    out.created_ms = row.created;
    out.updated_ms = row.updated;
    return out;
}

Result<void> check(const PersonaFields& fields) {
    if (trim(fields.name).empty()) return invalid_field("name", "must not be empty");
    if (count_code_points(fields.name) > limits::name_code_points)
        return invalid_field("name", "must have at most 200 characters");
    for (const char c : fields.name) {
        if (static_cast<unsigned char>(c) < 0x20)
            return invalid_field("name", "must not hold control characters");
    }
    if (count_code_points(fields.description) > limits::persona_code_points)
        return invalid_field("description", "must have at most 100000 characters");
    return {};
}

// A lorebook that is removed is not told of.
Result<std::optional<Persona>> find(db::Reader& reader, OwnerId owner, PersonaId id) {
    LARES_TRY(
        auto row,
        reader.one<PersonaRow>(
            "SELECT id, name, description, position, depth, role, CASE WHEN lorebook_id NOT IN (SELECT id "
            "FROM removed) THEN lorebook_id END, is_default, avatar_sha256, created, updated FROM personas "
            "WHERE id = ?1 AND owner = ?2 AND id NOT IN (SELECT id FROM removed)",
            id, owner));
    if (!row) return std::optional<Persona>();
    return std::optional(to_persona(std::move(*row)));
}

Result<Persona> need(db::Reader& reader, OwnerId owner, PersonaId id) {
    LARES_TRY(auto found, find(reader, owner, id));
    if (!found) return not_found();
    return std::move(*found);
}

Result<void> check_book(db::Reader& reader, OwnerId owner, std::optional<LorebookId> book) {
    if (!book) return {};
    LARES_TRY(const auto found, reader.one<std::int64_t>("SELECT 1 FROM lorebooks WHERE id = ?1 AND owner = "
                                                         "?2 AND id NOT IN (SELECT id FROM removed)",
                                                         *book, owner));
    if (!found) return fail(Code::not_found, "lorebook-not-found", "There is no such lorebook.");
    return {};
}

Result<void> only_default(db::Tx& tx, OwnerId owner, PersonaId id) {
    LARES_CHECK(tx.run("UPDATE personas SET is_default = 0 WHERE owner = ?1 AND id <> ?2 AND is_default <> 0",
                       owner, id));
    return {};
}

Result<std::int64_t> count_of(db::Reader& reader, OwnerId owner) {
    LARES_TRY(const auto count,
              reader.one<std::int64_t>("SELECT COUNT(*) FROM personas WHERE owner = ?1 AND id NOT IN "
                                       "(SELECT id FROM removed)",
                                       owner));
    return count.value_or(0);
}

Result<void> check_count(db::Reader& reader, OwnerId owner) {
    LARES_TRY(const auto count, count_of(reader, owner));
    if (static_cast<std::size_t>(count) < limits::personas_per_owner) return {};
    return fail(Code::conflict, "too-many-personas",
                "You have as many personas as this server allows. Delete one first.");
}

Result<void> erase(db::Tx& tx, OwnerId owner, PersonaId id) {
    LARES_CHECK(tx.run("DELETE FROM personas WHERE id = ?1 AND owner = ?2", id, owner));
    LARES_CHECK(tx.run("DELETE FROM persona_files WHERE persona_id = ?1 AND owner = ?2", id, owner));
    LARES_CHECK(tx.run("DELETE FROM lorebook_scopes WHERE owner = ?1 AND scope = 'persona' AND target = ?2",
                       owner, id.text()));
    return {};
}

Result<void> insert(db::Tx& tx, OwnerId owner, PersonaId id, const PersonaFields& fields,
                    std::int64_t now_ms) {
    LARES_CHECK(check_count(tx, owner));
    LARES_CHECK(
        tx.run("INSERT INTO personas (id, owner, name, description, position, depth, role, "
               "lorebook_id, is_default, avatar_sha256, created, updated) "
               "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, '', ?10, ?10)",
               id, owner, trim(fields.name), fields.description, fields.position, fields.depth, fields.role,
               fields.lorebook_id, fields.is_default, now_ms));
    if (fields.is_default) return only_default(tx, owner, id);
    return {};
}

}  // namespace

Personas::Personas(db::Database& database, async::Pool& compute, async::Clock& clock, IdSource& ids)
    : database_(database), compute_(compute), clock_(clock), ids_(ids) {}

Task<Result<std::vector<Persona>>> Personas::list(OwnerId owner) {
    auto query = [owner](db::Reader& reader) -> Result<std::vector<Persona>> {
        LARES_TRY(auto rows,
                  reader.rows<PersonaRow>(
                      "SELECT id, name, description, position, depth, role, CASE WHEN lorebook_id NOT IN "
                      "(SELECT id FROM removed) THEN lorebook_id END, is_default, avatar_sha256, created, "
                      "updated FROM personas WHERE owner = ?1 AND id NOT IN (SELECT id FROM removed) "
                      "ORDER BY name, id",
                      owner));
        std::vector<Persona> out;
        for (auto& row : rows) out.push_back(to_persona(std::move(row)));
        return out;
    };
    co_return co_await database_.read(std::move(query));
}

Task<Result<Persona>> Personas::get(OwnerId owner, PersonaId id) {
    co_return co_await database_.read([owner, id](db::Reader& reader) { return need(reader, owner, id); });
}

Task<Result<std::optional<Persona>>> Personas::find_default(OwnerId owner) {
    auto query = [owner](db::Reader& reader) -> Result<std::optional<Persona>> {
        LARES_TRY(const auto id, reader.one<PersonaId>("SELECT id FROM personas WHERE owner = ?1 AND "
                                                       "is_default <> 0 AND id NOT IN (SELECT id FROM "
                                                       "removed) LIMIT 1",
                                                       owner));
        if (!id) return std::optional<Persona>();
        return find(reader, owner, *id);
    };
    co_return co_await database_.read(std::move(query));
}

Task<Result<Persona>> Personas::create(OwnerId owner, PersonaFields fields) {
    LARES_CO_CHECK(check(fields));
    const std::int64_t now = clock_.unix_ms();
    const auto id = ids_.make<PersonaId>(now);
    auto write = [owner, id, now, fields = std::move(fields)](db::Tx& tx) -> Result<Persona> {
        LARES_CHECK(check_book(tx, owner, fields.lorebook_id));
        LARES_CHECK(insert(tx, owner, id, fields, now));
        return need(tx, owner, id);
    };
    co_return co_await database_.write(std::move(write));
}

Task<Result<Persona>> Personas::replace(OwnerId owner, PersonaId id, PersonaFields fields) {
    LARES_CO_CHECK(check(fields));
    auto write = [owner, id, now = clock_.unix_ms(),
                  fields = std::move(fields)](db::Tx& tx) -> Result<Persona> {
        LARES_CHECK(check_book(tx, owner, fields.lorebook_id));
        // No lorebook in the place of one that is removed: that one comes back with it.
        LARES_TRY(const auto changed,
                  tx.run("UPDATE personas SET name = ?3, description = ?4, position = ?5, depth = ?6, role = "
                         "?7, lorebook_id = CASE WHEN ?8 IS NULL AND lorebook_id IN (SELECT id FROM removed) "
                         "THEN lorebook_id ELSE ?8 END, is_default = ?9, updated = ?10 WHERE id = ?1 AND "
                         "owner = ?2 AND id NOT IN (SELECT id FROM removed)",
                         id, owner, trim(fields.name), fields.description, fields.position, fields.depth,
                         fields.role, fields.lorebook_id, fields.is_default, now));
        if (changed == 0) return not_found();
        if (fields.is_default) LARES_CHECK(only_default(tx, owner, id));
        return need(tx, owner, id);
    };
    co_return co_await database_.write(std::move(write));
}

Task<Result<void>> Personas::remove(OwnerId owner, PersonaId id) {
    auto write = [owner, id, now = clock_.unix_ms()](db::Tx& tx) -> Result<void> {
        LARES_CHECK(need(tx, owner, id));
        return removed::hide(tx, owner, id, now, limits::personas_per_owner, &erase);
    };
    co_return co_await database_.write(std::move(write));
}

Task<Result<Persona>> Personas::restore(OwnerId owner, PersonaId id) {
    auto write = [owner, id](db::Tx& tx) -> Result<Persona> {
        LARES_TRY(const bool is_removed, removed::holds(tx, PersonaId::kind, {owner, id.value}));
        if (is_removed) {
            LARES_CHECK(check_count(tx, owner));
            LARES_CHECK(removed::take(tx, PersonaId::kind, {owner, id.value}));
        }
        return need(tx, owner, id);
    };
    co_return co_await database_.write(std::move(write));
}

Task<Result<bool>> Personas::restorable(OwnerId owner, PersonaId id) {
    co_return co_await database_.read([owner, id](db::Reader& reader) {
        return removed::holds(reader, PersonaId::kind, {owner, id.value});
    });
}

Task<Result<void>> Personas::erase_removed(OwnerId owner, PersonaId id) {
    auto write = [owner, id](db::Tx& tx) { return removed::erase_now(tx, owner, id, &erase); };
    co_return co_await database_.write(std::move(write));
}

Task<Result<void>> Personas::erase_old() {
    co_return co_await removed::erase_old<PersonaId>(database_, clock_.unix_ms(), &erase);
}

Task<Result<PersonaImport>> Personas::import_backup(OwnerId owner, std::string json) {
    PersonaImport out;
    LARES_CO_TRY(auto read, read_persona_backup(json, out.skipped));
    const std::int64_t now = clock_.unix_ms();
    std::vector<PersonaId> ids;
    for (std::size_t i = 0; i < read.size(); ++i) ids.push_back(ids_.make<PersonaId>(now));
    auto write = [owner, now, read = std::move(read), ids = std::move(ids),
                  out = std::move(out)](db::Tx& tx) -> Result<PersonaImport> {
        PersonaImport answer = out;
        LARES_TRY(const auto chosen, tx.one<std::int64_t>("SELECT 1 FROM personas WHERE owner = ?1 AND "
                                                          "is_default <> 0 AND id NOT IN (SELECT id FROM "
                                                          "removed) LIMIT 1",
                                                          owner));
        for (std::size_t i = 0; i < read.size(); ++i) {
            PersonaFields fields = read[i].fields;
            fields.is_default = fields.is_default && !chosen;
            if (!read[i].lorebook.empty()) {
                LARES_TRY(fields.lorebook_id,
                          tx.one<LorebookId>("SELECT id FROM lorebooks WHERE owner = ?1 "
                                             "AND name = ?2 AND id NOT IN (SELECT id FROM "
                                             "removed) ORDER BY id DESC LIMIT 1",
                                             owner, read[i].lorebook));
                if (!fields.lorebook_id)
                    answer.skipped.push_back("\"" + fields.name + "\": there is no lorebook \"" +
                                             read[i].lorebook + "\"; import it and link it");
            }
            LARES_CHECK(insert(tx, owner, ids[i], fields, now));
            LARES_TRY(auto made, need(tx, owner, ids[i]));
            answer.made.push_back(std::move(made));
        }
        return answer;
    };
    co_return co_await database_.write(std::move(write));
}

Task<Result<Persona>> Personas::set_avatar(OwnerId owner, PersonaId id, std::string picture) {
    auto show = [picture = std::move(picture)] { return media::for_display(picture, limits::avatar_side); };
    LARES_CO_TRY(auto image, co_await compute_.run(std::move(show)));
    const std::string sha256 = db::sha256_hex(image.bytes);
    const std::string media_type(media::media_type(image.kind));
    auto write = [owner, id, sha256, media_type, bytes = db::Blob{std::move(image.bytes)},
                  now = clock_.unix_ms()](db::Tx& tx) -> Result<Persona> {
        LARES_CHECK(need(tx, owner, id));
        LARES_CHECK(
            tx.run("UPDATE personas SET avatar_sha256 = ?3, updated = ?4 WHERE id = ?1 AND owner = ?2", id,
                   owner, sha256, now));
        LARES_CHECK(
            tx.run("INSERT INTO persona_files (persona_id, owner, media_type, sha256, bytes) VALUES "
                   "(?1, ?2, ?5, ?3, ?4) ON CONFLICT (persona_id) DO UPDATE SET sha256 = "
                   "excluded.sha256, bytes = excluded.bytes, media_type = excluded.media_type",
                   id, owner, sha256, bytes, media_type));
        return need(tx, owner, id);
    };
    co_return co_await database_.write(std::move(write));
}

Task<Result<void>> Personas::remove_avatar(OwnerId owner, PersonaId id) {
    auto write = [owner, id, now = clock_.unix_ms()](db::Tx& tx) -> Result<void> {
        LARES_CHECK(need(tx, owner, id));
        LARES_CHECK(
            tx.run("UPDATE personas SET avatar_sha256 = '', updated = ?3 WHERE id = ?1 AND owner = ?2", id,
                   owner, now));
        LARES_CHECK(tx.run("DELETE FROM persona_files WHERE persona_id = ?1 AND owner = ?2", id, owner));
        return {};
    };
    co_return co_await database_.write(std::move(write));
}

Task<Result<Avatar>> Personas::avatar(OwnerId owner, PersonaId id) {
    auto query = [owner, id](db::Reader& reader) -> Result<Avatar> {
        LARES_CHECK(need(reader, owner, id));
        using File = std::tuple<std::string, std::string, db::Blob>;
        LARES_TRY(auto file, reader.one<File>("SELECT media_type, sha256, bytes FROM persona_files WHERE "
                                              "persona_id = ?1 AND owner = ?2",
                                              id, owner));
        if (!file) return fail(Code::not_found, "avatar-not-found", "This persona has no picture.");
        auto& [media_type, sha256, bytes] = *file;
        return Avatar{std::move(media_type), std::move(bytes.bytes), std::move(sha256)};
    };
    co_return co_await database_.read(std::move(query));
}

}  // namespace lares::character
