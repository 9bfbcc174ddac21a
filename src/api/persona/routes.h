#pragma once
// Personas: list, read, make, change, delete, pictures, SillyTavern's backup.
#include "api/persona/model.h"
#include "http/route.h"

namespace lares::api {

class PersonaRoutes {
public:
    explicit PersonaRoutes(character::Personas& personas) : personas_(personas) {}
    void add_to(http::Routes& routes);

    Task<Result<PersonaList>> list(http::Call& call);
    Task<Result<PersonaItem>> get(http::Call& call, PersonaPath path);
    Task<Result<PersonaItem>> create(http::Call& call, PersonaBody body);
    Task<Result<PersonaItem>> replace(http::Call& call, PersonaPut body);
    Task<Result<PersonaItem>> change(http::Call& call, PersonaChange change);
    Task<Result<void>> remove(http::Call& call, PersonaPath path);
    Task<Result<PersonaItem>> restore(http::Call& call, PersonaPath path);
    Task<Result<void>> erase(http::Call& call, PersonaPath path);
    Task<Result<PersonaImported>> import_backup(http::Call& call, http::Body body);
    Task<Result<http::Bytes>> avatar(http::Call& call, PersonaPath path);
    Task<Result<PersonaItem>> set_avatar(http::Call& call, PersonaPath path, http::Body body);
    Task<Result<void>> remove_avatar(http::Call& call, PersonaPath path);

private:
    character::Personas& personas_;
};

}  // namespace lares::api
