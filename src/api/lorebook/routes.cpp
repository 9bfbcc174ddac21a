#include "api/lorebook/routes.h"

#include "api/access.h"
#include "api/caller.h"
#include "api/lorebook/convert.h"
#include "api/lorebook/test.h"
#include "async/task.h"

namespace lares::api {
namespace {

using character::LorebookId;

http::Row row(http::Method method, std::string_view path, std::string_view summary, unsigned success = 200) {
    return {.method = method,
            .path = path,
            .access = person(auth::Scope::characters),
            .success = success,
            .summary = summary,
            .tag = "lorebooks"};
}

http::Row on_one(http::Method method, std::string_view path, std::string_view summary,
                 unsigned success = 200) {
    auto made = row(method, path, summary, success);
    made.touches = {touch<LorebookId>(Relation::owner)};
    return made;
}

// A whole book as body.
http::Row with_book(http::Row made) {
    made.touches.push_back(touch<character::CharacterId>(Relation::viewer));
    made.touches.push_back(touch<character::PersonaId>(Relation::owner));
    made.touches.push_back(touch<chat::ConversationId>(Relation::owner));
    made.weight = 5;
    made.body_cap = character::limits::lorebook_bytes;
    made.errors = {Code::not_found, Code::conflict, Code::too_large, Code::storage_full};
    return made;
}

http::Row with_entry(http::Row made) {
    made.body_cap = 4 * 1024 * 1024;
    made.errors = {Code::conflict, Code::too_large, Code::storage_full};
    return made;
}

}  // namespace

void LorebookRoutes::add_to(http::Routes& routes) {
    using http::route;
    using M = http::Method;
    routes.push_back(route<&LorebookRoutes::list>(
        on_one(M::get, "/api/v1/lorebooks", "Your lorebooks, newest first."), *this));
    routes.push_back(route<&LorebookRoutes::create>(
        with_book(row(M::post, "/api/v1/lorebooks", "Make a lorebook.", 201)), *this));
    auto import = row(M::post, "/api/v1/lorebooks/import",
                      "Import a lorebook file: SillyTavern's world info, a V3 lorebook, Agnai's, RisuAI's or "
                      "NovelAI's.",
                      201);
    import.weight = 5;
    import.body_cap = character::limits::lorebook_bytes;
    import.errors = {Code::conflict, Code::too_large, Code::storage_full};
    routes.push_back(route<&LorebookRoutes::import_book>(import, *this));
    auto test = row(M::post, "/api/v1/lorebooks/test",
                    "Which entries a text would wake, why, and which nearly did. Nothing is stored.");
    test.touches = {touch<LorebookId>(Relation::owner), touch<character::CharacterId>(Relation::viewer),
                    touch<chat::ConversationId>(Relation::owner)};
    test.weight = 5;
    test.body_cap = character::limits::lorebook_bytes;
    test.errors = {Code::not_found, Code::too_large, Code::unavailable};
    routes.push_back(route<&LorebookRoutes::test>(test, *this));
    routes.push_back(route<&LorebookRoutes::get>(
        on_one(M::get, "/api/v1/lorebooks/{lorebook_id}", "One lorebook and its first entries."), *this));
    routes.push_back(route<&LorebookRoutes::replace>(
        with_book(on_one(M::put, "/api/v1/lorebooks/{lorebook_id}", "Put all of it in its place.")), *this));
    routes.push_back(
        route<&LorebookRoutes::change>(with_book(on_one(M::patch, "/api/v1/lorebooks/{lorebook_id}",
                                                        "Change its name, its settings or where it wakes.")),
                                       *this));
    routes.push_back(
        route<&LorebookRoutes::remove>(on_one(M::remove, "/api/v1/lorebooks/{lorebook_id}",
                                              "Delete a lorebook. It can be restored for 30 days.", 204),
                                       *this));
    auto restore =
        on_one(M::post, "/api/v1/lorebooks/{lorebook_id}/restore", "Bring a deleted lorebook back.");
    restore.touches = {touch<LorebookId>(Relation::restorer)};
    restore.errors = {Code::conflict, Code::storage_full};
    routes.push_back(route<&LorebookRoutes::restore>(restore, *this));
    auto erase = on_one(M::post, "/api/v1/lorebooks/{lorebook_id}/erase",
                        "Erase a deleted lorebook now: it cannot be restored any more.", 204);
    erase.touches = restore.touches;
    erase.errors = {Code::conflict, Code::storage_full};
    routes.push_back(route<&LorebookRoutes::erase>(erase, *this));
    routes.push_back(route<&LorebookRoutes::entries>(
        on_one(M::get, "/api/v1/lorebooks/{lorebook_id}/entries", "Its entries, page by page."), *this));
    routes.push_back(route<&LorebookRoutes::add_entry>(
        with_entry(on_one(M::post, "/api/v1/lorebooks/{lorebook_id}/entries", "Add an entry.", 201)), *this));
    routes.push_back(route<&LorebookRoutes::entry>(
        on_one(M::get, "/api/v1/lorebooks/{lorebook_id}/entries/{uid}", "One entry."), *this));
    routes.push_back(route<&LorebookRoutes::put_entry>(
        with_entry(on_one(M::put, "/api/v1/lorebooks/{lorebook_id}/entries/{uid}",
                          "Put all of an entry in its place; one that is not there is made.")),
        *this));
    routes.push_back(route<&LorebookRoutes::remove_entry>(
        on_one(M::remove, "/api/v1/lorebooks/{lorebook_id}/entries/{uid}",
               "Delete an entry. It can be restored as long as versions are kept.", 204),
        *this));
    auto entry_back = on_one(M::post, "/api/v1/lorebooks/{lorebook_id}/entries/{uid}/restore",
                             "Bring a deleted entry back as it was.");
    entry_back.errors = {Code::conflict, Code::storage_full};
    routes.push_back(route<&LorebookRoutes::restore_entry>(entry_back, *this));
    routes.push_back(route<&LorebookRoutes::versions>(
        on_one(M::get, "/api/v1/lorebooks/{lorebook_id}/versions", "What it was before, newest first."),
        *this));
    auto back = on_one(M::post, "/api/v1/lorebooks/{lorebook_id}/versions/{version}/restore",
                       "Go back to an earlier version; it becomes the newest.");
    back.weight = 5;
    back.errors = {Code::storage_full};
    routes.push_back(route<&LorebookRoutes::restore_version>(back, *this));
    auto file = on_one(M::get, "/api/v1/lorebooks/{lorebook_id}/export",
                       "The book as a file: SillyTavern's world info or a V3 lorebook.");
    file.weight = 5;
    routes.push_back(route<&LorebookRoutes::export_book>(file, *this));
}

Task<Result<LorebookList>> LorebookRoutes::list(http::Call& call, LorebooksQuery query) {
    LARES_CO_TRY(const auto found, co_await books_.list(user_of(call), query.before,
                                                        static_cast<std::size_t>(query.limit.value_or(50))));
    LorebookList out{{}, found.next};
    for (const auto& book : found.items) out.items.push_back(to_wire(book));
    co_return out;
}

Task<Result<LorebookDetail>> LorebookRoutes::get(http::Call& call, LorebookPath path) {
    const auto user = user_of(call);
    LARES_CO_TRY(const auto book, co_await books_.get(user, path.lorebook_id));
    LARES_CO_TRY(const auto page, co_await books_.entries(user, path.lorebook_id, std::nullopt,
                                                          character::limits::entries_page, {}));
    LorebookDetail out{to_wire(book), {}, page.next};
    for (const auto& entry : page.items) out.entries.push_back(to_wire(entry));
    co_return out;
}

Task<Result<LorebookItem>> LorebookRoutes::create(http::Call& call, LorebookBody body) {
    LARES_CO_TRY(auto entries, to_entries(body.entries));
    LARES_CO_TRY(auto places, to_places(body.scopes));
    LARES_CO_TRY(const auto made,
                 co_await books_.create(user_of(call), to_head(body), std::move(entries), std::move(places)));
    co_return to_wire(made);
}

Task<Result<LorebookItem>> LorebookRoutes::replace(http::Call& call, LorebookPut body) {
    const auto user = user_of(call);
    character::Lorebooks::Change change;
    LARES_CO_TRY(change.entries, to_entries(body.entries));
    LARES_CO_TRY(change.places, to_places(body.scopes));
    LARES_CO_TRY(const auto present, co_await books_.get(user, body.lorebook_id));
    change.head = to_head(body);
    change.head->extensions = present.head.extensions;
    change.head->rest = present.head.rest;
    change.expected = body.version;
    LARES_CO_TRY(const auto stored, co_await books_.change(user, body.lorebook_id, std::move(change)));
    co_return to_wire(stored);
}

Task<Result<LorebookItem>> LorebookRoutes::change(http::Call& call, LorebookChange body) {
    const auto user = user_of(call);
    character::Lorebooks::Change change;
    change.expected = body.version;
    if (body.scopes) {
        LARES_CO_TRY(change.places, to_places(*body.scopes));
    }
    LARES_CO_TRY(auto present, co_await books_.get(user, body.lorebook_id));
    auto& head = present.head;
    if (body.name || body.description || body.scan_depth || body.token_budget || body.recursive) {
        if (body.name) head.name = std::move(*body.name);
        if (body.description) head.description = std::move(*body.description);
        if (body.scan_depth) head.scan_depth = body.scan_depth;
        if (body.token_budget) head.token_budget = body.token_budget;
        if (body.recursive) head.recursive = *body.recursive;
        change.head = std::move(head);
        if (!change.expected) change.expected = present.version;  // what was read is what is changed
    }
    LARES_CO_TRY(const auto stored, co_await books_.change(user, body.lorebook_id, std::move(change)));
    co_return to_wire(stored);
}

Task<Result<void>> LorebookRoutes::remove(http::Call& call, LorebookPath path) {
    co_return co_await books_.remove(user_of(call), path.lorebook_id);
}

Task<Result<LorebookItem>> LorebookRoutes::restore(http::Call& call, LorebookPath path) {
    LARES_CO_TRY(const auto book, co_await books_.restore(user_of(call), path.lorebook_id));
    co_return to_wire(book);
}

Task<Result<EntryList>> LorebookRoutes::entries(http::Call& call, EntriesQuery query) {
    LARES_CO_TRY(const auto page,
                 co_await books_.entries(user_of(call), query.lorebook_id, query.cursor,
                                         static_cast<std::size_t>(query.limit.value_or(
                                             static_cast<std::int64_t>(character::limits::entries_page))),
                                         std::move(query.q).value_or("")));
    EntryList out{{}, page.next};
    for (const auto& entry : page.items) out.items.push_back(to_wire(entry));
    co_return out;
}

Task<Result<EntryItem>> LorebookRoutes::entry(http::Call& call, EntryPath path) {
    LARES_CO_TRY(const auto found, co_await books_.entry(user_of(call), path.lorebook_id, path.uid));
    co_return to_wire(found);
}

Task<Result<EntryStored>> LorebookRoutes::add_entry(http::Call& call, EntryPost body) {
    LARES_CO_TRY(const auto made, co_await books_.put_entry(user_of(call), body.lorebook_id, std::nullopt,
                                                            to_entry(body, 0), std::nullopt));
    co_return EntryStored{to_wire(made.entry), made.version};
}

Task<Result<EntryStored>> LorebookRoutes::put_entry(http::Call& call, EntryPut body) {
    LARES_CO_TRY(const auto uid, uid_of(body.uid));
    LARES_CO_TRY(const auto stored, co_await books_.put_entry(user_of(call), body.lorebook_id, uid,
                                                              to_entry(body, uid), body.version));
    if (stored.is_new) call.set_status(201);
    co_return EntryStored{to_wire(stored.entry), stored.version};
}

Task<Result<void>> LorebookRoutes::remove_entry(http::Call& call, EntryPath path) {
    co_return co_await books_.remove_entry(user_of(call), path.lorebook_id, path.uid);
}

Task<Result<EntryStored>> LorebookRoutes::restore_entry(http::Call& call, EntryPath path) {
    LARES_CO_TRY(const auto stored, co_await books_.restore_entry(user_of(call), path.lorebook_id, path.uid));
    co_return EntryStored{to_wire(stored.entry), stored.version};
}

Task<Result<BookVersionList>> LorebookRoutes::versions(http::Call& call, LorebookPath path) {
    LARES_CO_TRY(auto found, co_await books_.versions(user_of(call), path.lorebook_id));
    BookVersionList out;
    for (auto& each : found)
        out.items.push_back({each.version, std::move(each.name), each.created_ms, each.entries});
    co_return out;
}

Task<Result<void>> LorebookRoutes::erase(http::Call& call, LorebookPath path) {
    co_return co_await async::unbroken(books_.erase_removed(user_of(call), path.lorebook_id));
}

Task<Result<LorebookItem>> LorebookRoutes::restore_version(http::Call& call, BookVersionPath path) {
    LARES_CO_TRY(const auto stored,
                 co_await books_.restore_version(user_of(call), path.lorebook_id, path.version));
    co_return to_wire(stored);
}

Task<Result<http::Bytes>> LorebookRoutes::export_book(http::Call& call, BookExportQuery query) {
    const auto form = query.form.value_or(BookFormBody::sillytavern) == BookFormBody::v3
                          ? character::BookForm::v3
                          : character::BookForm::world;
    LARES_CO_TRY(auto file,
                 co_await books_.export_book(user_of(call), query.lorebook_id, form, query.version));
    co_return http::Bytes{std::move(file.json), "application/json", std::move(file.name)};
}

Task<Result<BookImported>> LorebookRoutes::import_book(http::Call& call, BookImportQuery query,
                                                       http::Body body) {
    const auto user = user_of(call);
    LARES_CO_TRY(auto made,
                 co_await books_.import_book(user, std::move(body.data), std::move(query.name).value_or("")));
    LARES_CO_TRY(auto book, co_await books_.read(user, made.book.id));
    auto check = [book = std::move(book)]() mutable { return key_warnings(std::move(book)); };
    LARES_CO_TRY(auto warnings, co_await tools_.compute.run(std::move(check)));
    co_return BookImported{to_wire(made.book), std::move(made.form), std::move(warnings)};
}

// --- the test box
// -------------------------------------------------------------------------------------------

Task<Result<LoreTestAnswer>> LorebookRoutes::test(http::Call& call, LoreTestBody body) {
    const auto user = user_of(call);
    LoreTest test;
    const bool of_file = !body.book.is_null();
    if (of_file && body.lorebook_id) co_return invalid_field("book", "only one of book and lorebook_id");
    if (body.character_id && (of_file || body.lorebook_id || body.conversation_id))
        co_return invalid_field("character_id", "stands alone");
    if (!of_file && !body.lorebook_id && !body.character_id && !body.conversation_id)
        co_return invalid_field("lorebook_id",
                                "one of lorebook_id, character_id, book and conversation_id is required");
    if (body.character_id) {
        LARES_CO_TRY(const auto character, co_await tools_.characters.get(user, *body.character_id));
        test.card = character.card;
    }
    if (body.conversation_id) {
        LARES_CO_TRY(auto context, co_await tools_.chats.context(user, *body.conversation_id, std::nullopt));
        LARES_CO_TRY(const auto character,
                     co_await tools_.characters.get(user, context.conversation.character_id));
        test.card = character.card;
        test.said = std::move(context.said);
        test.conversation = *body.conversation_id;
    }
    if (body.lorebook_id) {
        LARES_CO_TRY(auto book, co_await books_.read(user, *body.lorebook_id));
        test.books.push_back({prompt::lore::Scope::global, *body.lorebook_id, std::move(book)});
    } else if (body.conversation_id && !of_file) {
        std::vector<character::BookPlace> places{
            {character::BookScope::conversation, body.conversation_id->value},
            {character::BookScope::character, Uuid()},
            {character::BookScope::global, Uuid()}};
        LARES_CO_TRY(const auto conversation, co_await tools_.chats.get(user, *body.conversation_id));
        places[1].target = conversation.character_id.value;
        LARES_CO_TRY(const auto awake, co_await books_.awake(user, places, std::nullopt));
        for (const auto& each : awake) {
            LARES_CO_TRY(auto book, co_await books_.read(user, each.id));
            test.books.push_back({prompt::lore::Scope::global, each.id, std::move(book)});
        }
    }
    auto work = [this, test = std::move(test), body = std::move(body)]() mutable {
        return run_lore_test(std::move(test), body, counter_.of({}));
    };
    co_return co_await tools_.compute.run(std::move(work));
}

}  // namespace lares::api
