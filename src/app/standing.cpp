// How a person stands to each kind of id that routes take: what the guard asks. Each answer comes from the
// owner of that kind.
#include "app/product.h"

namespace lares::app {
namespace {

using Standing = Result<std::optional<api::Relation>>;

// Owned or not there: the owner's own lookup says not_found for both.
template <class T>
Standing owner_if(const Result<T>& found) {
    if (found) return std::optional(api::Relation::owner);
    if (found.error().code == Code::not_found) return std::optional<api::Relation>();
    return fail(found.error());
}

// Not there, and theirs to restore if they deleted it.
template <class Service, class IdType>
Task<Standing> deleted_or_none(Service* service, UserId user, IdType id) {
    LARES_CO_TRY(const bool deleted, co_await service->restorable(user, id));
    co_return deleted ? std::optional(api::Relation::restorer) : std::nullopt;
}

template <class Service, class IdType>
Task<Standing> of_restorable(Service* service, UserId user, IdType id) {
    auto standing = owner_if(co_await service->get(user, id));
    if (!standing || *standing) co_return standing;
    co_return co_await deleted_or_none(service, user, id);
}

Task<Standing> of_character(character::Service* characters, UserId user, Uuid id) {
    LARES_CO_TRY(const auto standing, co_await characters->standing(user, character::CharacterId{id}));
    switch (standing) {
        case character::Standing::owner:
            co_return std::optional(api::Relation::owner);
        case character::Standing::reader:
            co_return std::optional(api::Relation::viewer);
        case character::Standing::none:
            break;
    }
    co_return co_await deleted_or_none(characters, user, character::CharacterId{id});
}

Task<Standing> of_lorebook(character::Lorebooks* books, UserId user, Uuid id) {
    return of_restorable(books, user, character::LorebookId{id});
}

Task<Standing> of_persona(character::Personas* personas, UserId user, Uuid id) {
    return of_restorable(personas, user, character::PersonaId{id});
}

Task<Standing> of_conversation(chat::Service* chats, UserId user, Uuid id) {
    LARES_CO_TRY(const auto owned, co_await chats->owns(user, chat::ConversationId{id}));
    co_return owned ? std::optional(api::Relation::owner) : std::nullopt;
}

Task<Standing> of_message(chat::Service* chats, UserId user, Uuid id) {
    LARES_CO_TRY(const auto owned, co_await chats->owns_message(user, chat::MessageId{id}));
    co_return owned ? std::optional(api::Relation::owner) : std::nullopt;
}

Task<Standing> of_attachment(chat::Attachments* attachments, UserId user, Uuid id) {
    LARES_CO_TRY(const auto owned, co_await attachments->owns(user, chat::AttachmentId{id}));
    co_return owned ? std::optional(api::Relation::owner) : std::nullopt;
}

Task<Standing> of_turn(turn::Turns* turns, UserId user, Uuid id) {
    LARES_CO_TRY(const auto owned, co_await turns->owns(user, chat::TurnId{id}));
    co_return owned ? std::optional(api::Relation::owner) : std::nullopt;
}

Task<Standing> of_session(auth::Service* auth, UserId user, Uuid id) {
    LARES_CO_TRY(const auto sessions, co_await auth->sessions(user));
    for (const auto& session : sessions)
        if (session.id.value == id) co_return std::optional(api::Relation::owner);
    co_return std::optional<api::Relation>();
}

Task<Standing> of_access_key(auth::AccessKeys* keys, UserId user, Uuid id) {
    co_return owner_if(co_await keys->get(user, auth::AccessKeyId{id}));
}

Task<Standing> of_provider_key(secrets::ProviderKeys* keys, UserId user, Uuid id) {
    co_return owner_if(co_await keys->get(user, secrets::ProviderKeyId{id}));
}

}  // namespace

void Product::resolve_ids() {
    const auto resolve = [this](std::string_view kind, auto* service, auto* function) {
        guard_->resolve(kind,
                        [service, function](UserId user, Uuid id) { return function(service, user, id); });
    };
    resolve(character::CharacterId::kind, &characters_, &of_character);
    resolve(character::LorebookId::kind, &lorebooks_, &of_lorebook);
    resolve(character::PersonaId::kind, &personas_, &of_persona);
    resolve(chat::ConversationId::kind, &chats_, &of_conversation);
    resolve(chat::MessageId::kind, &chats_, &of_message);
    resolve(chat::AttachmentId::kind, &attachments_, &of_attachment);
    resolve(chat::TurnId::kind, &turns_, &of_turn);
    resolve(auth::SessionId::kind, &auth_, &of_session);
    resolve(auth::AccessKeyId::kind, &auth_.access_keys(), &of_access_key);
    resolve(secrets::ProviderKeyId::kind, &provider_keys_, &of_provider_key);
}

}  // namespace lares::app
