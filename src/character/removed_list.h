#pragma once
// What a person deleted and can bring back, as a list of it, newest first. Conversations are chat's: it
// answers the same rows, so that one list holds all.
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/enum.hpp>

#include "async/task.h"
#include "base/id.h"
#include "base/result.h"
#include "character/model.h"
#include "db/database.h"

namespace lares::character {

enum class RemovedKind : std::uint8_t { character, lorebook, entry, persona, conversation };
BOOST_DESCRIBE_ENUM(RemovedKind, character, lorebook, entry, persona, conversation)

// Where it stands in the list. Of an entry: the id of its lorebook, and its number there.
struct RemovedPlace {
    std::int64_t at_ms = 0;
    Uuid id;
    std::int64_t uid = 0;
    auto operator<=>(const RemovedPlace&) const = default;
};

struct RemovedThing {
    RemovedKind kind = RemovedKind::character;
    RemovedPlace place;
    std::string name;                           // of an entry: its title, else its first key; may be empty
    std::string lorebook = {};                  // of an entry: the name of its lorebook
    std::optional<CharacterId> character = {};  // of a conversation: whom it is with
};

struct RemovedQuery {
    std::optional<RemovedKind> kind;     // only these
    std::optional<RemovedPlace> before;  // the last of the page before
    std::size_t limit = 0;
    std::int64_t now_ms = 0;
};

// All but conversations. An entry goes with the versions of its lorebook and not by time: those are told that
// were deleted in the last limits::restore_ms.
Task<Result<std::vector<RemovedThing>>> list_removed(db::Database& database, OwnerId owner,
                                                     RemovedQuery query);

}  // namespace lares::character
