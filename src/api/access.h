#pragma once
// The vocabulary of the route table: who may call, with which role, and how the caller stands to what a
// request names. http carries these as opaque numbers; Guard reads them.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/model.h"
#include "http/guard.h"

namespace lares::api {

enum class Who : std::uint8_t {
    anyone,   // also without signing in
    person,   // a signed-in person
    machine,  // a program on this machine (http::RequestHead::local), or an admin: metrics
};

// How the caller must stand to a typed id of the request. None at all answers 404 as if it did not exist; a
// weaker one 403. What somebody deleted is theirs to restore, and does not exist for anything else.
enum class Relation : std::uint16_t {
    viewer = 1,    // may see and use it
    restorer = 2,  // it is theirs, also when it is deleted
    owner = 3,     // it is theirs
};

constexpr http::Access anyone() {
    return {static_cast<std::uint8_t>(Who::anyone), 0, 0};
}
// Somebody who is signed in; no access key.
constexpr http::Access person(auth::Role least = auth::Role::user) {
    return {static_cast<std::uint8_t>(Who::person), static_cast<std::uint8_t>(least), 0};
}
// The same, or a program with an access key of theirs that holds this scope.
constexpr http::Access person(auth::Scope scope) {
    return {static_cast<std::uint8_t>(Who::person), 0, static_cast<auth::Scopes>(scope)};
}
constexpr http::Access person(auth::Scopes scopes) {  // all of them
    return {static_cast<std::uint8_t>(Who::person), 0, scopes};
}
// The dialects of programs.
using auth::Scope;
constexpr http::Access program(Scope scope) {
    return person(scope);
}
constexpr http::Access machine() {
    return {static_cast<std::uint8_t>(Who::machine), static_cast<std::uint8_t>(auth::Role::admin), 0};
}

template <class IdType>
constexpr http::Touch touch(Relation relation) {
    return {IdType::kind, static_cast<std::uint16_t>(relation)};
}

std::vector<std::string> scope_names(auth::Scopes scopes);  // in the order of auth::Scope
std::optional<auth::Scope> scope_of(std::string_view name);
std::string access_name(http::Access access);       // "anyone", "person", "admin", "machine"
std::string relation_name(std::uint16_t relation);  // "viewer", "restorer", "owner"

}  // namespace lares::api
