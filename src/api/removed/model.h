#pragma once
// The list of what a person deleted, as it stands on the wire.
#include <array>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>

#include "character/removed_list.h"
#include "json/json.h"

namespace lares::api {

struct RemovedItem {
    character::RemovedKind kind = character::RemovedKind::character;
    std::string id;                       // of an entry: of its lorebook
    std::optional<std::int64_t> uid;      // of an entry
    std::string name;                     // of a conversation: its title; of an entry it may be empty
    std::optional<std::string> lorebook;  // of an entry: the name of its lorebook
    std::optional<character::CharacterId> character_id;  // of a conversation: whom it is with
    std::int64_t deleted = 0;                            // UTC ms
    std::optional<std::int64_t> erased;  // from then on it cannot be restored; absent: as versions are kept
};
BOOST_DESCRIBE_STRUCT(RemovedItem, (), (kind, id, uid, name, lorebook, character_id, deleted, erased))

struct RemovedList {
    std::vector<RemovedItem> items;   // what was deleted last first
    std::optional<std::string> next;  // the `after` of the next page
};
BOOST_DESCRIBE_STRUCT(RemovedList, (), (items, next))

struct RemovedListQuery {
    std::optional<character::RemovedKind> kind;
    std::optional<std::string> after;
    std::optional<std::int64_t> limit;
};
BOOST_DESCRIBE_STRUCT(RemovedListQuery, (), (kind, after, limit))
constexpr auto json_rules(const RemovedListQuery*) {
    return std::array{json::length("after", 1, 80),
                      json::range("limit", 1, static_cast<double>(character::limits::page_max))};
}

}  // namespace lares::api
