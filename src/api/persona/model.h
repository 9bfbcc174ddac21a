#pragma once
// Requests and answers of the persona routes, as they stand on the wire.
#include <array>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>

#include "character/personas.h"
#include "json/json.h"

namespace lares::api {

struct PersonaItem {
    character::PersonaId id;
    std::string name;
    std::string description;
    character::PersonaPlace position = character::PersonaPlace::in_prompt;
    std::int64_t depth = 2;                                        // with at_depth
    character::PersonaRole role = character::PersonaRole::system;  // with at_depth
    std::optional<character::LorebookId> lorebook_id;              // wakes in chats with this persona
    bool default_ = false;                                         // of chats without a choice
    std::optional<std::string> avatar_url;
    std::int64_t created = 0, updated = 0;  // UTC ms
};
BOOST_DESCRIBE_STRUCT(PersonaItem, (),
                      (id, name, description, position, depth, role, lorebook_id, default_, avatar_url,
                       created, updated))

struct PersonaList {
    std::vector<PersonaItem> items;  // by name
};
BOOST_DESCRIBE_STRUCT(PersonaList, (), (items))

struct PersonaPath {
    character::PersonaId persona_id;
};
BOOST_DESCRIBE_STRUCT(PersonaPath, (), (persona_id))

struct PersonaBody {
    std::string name;
    std::string description;
    character::PersonaPlace position = character::PersonaPlace::in_prompt;
    std::int64_t depth = 2;
    character::PersonaRole role = character::PersonaRole::system;
    std::optional<character::LorebookId> lorebook_id;
    bool default_ = false;
};
BOOST_DESCRIBE_STRUCT(PersonaBody, (), (name, description, position, depth, role, lorebook_id, default_))
constexpr auto json_optional(const PersonaBody*) {
    return std::array<std::string_view, 5>{"description", "position", "depth", "role", "default"};
}
constexpr auto json_rules(const PersonaBody*) {
    return std::array{json::length("name", 1, character::limits::name_code_points),
                      json::length("description", 0, character::limits::persona_code_points),
                      json::range("depth", 0, 10'000)};
}

struct PersonaPut : PersonaBody {
    character::PersonaId persona_id;
};
BOOST_DESCRIBE_STRUCT(PersonaPut, (PersonaBody), (persona_id))
constexpr auto json_optional(const PersonaPut*) {
    return json_optional(static_cast<const PersonaBody*>(nullptr));
}
constexpr auto json_rules(const PersonaPut*) {
    return json_rules(static_cast<const PersonaBody*>(nullptr));
}

// What is set is changed; what is absent or null stays.
struct PersonaChange {
    character::PersonaId persona_id;
    std::optional<std::string> name, description;
    std::optional<character::PersonaPlace> position;
    std::optional<std::int64_t> depth;
    std::optional<character::PersonaRole> role;
    std::optional<character::LorebookId> lorebook_id;
    std::optional<bool> default_;
};
BOOST_DESCRIBE_STRUCT(PersonaChange, (),
                      (persona_id, name, description, position, depth, role, lorebook_id, default_))
constexpr auto json_rules(const PersonaChange*) {
    return std::array{json::length("name", 1, character::limits::name_code_points),
                      json::length("description", 0, character::limits::persona_code_points),
                      json::range("depth", 0, 10'000)};
}

struct PersonaImported {
    std::vector<PersonaItem> items;
    std::vector<std::string> skipped;  // what was not taken over, and why
};
BOOST_DESCRIBE_STRUCT(PersonaImported, (), (items, skipped))

}  // namespace lares::api
