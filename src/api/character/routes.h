#pragma once
// Companions: list, read, import a card, delete, choose.
#include "api/character/model.h"
#include "character/service.h"
#include "http/route.h"

namespace lares::api {

class CharacterRoutes {
public:
    explicit CharacterRoutes(character::Service& characters) : characters_(characters) {}
    void add_to(http::Routes& routes);

    Task<Result<CharacterList>> list(http::Call& call, CharactersQuery query);
    Task<Result<CharacterDetail>> get(http::Call& call, CharacterPath path);
    Task<Result<CharacterDetail>> create(http::Call& call, http::Body body);
    Task<Result<CharacterDetail>> upload(http::Call& call, http::Multipart form);
    Task<Result<void>> remove(http::Call& call, CharacterPath path);
    Task<Result<void>> activate(http::Call& call, CharacterPath path);
    Task<Result<http::Bytes>> avatar(http::Call& call, CharacterPath path);

private:
    Task<Result<CharacterDetail>> import_card(UserId user, std::string file);
    character::Service& characters_;
};

}  // namespace lares::api
