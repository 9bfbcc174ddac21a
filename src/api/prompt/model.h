#pragma once
// Request and answer of POST /api/v1/prompts/render, as they stand on the wire. Numbers of positions and
// roles are those of SillyTavern's files: 0 system, 1 user, 2 assistant.
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include "chat/prompts.h"
#include "json/json.h"

namespace lares::api {

struct RenderNoteBody {
    std::string text;
    std::int64_t position = 1;  // 0 after the main prompt, 1 in the chat, 2 before the main prompt
    std::int64_t depth = 4;
    std::int64_t role = 0;
    std::int64_t interval = 1;
    bool allow_scan = false;
};
BOOST_DESCRIBE_STRUCT(RenderNoteBody, (), (text, position, depth, role, interval, allow_scan))
constexpr auto json_optional(const RenderNoteBody*) {
    return std::array<std::string_view, 6>{"text", "position", "depth", "role", "interval", "allow_scan"};
}
constexpr auto json_rules(const RenderNoteBody*) {
    return std::array{json::range("position", 0, 2), json::range("depth", 0, 10'000),
                      json::range("role", 0, 2), json::range("interval", 0, 10'000)};
}

struct RenderLoreBody {
    std::int64_t scan_depth = 2;
    double budget_percent = 25;
    std::int64_t budget_cap = 0;
    bool recursive = false;
    std::int64_t max_recursion_steps = 0;
    std::int64_t min_activations = 0;
    std::int64_t min_activations_depth_max = 0;
    bool case_sensitive = false;
    bool match_whole_words = true;
    bool include_names = true;
    bool use_group_scoring = false;
    std::int64_t insertion_strategy = 1;  // 0 evenly, 1 card first, 2 global first
};
BOOST_DESCRIBE_STRUCT(RenderLoreBody, (),
                      (scan_depth, budget_percent, budget_cap, recursive, max_recursion_steps,
                       min_activations, min_activations_depth_max, case_sensitive, match_whole_words,
                       include_names, use_group_scoring, insertion_strategy))
constexpr auto json_optional(const RenderLoreBody*) {
    return std::array<std::string_view, 12>{"scan_depth",
                                            "budget_percent",
                                            "budget_cap",
                                            "recursive",
                                            "max_recursion_steps",
                                            "min_activations",
                                            "min_activations_depth_max",
                                            "case_sensitive",
                                            "match_whole_words",
                                            "include_names",
                                            "use_group_scoring",
                                            "insertion_strategy"};
}
constexpr auto json_rules(const RenderLoreBody*) {
    return std::array{
        json::range("scan_depth", 0, 1000),        json::range("budget_percent", 0, 100),
        json::range("budget_cap", 0, 10'000'000),  json::range("max_recursion_steps", 0, 1000),
        json::range("min_activations", 0, 10'000), json::range("min_activations_depth_max", 0, 10'000),
        json::range("insertion_strategy", 0, 2)};
}

// A prompt that is absent is the usual one.
struct RenderSettingsBody {
    std::optional<std::string> main_prompt, auxiliary_prompt, post_history_prompt, new_chat_marker,
        new_example_marker, continue_nudge, impersonation_prompt, world_info_format, personality_format,
        scenario_format, send_if_empty;
    bool prefer_card_system_prompt = true;
    bool prefer_card_post_history = true;
    bool pin_examples = false;
    bool squash_system_messages = false;
    std::int64_t names_behavior = 0;  // -1 none, 0 default, 1 name field, 2 in content
    std::int64_t context_size = 8192;
    std::int64_t max_tokens = 512;
    RenderNoteBody authors_note;
    RenderLoreBody lorebook;
};
BOOST_DESCRIBE_STRUCT(RenderSettingsBody, (),
                      (main_prompt, auxiliary_prompt, post_history_prompt, new_chat_marker,
                       new_example_marker, continue_nudge, impersonation_prompt, world_info_format,
                       personality_format, scenario_format, send_if_empty, prefer_card_system_prompt,
                       prefer_card_post_history, pin_examples, squash_system_messages, names_behavior,
                       context_size, max_tokens, authors_note, lorebook))
constexpr auto json_optional(const RenderSettingsBody*) {
    return std::array<std::string_view, 9>{"prefer_card_system_prompt",
                                           "prefer_card_post_history",
                                           "pin_examples",
                                           "squash_system_messages",
                                           "names_behavior",
                                           "context_size",
                                           "max_tokens",
                                           "authors_note",
                                           "lorebook"};
}
constexpr auto json_rules(const RenderSettingsBody*) {
    return std::array{json::range("names_behavior", -1, 2), json::range("context_size", 1, 10'000'000),
                      json::range("max_tokens", 0, 10'000'000)};
}

struct RenderPersonaBody {
    std::string name = "User";
    std::string description;
    std::int64_t position = 0;  // 0 in the prompt, 2 top of the note, 3 bottom of the note, 4 at depth, 9 off
    std::int64_t depth = 2;
    std::int64_t role = 0;
};
BOOST_DESCRIBE_STRUCT(RenderPersonaBody, (), (name, description, position, depth, role))
constexpr auto json_optional(const RenderPersonaBody*) {
    return std::array<std::string_view, 5>{"name", "description", "position", "depth", "role"};
}
constexpr auto json_rules(const RenderPersonaBody*) {
    return std::array{json::length("name", 1, 200), json::range("position", 0, 9),
                      json::range("depth", 0, 10'000), json::range("role", 0, 2)};
}

enum class RenderRole : std::uint8_t { system, user, assistant };
BOOST_DESCRIBE_ENUM(RenderRole, system, user, assistant)
enum class RenderLayout : std::uint8_t { compat, stable };
BOOST_DESCRIBE_ENUM(RenderLayout, compat, stable)
enum class RenderKind : std::uint8_t { normal, continue_, impersonate, swipe, regenerate, quiet };
BOOST_DESCRIBE_ENUM(RenderKind, normal, continue_, impersonate, swipe, regenerate, quiet)

struct RenderLineBody {
    RenderRole role = RenderRole::user;  // system: a narrator's line
    std::string content;
    std::string name;
    bool hidden = false;
};
BOOST_DESCRIBE_STRUCT(RenderLineBody, (), (role, content, name, hidden))
constexpr auto json_optional(const RenderLineBody*) {
    return std::array<std::string_view, 2>{"name", "hidden"};
}

struct RenderBooksBody {
    std::vector<boost::json::value> global, chat, persona, space;
    bool embedded = true;  // the card's own book is used
};
BOOST_DESCRIBE_STRUCT(RenderBooksBody, (), (global, chat, persona, space, embedded))
constexpr auto json_optional(const RenderBooksBody*) {
    return std::array<std::string_view, 5>{"global", "chat", "persona", "space", "embedded"};
}
constexpr auto json_rules(const RenderBooksBody*) {
    return std::array{json::items("global", 0, 100), json::items("chat", 0, 100),
                      json::items("persona", 0, 100), json::items("space", 0, 100)};
}

// Tokens without a tokeniser: so many a word and so many a message, rounded up.
struct RenderCounterBody {
    double word = 1.3;
    double message = 4;
};
BOOST_DESCRIBE_STRUCT(RenderCounterBody, (), (word, message))
constexpr auto json_optional(const RenderCounterBody*) {
    return std::array<std::string_view, 2>{"word", "message"};
}
constexpr auto json_rules(const RenderCounterBody*) {
    return std::array{json::range("word", 0, 100), json::range("message", 0, 100)};
}

struct TimedEffectBody {
    std::string hash;
    std::int64_t start = 0;
    std::int64_t end = 0;
    bool protected_ = false;
};
BOOST_DESCRIBE_STRUCT(TimedEffectBody, (), (hash, start, end, protected_))

struct RenderStateBody {
    std::string seed;  // hexadecimal; empty: chance decides
    std::uint64_t turn = 0;
    std::map<std::string, TimedEffectBody> sticky, cooldown;
    std::map<std::string, std::int64_t> matched;
    std::map<std::string, std::string> variables, global_variables;
};
BOOST_DESCRIBE_STRUCT(RenderStateBody, (),
                      (seed, turn, sticky, cooldown, matched, variables, global_variables))
constexpr auto json_optional(const RenderStateBody*) {
    return std::array<std::string_view, 7>{"seed",    "turn",      "sticky",          "cooldown",
                                           "matched", "variables", "global_variables"};
}
constexpr auto json_rules(const RenderStateBody*) {
    return std::array{json::length("seed", 0, 16), json::items("variables", 0, 1000),
                      json::items("global_variables", 0, 1000)};
}

struct RenderBody {
    RenderLayout layout = RenderLayout::compat;
    boost::json::value card;               // JSON of a V1, V2 or V3 card
    std::optional<std::string> card_file;  // base64 of a card file, in place of `card`
    RenderPersonaBody persona;
    RenderSettingsBody settings;
    RenderBooksBody books;
    std::optional<std::uint64_t> greeting_index;  // the chat starts with this greeting: 0 is first_mes
    std::vector<RenderLineBody> chat;             // oldest first
    std::string message;
    RenderKind type = RenderKind::normal;
    std::optional<std::string> model;  // whose tokeniser counts, and whose context bounds the layout stable
    RenderCounterBody counter;         // without a model
    RenderStateBody state;
    std::optional<std::int64_t> now;  // UTC ms, for dates
    std::string time_zone = "UTC";
    std::string locale = "en";
};
BOOST_DESCRIBE_STRUCT(RenderBody, (),
                      (layout, card, card_file, persona, settings, books, greeting_index, chat, message, type,
                       model, counter, state, now, time_zone, locale))
constexpr auto json_optional(const RenderBody*) {
    return std::array<std::string_view, 12>{"layout",  "card", "persona", "settings", "books",     "chat",
                                            "message", "type", "counter", "state",    "time_zone", "locale"};
}
constexpr auto json_rules(const RenderBody*) {
    return std::array{json::items("chat", 0, 10'000), json::range("greeting_index", 0, 10'000),
                      json::length("time_zone", 0, 64), json::length("locale", 0, 64)};
}

struct RenderedMessageBody {
    RenderRole role = RenderRole::system;
    std::string content;
    std::optional<std::string> name;
};
BOOST_DESCRIBE_STRUCT(RenderedMessageBody, (), (role, content, name))

struct PromptPartBody {
    std::string source;    // "main", "lore", "history", …
    std::string title;     // of a lore entry
    std::string id;        // of a lore entry: book and number; of a message: its place in the chat
    std::string position;  // of a lore entry
    std::string trust;  // whose words they are: "operator", "owner", "card", "knowledge", "person", "model"
    bool in = true;
    std::string reason;                    // in English
    std::optional<std::uint64_t> message;  // its place in `messages`
    std::uint64_t tokens = 0;
    std::string text;
    std::string code;   // of the reason; stays the same
    std::string about;  // what the reason is about: a key, a group
};
BOOST_DESCRIBE_STRUCT(PromptPartBody, (),
                      (source, title, id, position, trust, in, reason, message, tokens, text, code, about))

struct RenderAnswer {
    std::vector<RenderedMessageBody> messages;
    RenderStateBody state;     // for the next turn
    std::string message;       // the new message with its macros expanded: what joins the chat
    std::string greeting;      // that the chat started with
    std::uint64_t tokens = 0;  // of all messages
    std::vector<PromptPartBody> parts;
    std::vector<std::string> warnings;
};
BOOST_DESCRIBE_STRUCT(RenderAnswer, (), (messages, state, message, greeting, tokens, parts, warnings))

// --- in chats
// -----------------------------------------------------------------------------------------------

// What stays the same for all chats of a person; context and room for the answer are the model's.
struct ChatSettingsBody {
    std::optional<std::string> main_prompt, auxiliary_prompt, post_history_prompt, new_chat_marker,
        new_example_marker, continue_nudge, impersonation_prompt, world_info_format, personality_format,
        scenario_format, send_if_empty;
    bool prefer_card_system_prompt = true;
    bool prefer_card_post_history = true;
    bool pin_examples = false;
    bool squash_system_messages = false;
    std::int64_t names_behavior = 0;  // -1 none, 0 default, 1 name field, 2 in content
    RenderLoreBody lorebook = {.scan_depth = 4};
    std::string time_zone;  // of dates in macros, IANA; empty: UTC
    std::string locale;     // of dates in macros, BCP 47; empty: English
};
BOOST_DESCRIBE_STRUCT(ChatSettingsBody, (),
                      (main_prompt, auxiliary_prompt, post_history_prompt, new_chat_marker,
                       new_example_marker, continue_nudge, impersonation_prompt, world_info_format,
                       personality_format, scenario_format, send_if_empty, prefer_card_system_prompt,
                       prefer_card_post_history, pin_examples, squash_system_messages, names_behavior,
                       lorebook, time_zone, locale))
constexpr auto json_optional(const ChatSettingsBody*) {
    return std::array<std::string_view, 8>{"prefer_card_system_prompt",
                                           "prefer_card_post_history",
                                           "pin_examples",
                                           "squash_system_messages",
                                           "names_behavior",
                                           "lorebook",
                                           "time_zone",
                                           "locale"};
}
constexpr auto json_rules(const ChatSettingsBody*) {
    return std::array{json::range("names_behavior", -1, 2),
                      json::length("main_prompt", 0, 50'000),
                      json::length("auxiliary_prompt", 0, 50'000),
                      json::length("post_history_prompt", 0, 50'000),
                      json::length("new_chat_marker", 0, 1'000),
                      json::length("new_example_marker", 0, 1'000),
                      json::length("continue_nudge", 0, 10'000),
                      json::length("impersonation_prompt", 0, 10'000),
                      json::length("world_info_format", 0, 10'000),
                      json::length("personality_format", 0, 10'000),
                      json::length("scenario_format", 0, 10'000),
                      json::length("send_if_empty", 0, 10'000),
                      json::length("time_zone", 0, 64),
                      json::length("locale", 0, 64)};
}

// Texts of an editor: each is counted by itself, as it would stand within a message.
struct CountBody {
    std::vector<std::string> texts;
    std::optional<std::string> model;  // absent: the one that answers in the person's chats
};
BOOST_DESCRIBE_STRUCT(CountBody, (), (texts, model))
constexpr auto json_rules(const CountBody*) {
    return std::array{json::items("texts", 1, 200), json::length("model", 1, 200)};
}
struct CountAnswer {
    std::vector<std::int64_t> tokens;  // in the order of the texts
    std::string model;
    bool exact = false;  // by the model's own tokenizer; else four bytes a token
};
BOOST_DESCRIBE_STRUCT(CountAnswer, (), (tokens, model, exact))

struct SentPromptPath {
    chat::ConversationId conversation_id;
    chat::MessageId message_id;
};
BOOST_DESCRIBE_STRUCT(SentPromptPath, (), (conversation_id, message_id))

// What was sent for an answer.
struct SentPromptBody : chat::SentPrompt {
    std::optional<std::int64_t> prompt_tokens;  // as the model counted them
    std::optional<std::int64_t> reused;         // of these found in its cache
    std::optional<std::int64_t> new_tokens;     // of these computed
    std::optional<std::int64_t> completion;     // of the answer
};
BOOST_DESCRIBE_STRUCT(SentPromptBody, (chat::SentPrompt), (prompt_tokens, reused, new_tokens, completion))

}  // namespace lares::api
