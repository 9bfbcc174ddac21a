#pragma once
// A companion. The card is foreign text that was checked at import; its whole JSON is kept as it came, so
// that an export loses nothing.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/describe/enum.hpp>

#include "base/id.h"

namespace lares::character {

struct CharacterTag {
    static constexpr std::string_view kind = "character";
};
using CharacterId = Id<CharacterTag>;

// Bounds on what a card may be; one place for all of them.
namespace limits {
inline constexpr std::size_t file_bytes = 20 * 1024 * 1024;  // a PNG with its picture, a CHARX with its files
inline constexpr std::size_t card_bytes = 8 * 1024 * 1024;   // the card's JSON, after inflating
inline constexpr std::size_t card_memory_bytes = 40 * 1024 * 1024;  // what reading that JSON may take
inline constexpr std::size_t card_depth = 128;
inline constexpr std::size_t name_code_points = 200;
inline constexpr std::size_t list_items = 10'000;  // greetings, tags, book entries, keys of one entry
inline constexpr std::size_t charx_entries = 10'000;
inline constexpr std::size_t charx_bytes = 64 * 1024 * 1024;  // all files of a CHARX, after inflating
inline constexpr std::size_t png_chunks = 65'536;
inline constexpr std::uint32_t png_side = 16'384;
inline constexpr std::uint64_t png_pixels = 50'000'000;
inline constexpr std::size_t page_max = 200;
inline constexpr std::size_t characters_per_owner = 10'000;
inline constexpr std::int64_t favourites_max = 1'000;
inline constexpr std::uint32_t avatar_side = 1'024;                  // of a picture as it is shown
inline constexpr std::int64_t depth = 10'000;                        // of a card's note, in messages
inline constexpr std::size_t pronunciations = 500;                   // read of one card
inline constexpr std::size_t versions_kept = 200;                    // of one character; the oldest go first
inline constexpr std::size_t versions_searched = 20;                 // for an entry that was deleted
inline constexpr std::int64_t restore_ms = 30LL * 24 * 3600 * 1000;  // what was deleted is kept
}  // namespace limits

enum class Spec : std::uint8_t { v1 = 1, v2 = 2, v3 = 3 };

// V1, V2 and V3 in one shape: what an older card lacks is empty.
struct Card {
    Spec spec = Spec::v3;
    std::string name;  // trimmed, 1..200 code points, no control characters
    std::string description;
    std::string personality;
    std::string scenario;
    std::string first_mes;
    std::string mes_example;
    std::string creator_notes;
    std::string system_prompt;
    std::string post_history_instructions;
    std::vector<std::string> alternate_greetings;
    std::vector<std::string> tags;
    std::string creator;
    std::string character_version;
    std::string character_book;  // JSON object, empty when there is none
    std::string extensions;      // JSON object, empty when there is none
    std::string original;        // the whole card, byte for byte as it was imported
};

// How a word is said: `extensions.lares.pronunciations` of the card, so that an export takes it along. Judged
// by voice/english/dictionary.h.
struct Pronunciation {
    std::string word;
    std::string phonemes;    // or empty
    std::string respelling;  // where phonemes is empty
    bool operator==(const Pronunciation&) const = default;
};

// What a card wants said so many messages before the end of every prompt.
enum class DepthRole : std::uint8_t { system, user, assistant };
BOOST_DESCRIBE_ENUM(DepthRole, system, user, assistant)
struct DepthPrompt {
    std::string text;
    std::int64_t depth = 4;  // 0..limits::depth
    DepthRole role = DepthRole::system;
    bool operator==(const DepthPrompt&) const = default;
};

enum class Visibility : std::uint8_t { only_owner, everyone };
std::string_view to_text(Visibility visibility);  // "private", "public"

struct Character {
    CharacterId id;
    std::optional<OwnerId> owner;  // none: bundled with the server
    Card card;
    Visibility visibility = Visibility::only_owner;
    std::string avatar_sha256;  // hex, empty: no picture
    std::int64_t created_ms = 0;
    std::int64_t updated_ms = 0;
    bool active = false;  // for the person who asked
    std::int64_t version = 1;
};

// An earlier or the present state of a character.
struct Version {
    std::int64_t version = 1;
    std::string name;
    std::int64_t created_ms = 0;  // when the card became so
};

// What is set takes the place of what the card has; everything else stays as it is.
struct CardChange {
    std::optional<std::string> name, description, personality, scenario, first_mes, mes_example,
        creator_notes, system_prompt, post_history_instructions, creator, character_version;
    std::optional<std::vector<std::string>> alternate_greetings, tags;
    std::optional<std::vector<Pronunciation>> pronunciations;
    std::optional<DepthPrompt> depth_prompt;
    bool empty() const;
};

// What a list shows: no card is read for it.
struct Summary {
    CharacterId id;
    std::optional<OwnerId> owner;
    std::string name;
    std::string tagline;  // the first words of the creator's notes or of the description
    std::vector<std::string> tags;
    std::string creator;
    Visibility visibility = Visibility::only_owner;
    std::string avatar_sha256;
    std::int64_t created_ms = 0;
    bool active = false;
    bool favourite = false;  // of the person who asks
};

struct Page {
    std::string after;  // `next` of the page before; empty: the first page
    std::size_t limit = 50;
};

struct List {
    std::vector<Summary> items;  // newest first, bundled ones last
    std::optional<std::string> next;
};

struct Avatar {
    std::string media_type;
    std::string bytes;
    std::string sha256;  // hex; serves as entity tag
};

// How a person stands to a character; none also means that it does not exist.
enum class Standing : std::uint8_t { none, reader, owner };

}  // namespace lares::character
