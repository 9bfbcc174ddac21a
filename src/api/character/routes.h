#pragma once
// Companions: list, read, import and export a card, change, earlier versions, copy, delete, choose.
#include <functional>
#include <utility>

#include "api/character/model.h"
#include "async/pool.h"
#include "character/service.h"
#include "http/route.h"
#include "net/client.h"
#include "prompt/prompt.h"

namespace lares::api {

class CharacterRoutes {
public:
    // Who somebody is to a companion that they have not talked with yet.
    using PersonaOf = std::function<Task<Result<prompt::Persona>>(OwnerId)>;
    CharacterRoutes(character::Service& characters, async::Pool& compute, PersonaOf persona)
        : characters_(characters), compute_(compute), persona_(std::move(persona)) {}
    void add_to(http::Routes& routes);
    // The guarded way out; until it is told, cards are not fetched. Outlives every call.
    void fetch_with(net::Client& guarded) { outside_ = &guarded; }

    Task<Result<CharacterList>> list(http::Call& call, CharactersQuery query);
    Task<Result<CharacterDetail>> get(http::Call& call, CharacterPath path);
    Task<Result<CharacterDetail>> create(http::Call& call, http::Body body);
    Task<Result<CharacterDetail>> fetch(http::Call& call, CardAddress address);
    Task<Result<CharacterDetail>> upload(http::Call& call, http::Multipart form);
    Task<Result<void>> remove(http::Call& call, CharacterPath path);
    Task<Result<CharacterDetail>> restore(http::Call& call, CharacterPath path);
    Task<Result<void>> erase(http::Call& call, CharacterPath path);
    Task<Result<void>> activate(http::Call& call, CharacterPath path);
    Task<Result<CharacterDetail>> replace(http::Call& call, CharacterPath path, http::Body body);
    Task<Result<CharacterDetail>> change(http::Call& call, CharacterChange change);
    Task<Result<CharacterDetail>> duplicate(http::Call& call, CharacterPath path);
    Task<Result<http::Bytes>> export_file(http::Call& call, ExportQuery query);
    Task<Result<CharacterVersions>> versions(http::Call& call, CharacterPath path);
    Task<Result<http::Bytes>> version_card(http::Call& call, VersionPath path);
    Task<Result<CharacterDetail>> restore_version(http::Call& call, VersionPath path);
    Task<Result<void>> favour(http::Call& call, CharacterPath path);
    Task<Result<void>> unfavour(http::Call& call, CharacterPath path);
    Task<Result<CharacterDetail>> set_avatar(http::Call& call, CharacterPath path, http::Body body);
    Task<Result<CharacterDetail>> remove_avatar(http::Call& call, CharacterPath path);
    Task<Result<EarlierAvatars>> earlier_avatars(http::Call& call, CharacterPath path);
    Task<Result<http::Bytes>> earlier_avatar(http::Call& call, AvatarPath path);
    Task<Result<CharacterDetail>> restore_avatar(http::Call& call, AvatarPath path);
    Task<Result<http::Bytes>> avatar(http::Call& call, CharacterPath path);

private:
    Task<Result<CharacterDetail>> import_card(UserId user, std::string file);
    Task<Result<CharacterDetail>> tell(character::Character found, UserId user);
    character::Service& characters_;
    async::Pool& compute_;
    PersonaOf persona_;
    net::Client* outside_ = nullptr;
};

}  // namespace lares::api
