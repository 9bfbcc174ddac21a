#include "api/lorebook/own_book.h"

#include <algorithm>

#include "api/access.h"
#include "api/caller.h"
#include "api/lorebook/convert.h"
#include "base/text.h"

namespace lares::api {
namespace {

http::Row row(http::Method method, std::string_view path, std::string_view summary, unsigned success = 200) {
    return {.method = method,
            .path = path,
            .access = person(auth::Scope::characters),
            .touches = {touch<character::CharacterId>(Relation::owner)},
            .success = success,
            .summary = summary,
            .tag = "characters",
            .errors = {Code::forbidden}};
}

http::Row writing(http::Row made) {
    made.weight = 5;
    made.body_cap = 4 * 1024 * 1024;
    made.errors = {Code::forbidden, Code::conflict, Code::too_large, Code::storage_full};
    return made;
}

OwnBookItem to_wire(const character::Service::BookOf& found) {
    const auto& head = found.book.head;
    return {found.character.id,
            found.character.card.name,
            head.name,
            head.description,
            head.scan_depth,
            head.token_budget,
            head.recursive,
            static_cast<std::int64_t>(found.book.entries.size()),
            found.character.version,
            found.character.updated_ms};
}

bool has_words(const EntryItem& entry, const std::string& words) {
    const auto holds = [&](const std::string& text) {
        return to_lower_ascii(text).find(words) != std::string::npos;
    };
    return holds(entry.comment) || holds(entry.content) || std::ranges::any_of(entry.keys, holds) ||
           std::ranges::any_of(entry.secondary_keys, holds);
}

character::BookChange of_entry(std::optional<std::int64_t> uid, std::optional<character::LoreEntry> entry) {
    character::BookChange change;
    change.entry = character::EntryChange{uid, std::move(entry)};
    return change;
}

}  // namespace

void OwnBookRoutes::add_to(http::Routes& routes) {
    using http::route;
    using M = http::Method;
    routes.push_back(route<&OwnBookRoutes::get>(
        row(M::get, "/api/v1/characters/{character_id}/lorebook", "The lorebook within its card."), *this));
    routes.push_back(route<&OwnBookRoutes::change>(
        writing(row(M::patch, "/api/v1/characters/{character_id}/lorebook",
                    "Change the name or the settings of the lorebook within its card.")),
        *this));
    routes.push_back(route<&OwnBookRoutes::remove>(
        writing(row(M::remove, "/api/v1/characters/{character_id}/lorebook",
                    "Take the lorebook out of its card; the card before is kept.", 204)),
        *this));
    routes.push_back(route<&OwnBookRoutes::entries>(
        row(M::get, "/api/v1/characters/{character_id}/lorebook/entries", "Its entries, page by page."),
        *this));
    routes.push_back(route<&OwnBookRoutes::add_entry>(
        writing(row(M::post, "/api/v1/characters/{character_id}/lorebook/entries",
                    "Add an entry to the lorebook within its card.", 201)),
        *this));
    routes.push_back(route<&OwnBookRoutes::put_entry>(
        writing(row(M::put, "/api/v1/characters/{character_id}/lorebook/entries/{uid}",
                    "Put all of an entry in its place; one that is not there is made.")),
        *this));
    routes.push_back(route<&OwnBookRoutes::remove_entry>(
        writing(row(M::remove, "/api/v1/characters/{character_id}/lorebook/entries/{uid}", "Delete an entry.",
                    204)),
        *this));
    routes.push_back(route<&OwnBookRoutes::restore_entry>(
        writing(row(M::post, "/api/v1/characters/{character_id}/lorebook/entries/{uid}/restore",
                    "Bring a deleted entry back as it was, out of the last versions of the card.")),
        *this));
    routes.push_back(route<&OwnBookRoutes::export_book>(
        row(M::get, "/api/v1/characters/{character_id}/lorebook/export",
            "The book as a file: SillyTavern's world info or a V3 lorebook."),
        *this));
}

Task<Result<OwnBookItem>> OwnBookRoutes::get(http::Call& call, OwnBookPath path) {
    LARES_CO_TRY(const auto found, co_await characters_.book(user_of(call), path.character_id));
    co_return to_wire(found);
}

Task<Result<OwnBookItem>> OwnBookRoutes::change(http::Call& call, OwnBookChange change) {
    character::HeadChange head{std::move(change.name), std::move(change.description), change.scan_depth,
                               change.token_budget, change.recursive};
    LARES_CO_TRY(const auto stored, co_await characters_.change_book_head(user_of(call), change.character_id,
                                                                          std::move(head), change.version));
    co_return to_wire(stored);
}

Task<Result<void>> OwnBookRoutes::remove(http::Call& call, OwnBookPath path) {
    character::BookChange change;
    change.remove_book = true;
    LARES_CO_CHECK(
        co_await characters_.change_book(user_of(call), path.character_id, std::move(change), std::nullopt));
    co_return Result<void>{};
}

Task<Result<EntryList>> OwnBookRoutes::entries(http::Call& call, OwnEntriesQuery query) {
    LARES_CO_TRY(const auto found, co_await characters_.book(user_of(call), query.character_id));
    const auto limit = query.limit.value_or(static_cast<std::int64_t>(character::limits::entries_page));
    const std::string words = to_lower_ascii(trim(query.q.value_or("")));
    EntryList out;
    for (const auto& stored : found.book.entries) {
        if (query.cursor && stored.uid <= *query.cursor) continue;
        auto entry = to_wire(stored);
        if (!words.empty() && !has_words(entry, words)) continue;
        if (static_cast<std::int64_t>(out.items.size()) == limit) {
            out.next = out.items.back().uid;
            break;
        }
        out.items.push_back(std::move(entry));
    }
    co_return out;
}

Task<Result<EntryStored>> OwnBookRoutes::add_entry(http::Call& call, OwnEntryPost body) {
    LARES_CO_TRY(auto made,
                 co_await characters_.change_book(user_of(call), body.character_id,
                                                  of_entry(std::nullopt, to_entry(body, 0)), std::nullopt));
    co_return EntryStored{to_wire(made.entry.value()), made.version};
}

Task<Result<EntryStored>> OwnBookRoutes::put_entry(http::Call& call, OwnEntryPut body) {
    LARES_CO_TRY(const auto uid, uid_of(body.uid));
    LARES_CO_TRY(auto stored,
                 co_await characters_.change_book(user_of(call), body.character_id,
                                                  of_entry(uid, to_entry(body, uid)), body.version));
    if (stored.is_new) call.set_status(201);
    co_return EntryStored{to_wire(stored.entry.value()), stored.version};
}

Task<Result<void>> OwnBookRoutes::remove_entry(http::Call& call, OwnEntryPath path) {
    LARES_CO_CHECK(co_await characters_.change_book(user_of(call), path.character_id,
                                                    of_entry(path.uid, std::nullopt), std::nullopt));
    co_return Result<void>{};
}

Task<Result<EntryStored>> OwnBookRoutes::restore_entry(http::Call& call, OwnEntryPath path) {
    LARES_CO_TRY(const auto stored,
                 co_await characters_.restore_entry(user_of(call), path.character_id, path.uid));
    co_return EntryStored{to_wire(stored.entry.value()), stored.version};
}

Task<Result<http::Bytes>> OwnBookRoutes::export_book(http::Call& call, OwnBookExportQuery query) {
    LARES_CO_TRY(auto found, co_await characters_.book(user_of(call), query.character_id));
    auto& head = found.book.head;
    if (head.name.empty()) head.name = found.character.card.name;
    const auto form = query.form.value_or(BookFormBody::sillytavern) == BookFormBody::v3
                          ? character::BookForm::v3
                          : character::BookForm::world;
    auto file = character::book_file(head, found.book.entries, form);
    co_return http::Bytes{std::move(file.json), "application/json", std::move(file.name)};
}

}  // namespace lares::api
