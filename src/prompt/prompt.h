#pragma once
// Builds the messages that a model sees, from a card, a persona and what was said. Pure.
//
// The layout is append-only: what one turn sent is, byte for byte, the beginning of what the next turn sends,
// until the history no longer fits; then a quarter of the room is freed at once.
//   system: main, description, personality, scenario, persona, lore that is always active
//   the card's examples, as messages of both sides
//   greeting
//   history, with the post-history instructions put in before a person's message and frozen there
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "character/model.h"
#include "gateway/provider.h"
#include "prompt/lore/scan.h"
#include "prompt/macros/engine.h"

namespace lares::prompt {

enum class Source : std::uint8_t {
    main,
    description,
    personality,
    scenario,
    persona,
    example,
    greeting,
    post_history,
    history,
    lore,
    auxiliary,
    note,
    depth_prompt,
    nudge
};
std::string_view to_text(Source source);  // "main", "post_history"

// Whose words a part is.
enum class Trust : std::uint8_t { operator_, owner, card, knowledge, person, model };
std::string_view to_text(Trust trust);  // "operator", "card"

// The numbers are those of SillyTavern's files.
enum class PersonaPosition : std::uint8_t {
    in_prompt = 0,
    note_top = 2,
    note_bottom = 3,
    at_depth = 4,
    off = 9
};

struct Persona {
    std::string name = "User";  // {{user}}
    std::string description;
    PersonaPosition position = PersonaPosition::in_prompt;
    std::int64_t depth = 2;
    std::uint8_t role = 0;  // 0 system, 1 user, 2 assistant
};

enum class NotePosition : std::uint8_t { after_main, in_chat, before_main };

struct AuthorsNote {
    std::string text;
    NotePosition position = NotePosition::in_chat;
    std::int64_t depth = 4;
    std::uint8_t role = 0;
    std::int64_t interval = 1;  // every so many messages of the person; 0: never
    bool allow_scan = false;    // lore keys are searched in it
};

struct Said {
    gateway::Role role = gateway::Role::user;
    std::string text;
    std::vector<std::int32_t> tokens;  // see gateway::ChatMessage
};

// Tokens of one message, its template's frame included.
using CountTokens = std::function<Result<std::size_t>(const gateway::ChatMessage&)>;

struct Input {
    const character::Card* card = nullptr;
    Persona persona;
    std::string main;       // the operator's main prompt; empty: ours. The card's system_prompt replaces it
    std::string auxiliary;  // empty: none
    std::string post_history;             // {{original}} of the card's instructions; stands where it has none
    AuthorsNote note;                     // its place is the message with which it is due; there it stays
    std::string nudge;                    // the very last message, of the person's side; empty: none
    std::optional<std::string> greeting;  // as it was shown, no macros; absent: the card's first_mes
    std::vector<Said> history;  // oldest first, without the greeting; the last one is what is answered
    // The first message of `history` that the last prompt of this conversation held (Prompt::history_from,
    // shifted if older messages are no longer passed). 0 is always right while the whole history is passed.
    std::size_t history_from = 0;
    std::size_t context_tokens = 0;  // of the model
    std::size_t reply_tokens =
        512;  // kept free for the answer; the same in every turn, or the prefix may move
    CountTokens count;
    // Lorebooks: what is always active stands among the constant texts; what a message wakes is put before
    // that message once and stays there, as long as the message is kept.
    const lore::BookSet* books = nullptr;
    lore::ScanSettings lore;      // its budget is of one message
    std::uint64_t seed = 0;       // of the chat: choices and dice of macros, chance of lore
    std::int64_t began_ms = 0;    // when the chat began, for dates; 0: they stay as they are written
    macros::Place place;          // of these dates
    macros::Variables variables;  // as the chat began with them
    macros::Variables globals;    // of the person
    bool prefer_card_system_prompt = true;  // to `main`
    bool prefer_card_post_history = true;   // to `post_history`
    std::string trigger = "normal";  // the kind of turn: what lore waits for at the message that is answered
    std::string also_trigger;        // another one that it is as well; empty: none
};

constexpr std::size_t no_message = static_cast<std::size_t>(-1);

// Why a piece of text is in the prompt, or is not.
struct Part {
    Source source = Source::main;
    Trust trust = Trust::card;
    bool in = true;
    Reason reason;                     // "part of the card", "older than what fits", …
    std::string title;                 // of a lore entry
    std::string id;                    // of a lore entry: its book and number
    std::string position;              // of a lore entry
    std::size_t message = no_message;  // its place in Prompt::messages
    std::size_t history = no_message;  // its place in Input::history
    std::string text;                  // empty for history parts
    std::size_t tokens = 0;
};

struct Prompt {
    std::vector<gateway::ChatMessage> messages;
    std::size_t shared_prefix =
        0;  // leading messages that are the same for every chat with this card and persona
    std::vector<Part> parts;
    std::size_t tokens = 0;
    std::size_t history_from = 0;  // the first message of Input::history that is in
    lore::TimedEffects timed;      // as the last message left them
    macros::Variables variables;   // as the constant texts set them
};

// Errors: unprocessable "context-overflow", `field` naming the part that does not fit and the message by how
// much; those of `count`.
Result<Prompt> build(const Input& input);

// A greeting is cut where a message would be too long (chat::Limits).
constexpr std::size_t greeting_code_points_max = 100'000;

// The chat that a greeting opens.
struct Opening {
    std::uint64_t seed = 0;
    std::int64_t now_ms = 0;  // 0: dates stay as they are written
    macros::Place place = {};
};
// A greeting with its macros expanded, and the variables that it set.
struct Greeting {
    std::string text;
    macros::Variables variables;
};
// index 0 is first_mes, then the alternates. Empty when there is none.
Greeting greeting(const character::Card& card, const Persona& persona, std::size_t index = 0,
                  const Opening& opening = {});
// first_mes and the alternates, `most` of them at most.
std::vector<Greeting> greetings(const character::Card& card, const Persona& persona, std::size_t most,
                                const Opening& opening = {});

// What chance hangs on in a chat: its id, so that nothing has to be stored.
std::uint64_t seed_of(std::string_view conversation);

}  // namespace lares::prompt
