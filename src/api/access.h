#pragma once
// The vocabulary of the route table: who may call, with which role, and how the caller stands to what a
// request names. http carries these as opaque numbers; Guard reads them.
#include <string>

#include "auth/model.h"
#include "http/guard.h"

namespace lares::api {

enum class Who : std::uint8_t {
    anyone,   // also without signing in
    person,   // a signed-in person
    machine,  // a program on this machine (loopback, nothing forwarded), or an admin: metrics
};

// How the caller must stand to a typed id of the request. None at all answers 404 as if it did not exist; a
// weaker one 403.
enum class Relation : std::uint16_t {
    viewer = 1,  // may see and use it
    owner = 2,   // it is theirs
};

constexpr http::Access anyone() {
    return {static_cast<std::uint8_t>(Who::anyone), 0, 0};
}
constexpr http::Access person(auth::Role least = auth::Role::user) {
    return {static_cast<std::uint8_t>(Who::person), static_cast<std::uint8_t>(least), 0};
}

// What an access key must hold to call a route; a signed-in person's own token holds all of it.
enum class Scope : std::uint32_t { none = 0, llm = 1 };
constexpr http::Access program(Scope scope) {
    return {static_cast<std::uint8_t>(Who::person), static_cast<std::uint8_t>(auth::Role::user),
            static_cast<std::uint32_t>(scope)};
}
constexpr http::Access machine() {
    return {static_cast<std::uint8_t>(Who::machine), static_cast<std::uint8_t>(auth::Role::admin), 0};
}

template <class IdType>
constexpr http::Touch touch(Relation relation) {
    return {IdType::kind, static_cast<std::uint16_t>(relation)};
}

std::string access_name(http::Access access);       // "anyone", "person", "admin", "machine"
std::string relation_name(std::uint16_t relation);  // "viewer", "owner"

}  // namespace lares::api
