#pragma once
// Personas: who a person is towards their companions. One may be the default. Another's persona and one that
// does not exist give the same error: not_found "persona-not-found".
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/enum.hpp>

#include "async/clock.h"
#include "async/pool.h"
#include "async/task.h"
#include "base/id.h"
#include "base/result.h"
#include "character/lorebooks.h"
#include "character/model.h"
#include "character/persona_id.h"
#include "db/database.h"

namespace lares::character {

// Where its description stands: in the prompt, above or below the author's note, in the chat, nowhere.
enum class PersonaPlace : std::uint8_t { in_prompt, top_an, bottom_an, at_depth, none };
BOOST_DESCRIBE_ENUM(PersonaPlace, in_prompt, top_an, bottom_an, at_depth, none)
enum class PersonaRole : std::uint8_t { system, user, assistant };  // with at_depth
BOOST_DESCRIBE_ENUM(PersonaRole, system, user, assistant)

namespace limits {
inline constexpr std::size_t personas_per_owner = 1'000;
inline constexpr std::size_t persona_code_points = 100'000;
inline constexpr std::size_t persona_avatar_bytes = 5 * 1024 * 1024;
}  // namespace limits

struct PersonaFields {
    std::string name;  // {{user}}
    std::string description;
    PersonaPlace position = PersonaPlace::in_prompt;
    std::int64_t depth = 2;
    PersonaRole role = PersonaRole::system;
    std::optional<LorebookId> lorebook_id;  // wakes in chats with this persona
    bool is_default = false;
};

struct Persona : PersonaFields {
    PersonaId id;
    std::string avatar_sha256;  // hex; empty: no picture
    std::int64_t created_ms = 0, updated_ms = 0;
};

struct PersonaImport {
    std::vector<Persona> made;
    std::vector<std::string> skipped;  // why, each
};

class Personas {
public:
    // All outlive it.
    Personas(db::Database& database, async::Pool& compute, async::Clock& clock, IdSource& ids);

    // By name.
    Task<Result<std::vector<Persona>>> list(OwnerId owner);
    Task<Result<Persona>> get(OwnerId owner, PersonaId id);
    // The one that chats without a choice have; none: nobody was made so.
    Task<Result<std::optional<Persona>>> find_default(OwnerId owner);
    // Errors: invalid_field; conflict "too-many-personas"; not_found "lorebook-not-found".
    Task<Result<Persona>> create(OwnerId owner, PersonaFields fields);
    Task<Result<Persona>> replace(OwnerId owner, PersonaId id, PersonaFields fields);
    // It is gone from everywhere, and can be restored for limits::restore_ms.
    Task<Result<void>> remove(OwnerId owner, PersonaId id);
    // As it was, with all that named it; no default where another became it. conflict "too-many-personas".
    Task<Result<Persona>> restore(OwnerId owner, PersonaId id);
    Task<Result<bool>> restorable(OwnerId owner, PersonaId id);  // it is removed
    // What was removed, at once and for good. conflict "not-deleted".
    Task<Result<void>> erase_removed(OwnerId owner, PersonaId id);
    // Erases what was removed limits::restore_ms ago.
    Task<Result<void>> erase_old();

    // SillyTavern's backup of personas. A person's own are kept; its default becomes the default when there
    // is none. Lorebooks are linked by name. Error: bad_request "invalid-personas".
    Task<Result<PersonaImport>> import_backup(OwnerId owner, std::string json);

    // A PNG image. Errors: those of png.h.
    Task<Result<Persona>> set_avatar(OwnerId owner, PersonaId id, std::string png);
    Task<Result<void>> remove_avatar(OwnerId owner, PersonaId id);
    Task<Result<Avatar>> avatar(OwnerId owner, PersonaId id);  // also not_found "avatar-not-found"

private:
    db::Database& database_;
    async::Pool& compute_;
    async::Clock& clock_;
    IdSource& ids_;
};

// The personas of a backup with the name of each one's lorebook. Pure.
struct BackupPersona {
    PersonaFields fields;
    std::string lorebook;
};
Result<std::vector<BackupPersona>> read_persona_backup(std::string_view json,
                                                       std::vector<std::string>& skipped);

}  // namespace lares::character
