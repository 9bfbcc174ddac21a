#pragma once
// What a person deleted and can bring back for a while: companions, lorebooks and personas. A row in
// `removed` hides it: every query says `id NOT IN (SELECT id FROM removed)`. Its own rows stay as they are.
// (A column would stand behind the card, and what reads no card would read through all of it.)
#include <cstdint>
#include <optional>
#include <string_view>

#include "async/task.h"
#include "base/id.h"
#include "base/result.h"
#include "character/model.h"
#include "db/database.h"

namespace lares::character::removed {

struct Row {
    OwnerId owner;
    Uuid id;
};

// Erases it with all that hangs on it.
template <class IdType>
using Erase = Result<void> (*)(db::Tx& tx, OwnerId owner, IdType id);

Result<bool> holds(db::Reader& reader, std::string_view kind, Row row);
Result<void> put(db::Tx& tx, std::string_view kind, Row row, std::int64_t now_ms);
Result<void> take(db::Tx& tx, std::string_view kind, Row row);
// The one that was removed before the last `most` of a person.
Result<std::optional<Row>> beyond(db::Reader& reader, std::string_view kind, OwnerId owner, std::size_t most);
Result<std::optional<Row>> oldest(db::Reader& reader, std::string_view kind, std::int64_t until_ms);

// Of a person no more are kept than `most`: the one that was removed first is erased.
template <class IdType>
Result<void> hide(db::Tx& tx, OwnerId owner, IdType id, std::int64_t now_ms, std::size_t most,
                  Erase<IdType> erase) {
    LARES_CHECK(put(tx, IdType::kind, {owner, id.value}, now_ms));
    LARES_TRY(const auto first, beyond(tx, IdType::kind, owner, most));
    if (!first) return {};
    LARES_CHECK(erase(tx, owner, IdType{first->id}));
    return take(tx, IdType::kind, *first);
}

// Before its time. conflict "not-deleted" where it was not removed.
template <class IdType>
Result<void> erase_now(db::Tx& tx, OwnerId owner, IdType id, Erase<IdType> erase) {
    LARES_TRY(const bool is_removed, holds(tx, IdType::kind, {owner, id.value}));
    if (!is_removed) return fail(Code::conflict, "not-deleted", "It is not deleted. Delete it first.");
    LARES_CHECK(erase(tx, owner, id));
    return take(tx, IdType::kind, {owner, id.value});
}

// Those that were removed limits::restore_ms ago; each in a transaction of its own, so that nobody waits.
template <class IdType>
Task<Result<void>> erase_old(db::Database& database, std::int64_t now_ms, Erase<IdType> erase) {
    for (bool more = true; more;) {
        auto write = [until = now_ms - limits::restore_ms, erase](db::Tx& tx) -> Result<bool> {
            LARES_TRY(const auto old, oldest(tx, IdType::kind, until));
            if (!old) return false;
            LARES_CHECK(erase(tx, old->owner, IdType{old->id}));
            LARES_CHECK(take(tx, IdType::kind, *old));
            return true;
        };
        LARES_CO_TRY(more, co_await database.write(std::move(write)));
    }
    co_return Result<void>();
}

}  // namespace lares::character::removed
