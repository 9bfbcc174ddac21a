#include "api/persona/routes.h"

#include "api/access.h"
#include "api/caller.h"
#include "async/task.h"

namespace lares::api {
namespace {

constexpr std::size_t backup_bytes_max = std::size_t{16} << 20;

PersonaItem to_wire(const character::Persona& persona) {
    PersonaItem out{persona.id,    persona.name,       persona.description, persona.position,
                    persona.depth, persona.role,       persona.lorebook_id, persona.is_default,
                    std::nullopt,  persona.created_ms, persona.updated_ms};
    // The hash in the address makes it a new one when the picture changes.
    if (!persona.avatar_sha256.empty())
        out.avatar_url =
            "/api/v1/personas/" + persona.id.text() + "/avatar?v=" + persona.avatar_sha256.substr(0, 12);
    return out;
}

character::PersonaFields to_fields(PersonaBody body) {
    return {std::move(body.name),
            std::move(body.description),
            body.position,
            body.depth,
            body.role,
            body.lorebook_id,
            body.default_};
}

}  // namespace

void PersonaRoutes::add_to(http::Routes& routes) {
    using http::route;
    using M = http::Method;
    using character::LorebookId;
    using character::PersonaId;
    const auto row = [](M method, std::string_view path, std::string_view summary, unsigned success = 200) {
        return http::Row{.method = method,
                         .path = path,
                         .access = person(auth::Scope::characters),
                         .success = success,
                         .summary = summary,
                         .tag = "personas"};
    };
    const auto one = [&row](M method, std::string_view path, std::string_view summary,
                            unsigned success = 200) {
        auto made = row(method, path, summary, success);
        made.touches = {touch<PersonaId>(Relation::owner)};
        return made;
    };
    const auto with_book = [](http::Row made) {
        made.touches.push_back(touch<LorebookId>(Relation::owner));
        made.body_cap = 1024 * 1024;
        made.errors = {Code::not_found, Code::conflict, Code::storage_full};
        return made;
    };
    routes.push_back(
        route<&PersonaRoutes::list>(row(M::get, "/api/v1/personas", "Who you are, by name."), *this));
    routes.push_back(route<&PersonaRoutes::create>(
        with_book(row(M::post, "/api/v1/personas", "Make a persona.", 201)), *this));
    auto import = row(M::post, "/api/v1/personas/import",
                      "Take over the personas of a SillyTavern backup; its JSON is the body.", 201);
    import.weight = 5;
    import.body_cap = backup_bytes_max;
    import.errors = {Code::conflict, Code::too_large, Code::storage_full};
    routes.push_back(route<&PersonaRoutes::import_backup>(import, *this));
    routes.push_back(
        route<&PersonaRoutes::get>(one(M::get, "/api/v1/personas/{persona_id}", "One persona."), *this));
    routes.push_back(route<&PersonaRoutes::replace>(
        with_book(one(M::put, "/api/v1/personas/{persona_id}", "Put all of it in its place.")), *this));
    routes.push_back(route<&PersonaRoutes::change>(
        with_book(one(M::patch, "/api/v1/personas/{persona_id}", "Change some of it.")), *this));
    routes.push_back(route<&PersonaRoutes::remove>(
        one(M::remove, "/api/v1/personas/{persona_id}",
            "Delete a persona; chats keep what was said. It can be restored for 30 days.", 204),
        *this));
    auto back = one(M::post, "/api/v1/personas/{persona_id}/restore", "Bring a deleted persona back.");
    back.touches = {touch<PersonaId>(Relation::restorer)};
    back.errors = {Code::conflict, Code::storage_full};
    routes.push_back(route<&PersonaRoutes::restore>(back, *this));
    auto erase = one(M::post, "/api/v1/personas/{persona_id}/erase",
                     "Erase a deleted persona now: it cannot be restored any more.", 204);
    erase.touches = back.touches;
    erase.errors = {Code::conflict, Code::storage_full};
    routes.push_back(route<&PersonaRoutes::erase>(erase, *this));
    routes.push_back(route<&PersonaRoutes::avatar>(
        one(M::get, "/api/v1/personas/{persona_id}/avatar", "Its picture."), *this));
    auto picture =
        one(M::put, "/api/v1/personas/{persona_id}/avatar", "Its picture: a PNG, JPEG or WebP as body.");
    picture.body_cap = character::limits::persona_avatar_bytes;
    picture.errors = {Code::too_large, Code::unsupported, Code::storage_full};
    routes.push_back(route<&PersonaRoutes::set_avatar>(picture, *this));
    routes.push_back(route<&PersonaRoutes::remove_avatar>(
        one(M::remove, "/api/v1/personas/{persona_id}/avatar", "Take its picture away.", 204), *this));
}

Task<Result<PersonaList>> PersonaRoutes::list(http::Call& call) {
    LARES_CO_TRY(const auto found, co_await personas_.list(user_of(call)));
    PersonaList out;
    for (const auto& each : found) out.items.push_back(to_wire(each));
    co_return out;
}

Task<Result<PersonaItem>> PersonaRoutes::get(http::Call& call, PersonaPath path) {
    LARES_CO_TRY(const auto found, co_await personas_.get(user_of(call), path.persona_id));
    co_return to_wire(found);
}

Task<Result<PersonaItem>> PersonaRoutes::create(http::Call& call, PersonaBody body) {
    LARES_CO_TRY(const auto made, co_await personas_.create(user_of(call), to_fields(std::move(body))));
    co_return to_wire(made);
}

Task<Result<PersonaItem>> PersonaRoutes::replace(http::Call& call, PersonaPut body) {
    const auto id = body.persona_id;
    LARES_CO_TRY(const auto stored,
                 co_await personas_.replace(user_of(call), id, to_fields(std::move(body))));
    co_return to_wire(stored);
}

Task<Result<PersonaItem>> PersonaRoutes::change(http::Call& call, PersonaChange change) {
    const auto user = user_of(call);
    LARES_CO_TRY(auto present, co_await personas_.get(user, change.persona_id));
    character::PersonaFields fields = std::move(present);
    if (change.name) fields.name = std::move(*change.name);
    if (change.description) fields.description = std::move(*change.description);
    if (change.position) fields.position = *change.position;
    if (change.depth) fields.depth = *change.depth;
    if (change.role) fields.role = *change.role;
    if (change.lorebook_id) fields.lorebook_id = change.lorebook_id;
    if (change.default_) fields.is_default = *change.default_;
    LARES_CO_TRY(const auto stored, co_await personas_.replace(user, change.persona_id, std::move(fields)));
    co_return to_wire(stored);
}

Task<Result<void>> PersonaRoutes::remove(http::Call& call, PersonaPath path) {
    co_return co_await personas_.remove(user_of(call), path.persona_id);
}

Task<Result<PersonaItem>> PersonaRoutes::restore(http::Call& call, PersonaPath path) {
    LARES_CO_TRY(const auto found, co_await personas_.restore(user_of(call), path.persona_id));
    co_return to_wire(found);
}

Task<Result<void>> PersonaRoutes::erase(http::Call& call, PersonaPath path) {
    co_return co_await async::unbroken(personas_.erase_removed(user_of(call), path.persona_id));
}

Task<Result<PersonaImported>> PersonaRoutes::import_backup(http::Call& call, http::Body body) {
    LARES_CO_TRY(auto imported, co_await personas_.import_backup(user_of(call), std::move(body.data)));
    PersonaImported out{{}, std::move(imported.skipped)};
    for (const auto& each : imported.made) out.items.push_back(to_wire(each));
    co_return out;
}

Task<Result<http::Bytes>> PersonaRoutes::avatar(http::Call& call, PersonaPath path) {
    LARES_CO_TRY(auto avatar, co_await personas_.avatar(user_of(call), path.persona_id));
    co_return http::Bytes{std::move(avatar.bytes), std::move(avatar.media_type), "",
                          "private, max-age=86400"};
}

Task<Result<PersonaItem>> PersonaRoutes::set_avatar(http::Call& call, PersonaPath path, http::Body body) {
    LARES_CO_TRY(const auto stored,
                 co_await personas_.set_avatar(user_of(call), path.persona_id, std::move(body.data)));
    co_return to_wire(stored);
}

Task<Result<void>> PersonaRoutes::remove_avatar(http::Call& call, PersonaPath path) {
    co_return co_await personas_.remove_avatar(user_of(call), path.persona_id);
}

}  // namespace lares::api
