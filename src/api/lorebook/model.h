#pragma once
// Requests and answers of the lorebook routes, as they stand on the wire. Fields of an entry are those of
// SillyTavern's world info file.
#include <array>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include "character/lorebooks.h"
#include "character/personas.h"
#include "chat/model.h"
#include "json/json.h"

namespace lares::api {

enum class EntryPosition : std::uint8_t {
    before,
    after,
    note_top,
    note_bottom,
    at_depth,
    examples_top,
    examples_bottom,
    outlet
};
BOOST_DESCRIBE_ENUM(EntryPosition, before, after, note_top, note_bottom, at_depth, examples_top,
                    examples_bottom, outlet)
enum class EntryLogic : std::uint8_t { and_any, not_all, not_any, and_all };
BOOST_DESCRIBE_ENUM(EntryLogic, and_any, not_all, not_any, and_all)
enum class EntryRole : std::uint8_t { system, user, assistant };
BOOST_DESCRIBE_ENUM(EntryRole, system, user, assistant)
enum class EntryField : std::uint8_t {
    persona_description,
    character_description,
    character_personality,
    character_depth_prompt,
    scenario,
    creator_notes
};
BOOST_DESCRIBE_ENUM(EntryField, persona_description, character_description, character_personality,
                    character_depth_prompt, scenario, creator_notes)

struct EntryFilter {
    bool exclude = false;  // these, or all but these
    std::vector<std::string> names, tags;
};
BOOST_DESCRIBE_STRUCT(EntryFilter, (), (exclude, names, tags))
constexpr auto json_optional(const EntryFilter*) {
    return std::array<std::string_view, 3>{"exclude", "names", "tags"};
}

// Absent numbers and flags that are optional here follow the settings of the scan.
struct EntryFields {
    std::string comment;  // its title
    std::string content;  // decorators of the V3 specification may stand above it
    std::vector<std::string> keys, secondary_keys;
    bool enabled = true;
    bool constant = false;
    bool selective = true;  // false: secondary keys are not looked at
    EntryLogic logic = EntryLogic::and_any;
    double order = 100;
    EntryPosition position = EntryPosition::before;
    std::int64_t depth = 4;
    EntryRole role = EntryRole::system;
    std::string outlet;
    bool ignore_budget = false;
    bool exclude_recursion = false, prevent_recursion = false;
    std::int64_t delay_until_recursion = 0;  // 0: no; else the level
    std::vector<EntryField> match;           // texts that are searched beside the chat
    double probability = 100;
    bool use_probability = true;
    std::vector<std::string> groups;
    bool group_override = false;
    double group_weight = 100;
    std::optional<bool> group_scoring, case_sensitive, whole_words;
    std::optional<std::int64_t> scan_depth;
    std::int64_t sticky = 0, cooldown = 0, delay = 0;  // messages
    std::vector<std::string> triggers;                 // kinds of turn; empty: all
    EntryFilter filter;
};
BOOST_DESCRIBE_STRUCT(EntryFields, (),
                      (comment, content, keys, secondary_keys, enabled, constant, selective, logic, order,
                       position, depth, role, outlet, ignore_budget, exclude_recursion, prevent_recursion,
                       delay_until_recursion, match, probability, use_probability, groups, group_override,
                       group_weight, group_scoring, case_sensitive, whole_words, scan_depth, sticky, cooldown,
                       delay, triggers, filter))
constexpr auto json_optional(const EntryFields*) {
    return std::array<std::string_view, 28>{"comment",
                                            "content",
                                            "keys",
                                            "secondary_keys",
                                            "enabled",
                                            "constant",
                                            "selective",
                                            "logic",
                                            "order",
                                            "position",
                                            "depth",
                                            "role",
                                            "outlet",
                                            "ignore_budget",
                                            "exclude_recursion",
                                            "prevent_recursion",
                                            "match",
                                            "delay_until_recursion",
                                            "probability",
                                            "use_probability",
                                            "groups",
                                            "group_override",
                                            "group_weight",
                                            "sticky",
                                            "cooldown",
                                            "delay",
                                            "triggers",
                                            "filter"};
}
constexpr auto json_rules(const EntryFields*) {
    return std::array{json::length("comment", 0, 10'000),
                      json::length("content", 0, 1'000'000),
                      json::items("keys", 0, character::limits::list_items),
                      json::length("keys", 0, 10'000),
                      json::items("secondary_keys", 0, character::limits::list_items),
                      json::length("secondary_keys", 0, 10'000),
                      json::range("order", -1'000'000, 1'000'000),
                      json::range("depth", 0, 10'000),
                      json::range("delay_until_recursion", 0, 1'000'000),
                      json::range("probability", 0, 100),
                      json::range("group_weight", 0, 1'000'000),
                      json::range("scan_depth", 0, 1'000'000),
                      json::range("sticky", 0, 1'000'000),
                      json::range("cooldown", 0, 1'000'000),
                      json::range("delay", 0, 1'000'000)};
}

struct EntryItem : EntryFields {
    std::int64_t uid = 0;
};
BOOST_DESCRIBE_STRUCT(EntryItem, (EntryFields), (uid))

struct EntryList {
    std::vector<EntryItem> items;      // ascending by uid
    std::optional<std::int64_t> next;  // the `cursor` of the next page
};
BOOST_DESCRIBE_STRUCT(EntryList, (), (items, next))

// Where a book wakes: everywhere, or where the one named is.
struct BookScopeBody {
    character::BookScope scope = character::BookScope::global;
    std::optional<character::CharacterId> character_id;
    std::optional<character::PersonaId> persona_id;
    std::optional<chat::ConversationId> conversation_id;
};
BOOST_DESCRIBE_STRUCT(BookScopeBody, (), (scope, character_id, persona_id, conversation_id))

struct LorebookItem {
    character::LorebookId id;
    std::string name;
    std::string description;
    std::optional<std::int64_t> scan_depth, token_budget;
    bool recursive = false;
    std::int64_t entry_count = 0;
    std::vector<BookScopeBody> scopes;
    std::int64_t version = 1;
    std::int64_t created = 0, updated = 0;  // UTC ms
};
BOOST_DESCRIBE_STRUCT(LorebookItem, (),
                      (id, name, description, scan_depth, token_budget, recursive, entry_count, scopes,
                       version, created, updated))

struct LorebookList {
    std::vector<LorebookItem> items;            // newest first
    std::optional<character::LorebookId> next;  // the `before` of the next page
};
BOOST_DESCRIBE_STRUCT(LorebookList, (), (items, next))

// With the first entries; `next` asks /entries for the others.
struct LorebookDetail : LorebookItem {
    std::vector<EntryItem> entries;
    std::optional<std::int64_t> next;
};
BOOST_DESCRIBE_STRUCT(LorebookDetail, (LorebookItem), (entries, next))

struct LorebooksQuery {
    std::optional<character::LorebookId> before;
    std::optional<std::int64_t> limit;
};
BOOST_DESCRIBE_STRUCT(LorebooksQuery, (), (before, limit))
constexpr auto json_rules(const LorebooksQuery*) {
    return std::array{json::range("limit", 1, static_cast<double>(character::limits::page_max))};
}

struct LorebookPath {
    character::LorebookId lorebook_id;
};
BOOST_DESCRIBE_STRUCT(LorebookPath, (), (lorebook_id))

struct NewEntry : EntryFields {
    std::optional<std::int64_t> uid;  // absent: its place in the list
};
BOOST_DESCRIBE_STRUCT(NewEntry, (EntryFields), (uid))
constexpr auto json_optional(const NewEntry*) {
    return json_optional(static_cast<const EntryFields*>(nullptr));
}
constexpr auto json_rules(const NewEntry*) {
    return json_rules(static_cast<const EntryFields*>(nullptr));
}

struct LorebookBody {
    std::string name;
    std::string description;
    std::optional<std::int64_t> scan_depth, token_budget;
    bool recursive = false;
    std::vector<NewEntry> entries;
    std::vector<BookScopeBody> scopes;
};
BOOST_DESCRIBE_STRUCT(LorebookBody, (),
                      (name, description, scan_depth, token_budget, recursive, entries, scopes))
constexpr auto json_optional(const LorebookBody*) {
    return std::array<std::string_view, 4>{"description", "recursive", "entries", "scopes"};
}
constexpr auto json_rules(const LorebookBody*) {
    return std::array{json::length("name", 1, character::limits::lorebook_name_code_points),
                      json::length("description", 0, 100'000),
                      json::range("scan_depth", 0, 1'000),
                      json::range("token_budget", 0, 1'000'000),
                      json::items("entries", 0, character::limits::lorebook_entries),
                      json::items("scopes", 0, character::limits::lorebook_places)};
}

struct LorebookPut : LorebookBody {
    character::LorebookId lorebook_id;
    std::optional<std::int64_t> version;  // that you saw: another one is refused as changed elsewhere
};
BOOST_DESCRIBE_STRUCT(LorebookPut, (LorebookBody), (lorebook_id, version))
constexpr auto json_optional(const LorebookPut*) {
    return json_optional(static_cast<const LorebookBody*>(nullptr));
}
constexpr auto json_rules(const LorebookPut*) {
    return json_rules(static_cast<const LorebookBody*>(nullptr));
}

// What is set is changed; what is absent or null stays. Entries have routes of their own.
struct LorebookChange {
    character::LorebookId lorebook_id;
    std::optional<std::int64_t> version;
    std::optional<std::string> name, description;
    std::optional<std::int64_t> scan_depth, token_budget;
    std::optional<bool> recursive;
    std::optional<std::vector<BookScopeBody>> scopes;
};
BOOST_DESCRIBE_STRUCT(LorebookChange, (),
                      (lorebook_id, version, name, description, scan_depth, token_budget, recursive, scopes))
constexpr auto json_rules(const LorebookChange*) {
    return std::array{json::length("name", 1, character::limits::lorebook_name_code_points),
                      json::length("description", 0, 100'000), json::range("scan_depth", 0, 1'000),
                      json::range("token_budget", 0, 1'000'000),
                      json::items("scopes", 0, character::limits::lorebook_places)};
}

struct EntriesQuery {
    character::LorebookId lorebook_id;
    std::optional<std::int64_t> cursor;
    std::optional<std::int64_t> limit;
    std::optional<std::string> q;  // words of its title, keys or content
};
BOOST_DESCRIBE_STRUCT(EntriesQuery, (), (lorebook_id, cursor, limit, q))
constexpr auto json_rules(const EntriesQuery*) {
    return std::array{json::range("limit", 1, static_cast<double>(character::limits::entries_page)),
                      json::length("q", 0, 200)};
}

struct EntryPath {
    character::LorebookId lorebook_id;
    std::int64_t uid = 0;
};
BOOST_DESCRIBE_STRUCT(EntryPath, (), (lorebook_id, uid))

struct EntryPost : EntryFields {
    character::LorebookId lorebook_id;
};
BOOST_DESCRIBE_STRUCT(EntryPost, (EntryFields), (lorebook_id))
constexpr auto json_optional(const EntryPost*) {
    return json_optional(static_cast<const EntryFields*>(nullptr));
}
constexpr auto json_rules(const EntryPost*) {
    return json_rules(static_cast<const EntryFields*>(nullptr));
}

struct EntryPut : EntryFields {
    character::LorebookId lorebook_id;
    std::string uid;                      // of the path: a whole number
    std::optional<std::int64_t> version;  // of the book, that you saw
};
BOOST_DESCRIBE_STRUCT(EntryPut, (EntryFields), (lorebook_id, uid, version))
constexpr auto json_optional(const EntryPut*) {
    return json_optional(static_cast<const EntryFields*>(nullptr));
}
constexpr auto json_rules(const EntryPut*) {
    return json_rules(static_cast<const EntryFields*>(nullptr));
}

struct EntryStored {
    EntryItem entry;
    std::int64_t version = 1;  // of the book
};
BOOST_DESCRIBE_STRUCT(EntryStored, (), (entry, version))

struct BookVersionItem {
    std::int64_t version = 1;
    std::string name;
    std::int64_t created = 0;  // UTC ms
    std::int64_t changed = 0;  // entries
};
BOOST_DESCRIBE_STRUCT(BookVersionItem, (), (version, name, created, changed))

struct BookVersionList {
    std::vector<BookVersionItem> items;  // newest first; the first is the present one
};
BOOST_DESCRIBE_STRUCT(BookVersionList, (), (items))

struct BookVersionPath {
    character::LorebookId lorebook_id;
    std::int64_t version = 1;
};
BOOST_DESCRIBE_STRUCT(BookVersionPath, (), (lorebook_id, version))
constexpr auto json_rules(const BookVersionPath*) {
    return std::array{json::range("version", 1, 1e12)};
}

enum class BookFormBody : std::uint8_t { sillytavern, v3 };
BOOST_DESCRIBE_ENUM(BookFormBody, sillytavern, v3)

struct BookExportQuery {
    character::LorebookId lorebook_id;
    std::optional<BookFormBody> form;     // sillytavern
    std::optional<std::int64_t> version;  // an earlier one
};
BOOST_DESCRIBE_STRUCT(BookExportQuery, (), (lorebook_id, form, version))

struct BookImportQuery {
    std::optional<std::string> name;  // of a file that does not say
};
BOOST_DESCRIBE_STRUCT(BookImportQuery, (), (name))
constexpr auto json_rules(const BookImportQuery*) {
    return std::array{json::length("name", 0, character::limits::lorebook_name_code_points)};
}

struct BookImported {
    LorebookItem lorebook;
    std::string form;                   // "world", "character_book", "agnai", "risu", "novel"
    std::vector<std::string> warnings;  // keys that are not what they look like
};
BOOST_DESCRIBE_STRUCT(BookImported, (), (lorebook, form, warnings))

// --- the lorebook within a character's card

struct OwnBookItem {
    character::CharacterId character_id;
    std::string character;  // its name
    std::string name;       // of the book; often empty
    std::string description;
    std::optional<std::int64_t> scan_depth, token_budget;
    bool recursive = false;
    std::int64_t entry_count = 0;
    std::int64_t version = 1;  // of the character
    std::int64_t updated = 0;  // UTC ms
};
BOOST_DESCRIBE_STRUCT(OwnBookItem, (),
                      (character_id, character, name, description, scan_depth, token_budget, recursive,
                       entry_count, version, updated))

struct OwnBookPath {
    character::CharacterId character_id;
};
BOOST_DESCRIBE_STRUCT(OwnBookPath, (), (character_id))

// What is set is changed; what is absent or null stays.
struct OwnBookChange {
    character::CharacterId character_id;
    std::optional<std::int64_t> version;  // of the character, that you saw
    std::optional<std::string> name, description;
    std::optional<std::int64_t> scan_depth, token_budget;
    std::optional<bool> recursive;
};
BOOST_DESCRIBE_STRUCT(OwnBookChange, (),
                      (character_id, version, name, description, scan_depth, token_budget, recursive))
constexpr auto json_rules(const OwnBookChange*) {
    return std::array{json::length("name", 0, character::limits::lorebook_name_code_points),
                      json::length("description", 0, 100'000), json::range("scan_depth", 0, 1'000),
                      json::range("token_budget", 0, 1'000'000)};
}

struct OwnEntriesQuery {
    character::CharacterId character_id;
    std::optional<std::int64_t> cursor;
    std::optional<std::int64_t> limit;
    std::optional<std::string> q;  // words of its title, keys or content
};
BOOST_DESCRIBE_STRUCT(OwnEntriesQuery, (), (character_id, cursor, limit, q))
constexpr auto json_rules(const OwnEntriesQuery*) {
    return std::array{json::range("limit", 1, static_cast<double>(character::limits::entries_page)),
                      json::length("q", 0, 200)};
}

struct OwnEntryPath {
    character::CharacterId character_id;
    std::int64_t uid = 0;
};
BOOST_DESCRIBE_STRUCT(OwnEntryPath, (), (character_id, uid))

struct OwnEntryPost : EntryFields {
    character::CharacterId character_id;
};
BOOST_DESCRIBE_STRUCT(OwnEntryPost, (EntryFields), (character_id))
constexpr auto json_optional(const OwnEntryPost*) {
    return json_optional(static_cast<const EntryFields*>(nullptr));
}
constexpr auto json_rules(const OwnEntryPost*) {
    return json_rules(static_cast<const EntryFields*>(nullptr));
}

struct OwnEntryPut : EntryFields {
    character::CharacterId character_id;
    std::string uid;                      // of the path: a whole number
    std::optional<std::int64_t> version;  // of the character, that you saw
};
BOOST_DESCRIBE_STRUCT(OwnEntryPut, (EntryFields), (character_id, uid, version))
constexpr auto json_optional(const OwnEntryPut*) {
    return json_optional(static_cast<const EntryFields*>(nullptr));
}
constexpr auto json_rules(const OwnEntryPut*) {
    return json_rules(static_cast<const EntryFields*>(nullptr));
}

struct OwnBookExportQuery {
    character::CharacterId character_id;
    std::optional<BookFormBody> form;  // sillytavern
};
BOOST_DESCRIBE_STRUCT(OwnBookExportQuery, (), (character_id, form))

// --- POST /lorebooks/test
// -----------------------------------------------------------------------------------

// Exactly one of lorebook_id, character_id, book, conversation_id alone (the books that wake there).
struct LoreTestBody {
    std::optional<character::LorebookId> lorebook_id;
    std::optional<character::CharacterId> character_id;   // the book within its card
    boost::json::value book;                              // a lorebook file, not stored
    std::optional<chat::ConversationId> conversation_id;  // its messages stand before the text
    std::string text;
    std::optional<std::int64_t> scan_depth;
    std::optional<bool> recursive;
    std::optional<std::int64_t> token_budget;
    std::optional<std::int64_t> seed;  // of chance; absent: the conversation's
};
BOOST_DESCRIBE_STRUCT(LoreTestBody, (),
                      (lorebook_id, character_id, book, conversation_id, text, scan_depth, recursive,
                       token_budget, seed))
constexpr auto json_optional(const LoreTestBody*) {
    return std::array<std::string_view, 1>{"book"};
}
constexpr auto json_rules(const LoreTestBody*) {
    return std::array{json::length("text", 0, 100'000), json::range("scan_depth", 0, 1'000),
                      json::range("token_budget", 1, 1'000'000), json::range("seed", 0, 9e15)};
}

struct LoreTestEntry {
    std::optional<character::LorebookId> lorebook_id;  // of a stored book
    std::string book;
    std::int64_t uid = 0;
    std::string title;
    std::string position;
    std::string reason;  // why it woke, or what kept it out; in English
    std::uint64_t tokens = 0;
    std::string content;      // macros expanded; of what woke
    std::string code, about;  // of the reason
};
BOOST_DESCRIBE_STRUCT(LoreTestEntry, (),
                      (lorebook_id, book, uid, title, position, reason, tokens, content, code, about))

struct LoreTestAnswer {
    std::vector<LoreTestEntry> activated;  // in the order in which they woke
    std::vector<LoreTestEntry> nearly;     // a key was found, and something kept them out
    std::uint64_t tokens = 0;
    std::uint64_t budget = 0;
    bool overflowed = false;  // the budget kept an entry out
    std::int64_t passes = 0;
    std::vector<std::string> warnings;
};
BOOST_DESCRIBE_STRUCT(LoreTestAnswer, (), (activated, nearly, tokens, budget, overflowed, passes, warnings))

}  // namespace lares::api
