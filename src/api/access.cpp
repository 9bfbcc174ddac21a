#include "api/access.h"

#include <boost/describe/enum_from_string.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/mp11/algorithm.hpp>

namespace lares::api {

std::vector<std::string> scope_names(auth::Scopes scopes) {
    std::vector<std::string> out;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<auth::Scope>>([&](auto each) {
        if ((scopes & static_cast<auth::Scopes>(each.value)) != 0) out.emplace_back(each.name);
    });
    return out;
}

std::optional<auth::Scope> scope_of(std::string_view name) {
    auth::Scope scope{};
    if (!boost::describe::enum_from_string(std::string(name).c_str(), scope)) return std::nullopt;
    return scope;
}

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
    switch (static_cast<Relation>(relation)) {
        case Relation::viewer:
            return "viewer";
        case Relation::restorer:
            return "restorer";
        case Relation::owner:
            break;
    }
    return "owner";
}

}  // namespace lares::api
