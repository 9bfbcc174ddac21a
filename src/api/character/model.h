#pragma once
// Requests and answers of the character routes, as they stand on the wire.
#include <array>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

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
    bool favourite = false;
    std::optional<std::string> avatar_url;
    std::int64_t created = 0;  // UTC ms
};
BOOST_DESCRIBE_STRUCT(CharacterItem, (),
                      (id, name, tagline, tags, creator, visibility, bundled, mine, active, favourite,
                       avatar_url, created))

struct CharacterList {
    std::vector<CharacterItem> items;
    std::optional<std::string> next;  // the `after` of the next page
};
BOOST_DESCRIBE_STRUCT(CharacterList, (), (items, next))

// How a name or a rare word is said: as other words spell it, or in the voice's own symbols.
struct PronunciationEntry {
    std::string word;
    std::string respelling;  // "so cheel"
    std::string phonemes;    // "sˈOʧil"
};
BOOST_DESCRIBE_STRUCT(PronunciationEntry, (), (word, respelling, phonemes))
constexpr auto json_optional(const PronunciationEntry*) {
    return std::array<std::string_view, 2>{"respelling", "phonemes"};
}

// Said so many messages before the end of every prompt ("Character's Note").
struct DepthPromptEntry {
    std::string prompt;
    std::int64_t depth = 4;
    character::DepthRole role = character::DepthRole::system;
};
BOOST_DESCRIBE_STRUCT(DepthPromptEntry, (), (prompt, depth, role))
constexpr auto json_optional(const DepthPromptEntry*) {
    return std::array<std::string_view, 2>{"depth", "role"};
}
constexpr auto json_rules(const DepthPromptEntry*) {
    return std::array{json::range("depth", 0, static_cast<double>(character::limits::depth))};
}

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
    std::vector<PronunciationEntry> pronunciations;
    DepthPromptEntry depth_prompt;
    std::int64_t spec = 3;   // card version: 1, 2, 3
    std::string visibility;  // "private", "public"
    bool bundled = false;
    bool mine = false;
    bool active = false;
    std::optional<std::string> avatar_url;
    std::int64_t created = 0, updated = 0;  // UTC ms
    std::int64_t version = 1;
    std::optional<std::vector<std::string>> warnings;  // of an import: keys of its book that are not what
                                                       // they look like
};
BOOST_DESCRIBE_STRUCT(CharacterDetail, (),
                      (id, name, description, personality, scenario, greeting, alternate_greetings,
                       example_messages, system_prompt, post_history_instructions, creator_notes, creator,
                       character_version, tags, pronunciations, depth_prompt, spec, visibility, bundled, mine,
                       active, avatar_url, created, updated, version, warnings))

struct CharacterPath {
    character::CharacterId character_id;
};
BOOST_DESCRIBE_STRUCT(CharacterPath, (), (character_id))

// number: of GET …/avatars/{number}. replaced: UTC ms.
struct EarlierAvatar {
    std::int64_t number = 0, replaced = 0;
    std::string url;
};
BOOST_DESCRIBE_STRUCT(EarlierAvatar, (), (number, replaced, url))
struct EarlierAvatars {
    std::vector<EarlierAvatar> items;  // newest first
};
BOOST_DESCRIBE_STRUCT(EarlierAvatars, (), (items))

struct AvatarPath {
    character::CharacterId character_id;
    std::int64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(AvatarPath, (), (character_id, number))

struct CardAddress {
    std::string url;  // https or http, of a card file
};
BOOST_DESCRIBE_STRUCT(CardAddress, (), (url))
constexpr auto json_rules(const CardAddress*) {
    return std::array{json::length("url", 1, 2'000)};
}

struct CharactersQuery {
    std::optional<std::string> after;
    std::optional<std::int64_t> limit;
};
BOOST_DESCRIBE_STRUCT(CharactersQuery, (), (after, limit))
constexpr auto json_rules(const CharactersQuery*) {
    return std::array{json::range("limit", 1, static_cast<double>(character::limits::page_max))};
}

enum class CardVisibility : std::uint8_t { private_, public_ };
BOOST_DESCRIBE_ENUM(CardVisibility, private_, public_)

// What is set is changed; what is absent or null stays.
struct CharacterChange {
    character::CharacterId character_id;
    std::optional<std::string> name, description, personality, scenario, greeting, example_messages,
        system_prompt, post_history_instructions, creator_notes, creator, character_version;
    std::optional<std::vector<std::string>> alternate_greetings, tags;
    std::optional<std::vector<PronunciationEntry>> pronunciations;
    std::optional<DepthPromptEntry> depth_prompt;
    std::optional<CardVisibility> visibility;
};
BOOST_DESCRIBE_STRUCT(CharacterChange, (),
                      (character_id, name, description, personality, scenario, greeting, example_messages,
                       system_prompt, post_history_instructions, creator_notes, creator, character_version,
                       alternate_greetings, tags, pronunciations, depth_prompt, visibility))
constexpr auto json_rules(const CharacterChange*) {
    return std::array{json::length("name", 1, character::limits::name_code_points)};
}

enum class ExportFormat : std::uint8_t { json, png, charx };
BOOST_DESCRIBE_ENUM(ExportFormat, json, png, charx)
enum class CardSpec : std::uint8_t { v1, v2, v3 };
BOOST_DESCRIBE_ENUM(CardSpec, v1, v2, v3)

struct ExportQuery {
    character::CharacterId character_id;
    std::optional<ExportFormat> format;  // png
    std::optional<CardSpec> spec;        // as it was imported; of JSON only
};
BOOST_DESCRIBE_STRUCT(ExportQuery, (), (character_id, format, spec))

struct CharacterVersion {
    std::int64_t version = 1;
    std::string name;
    std::int64_t created = 0;  // UTC ms
};
BOOST_DESCRIBE_STRUCT(CharacterVersion, (), (version, name, created))

struct CharacterVersions {
    std::vector<CharacterVersion> items;  // newest first; the first is the present one
};
BOOST_DESCRIBE_STRUCT(CharacterVersions, (), (items))

struct VersionPath {
    character::CharacterId character_id;
    std::int64_t version = 1;
};
BOOST_DESCRIBE_STRUCT(VersionPath, (), (character_id, version))
constexpr auto json_rules(const VersionPath*) {
    return std::array{json::range("version", 1, 1e9)};
}

}  // namespace lares::api
