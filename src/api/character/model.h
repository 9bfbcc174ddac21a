#pragma once
// Requests and answers of the character routes, as they stand on the wire.
#include <array>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>

#include "character/model.h"
#include "json/json.h"

namespace lares::api {

struct CharacterItem {
    character::CharacterId id;
    std::string name;
    std::string tagline;
    std::vector<std::string> tags;
    std::string creator;
    std::string visibility;  // "private", "public"
    bool bundled = false;
    bool mine = false;
    bool active = false;
    std::optional<std::string> avatar_url;
    std::int64_t created = 0;  // UTC ms
};
BOOST_DESCRIBE_STRUCT(CharacterItem, (),
                      (id, name, tagline, tags, creator, visibility, bundled, mine, active, avatar_url,
                       created))

struct CharacterList {
    std::vector<CharacterItem> items;
    std::optional<std::string> next;  // the `after` of the next page
};
BOOST_DESCRIBE_STRUCT(CharacterList, (), (items, next))

struct CharacterDetail {
    character::CharacterId id;
    std::string name;
    std::string description;
    std::string personality;
    std::string scenario;
    std::string greeting;
    std::vector<std::string> alternate_greetings;
    std::string example_messages;
    std::string system_prompt;
    std::string post_history_instructions;
    std::string creator_notes;
    std::string creator;
    std::string character_version;
    std::vector<std::string> tags;
    std::int64_t spec = 3;   // card version: 1, 2, 3
    std::string visibility;  // "private", "public"
    bool bundled = false;
    bool mine = false;
    bool active = false;
    std::optional<std::string> avatar_url;
    std::int64_t created = 0, updated = 0;  // UTC ms
};
BOOST_DESCRIBE_STRUCT(CharacterDetail, (),
                      (id, name, description, personality, scenario, greeting, alternate_greetings,
                       example_messages, system_prompt, post_history_instructions, creator_notes, creator,
                       character_version, tags, spec, visibility, bundled, mine, active, avatar_url, created,
                       updated))

struct CharacterPath {
    character::CharacterId character_id;
};
BOOST_DESCRIBE_STRUCT(CharacterPath, (), (character_id))

struct CharactersQuery {
    std::optional<std::string> after;
    std::optional<std::int64_t> limit;
};
BOOST_DESCRIBE_STRUCT(CharactersQuery, (), (after, limit))
constexpr auto json_rules(const CharactersQuery*) {
    return std::array{json::range("limit", 1, static_cast<double>(character::limits::page_max))};
}

}  // namespace lares::api
