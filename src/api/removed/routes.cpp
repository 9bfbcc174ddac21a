#include "api/removed/routes.h"

#include <algorithm>
#include <charconv>
#include <functional>

#include "api/access.h"
#include "api/caller.h"
#include "base/optional.h"

namespace lares::api {
namespace {

using character::RemovedKind;
using character::RemovedPlace;
using character::RemovedThing;

std::string to_cursor(const RemovedPlace& place) {
    return std::to_string(place.at_ms) + '.' + place.id.text() + '.' + std::to_string(place.uid);
}

std::optional<std::int64_t> to_number(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<RemovedPlace> to_place(std::string_view cursor) {
    const auto first = cursor.find('.'), last = cursor.rfind('.');
    if (first == last) return std::nullopt;
    const auto at = to_number(cursor.substr(0, first)), uid = to_number(cursor.substr(last + 1));
    const auto id = Uuid::parse(cursor.substr(first + 1, last - first - 1));
    if (!at || !uid || !id) return std::nullopt;
    return RemovedPlace{*at, *id, *uid};
}

RemovedItem to_wire(RemovedThing thing) {
    RemovedItem item{.kind = thing.kind,
                     .id = thing.place.id.text(),
                     .uid = {},
                     .name = std::move(thing.name),
                     .lorebook = unless_empty(std::move(thing.lorebook)),
                     .character_id = thing.character,
                     .deleted = thing.place.at_ms,
                     .erased = {}};
    if (thing.kind == RemovedKind::entry)
        item.uid = thing.place.uid;
    else
        item.erased = thing.place.at_ms + character::limits::restore_ms;
    return item;
}

}  // namespace

void RemovedRoutes::add_to(http::Routes& routes) {
    routes.push_back(http::route<&RemovedRoutes::list>(
        http::Row{.method = http::Method::get,
                  .path = "/api/v1/removed",
                  // What was deleted is named here, of characters and of chats: a key needs both.
                  .access = person(auth::Scope::characters | auth::Scope::chat),
                  .weight = 2,
                  .summary = "What you deleted and can bring back by its own `restore`, the last first.",
                  .tag = "removed"},
        *this));
}

Task<Result<RemovedList>> RemovedRoutes::list(http::Call& call, RemovedListQuery query) {
    const auto user = user_of(call);
    const auto limit = static_cast<std::size_t>(query.limit.value_or(50));
    character::RemovedQuery wanted{query.kind, {}, limit + 1, to_.clock.unix_ms()};
    if (query.after) {
        wanted.before = to_place(*query.after);
        if (!wanted.before) co_return invalid_field("after", "must be the `next` of an earlier page");
    }
    std::vector<RemovedThing> all;
    if (query.kind != RemovedKind::conversation) {
        LARES_CO_TRY(all, co_await character::list_removed(to_.database, user, wanted));
    }
    if (query.kind.value_or(RemovedKind::conversation) == RemovedKind::conversation) {
        LARES_CO_TRY(auto chats, co_await to_.chats.removed(user, wanted));
        std::ranges::move(chats, std::back_inserter(all));
        std::ranges::sort(all, std::greater(), &RemovedThing::place);
    }
    RemovedList out;
    if (all.size() > limit) {
        all.resize(limit);
        out.next = to_cursor(all.back().place);
    }
    for (auto& thing : all) out.items.push_back(to_wire(std::move(thing)));
    co_return out;
}

}  // namespace lares::api
