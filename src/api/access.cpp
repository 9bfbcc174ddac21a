#include "api/access.h"

namespace lares::api {

std::string access_name(http::Access access) {
    switch (static_cast<Who>(access.who)) {
        case Who::anyone:
            return "anyone";
        case Who::machine:
            return "machine";
        case Who::person:
            break;
    }
    const auto least = static_cast<auth::Role>(access.role);
    return least == auth::Role::user ? "person" : std::string(auth::to_text(least));
}

std::string relation_name(std::uint16_t relation) {
    return static_cast<Relation>(relation) == Relation::owner ? "owner" : "viewer";
}

}  // namespace lares::api
