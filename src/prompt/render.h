#pragma once
// A prompt in SillyTavern's order (layout `compat`), from nothing but what is handed in: card, books,
// persona, settings, chat, new message, and the state that the turn before left. Source: what
// SillyTavern 1.19 was seen to send (docs/prompts.md); where we differ on purpose stands there too.
//
// Order: main, lore before, persona, description, personality, scenario, auxiliary, lore after, examples,
// separator and history with what is injected at a depth, post-history, nudges.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "character/model.h"
#include "prompt/lore/scan.h"
#include "prompt/macros/engine.h"
#include "prompt/prompt.h"

namespace lares::prompt {

enum class TurnKind : std::uint8_t { normal, continue_, impersonate, swipe, regenerate, quiet };
std::string_view to_text(TurnKind kind);  // "continue"

struct ChatLine {
    gateway::Role role = gateway::Role::user;  // system: a narrator's line
    std::string text;
    std::string name;     // empty: the persona's or the character's
    bool hidden = false;  // not for the prompt
};

enum class Names : std::int8_t { none = -1, standard = 0, field = 1, content = 2 };

using RenderPersona = Persona;

struct LoreSettings {
    std::int64_t scan_depth = 2;
    double budget_percent = 25;
    std::int64_t budget_cap = 0;  // tokens; 0: none
    bool recursive = false;
    std::int64_t max_recursion_steps = 0;
    std::int64_t min_activations = 0;
    std::int64_t min_activations_depth_max = 0;
    bool include_names = true;
    bool use_group_scoring = false;
    lore::CompileOptions compile;
};

struct RenderSettings {
    std::string main_prompt =
        "Write {{char}}'s next reply in a fictional chat between {{char}} and {{user}}.";
    std::string auxiliary_prompt, post_history_prompt;
    std::string new_chat_marker = "[Start a new Chat]";
    std::string new_example_marker = "[Example Chat]";
    std::string continue_nudge = "[Continue your last message without repeating its original content.]";
    std::string impersonation_prompt =
        "[Write your next reply from the point of view of {{user}}, using the chat history so far as a "
        "guideline for "
        "the writing style of {{user}}. Don't write as {{char}} or system. Don't describe actions of "
        "{{char}}.]";
    std::string world_info_format = "{0}";
    std::string personality_format = "{{personality}}";
    std::string scenario_format = "{{scenario}}";
    std::string send_if_empty;
    bool prefer_card_system_prompt = true;
    bool prefer_card_post_history = true;
    bool pin_examples = false;  // examples before history, when there is not room for both
    bool squash_system_messages = false;
    Names names = Names::standard;
    std::int64_t context_size = 4096;
    std::int64_t max_tokens = 300;  // kept free for the answer
    AuthorsNote note;
    LoreSettings lore;
    macros::Place place;  // of dates
};

// What one turn hands to the next.
struct RenderState {
    std::uint64_t seed = 0;  // of the chat
    std::uint64_t turn = 0;  // turns rendered
    lore::TimedEffects timed;
    macros::Variables variables, global_variables;
};

struct RenderInput {
    const character::Card* card = nullptr;
    RenderPersona persona;
    RenderSettings settings;
    const lore::BookSet* books = nullptr;
    std::optional<std::size_t> greeting_index;  // the chat starts with it: 0 is first_mes
    std::vector<ChatLine> chat;                 // oldest first
    std::string message;                        // new; empty: none
    TurnKind kind = TurnKind::normal;
    std::string also_kind;  // what lore may wait for as well: a chat's regenerated answer is a swipe
    RenderState state;
    CountTokens count;
    std::int64_t now_ms = 0;
    std::string model;
};

struct RenderedMessage {
    gateway::Role role = gateway::Role::system;
    std::string name;
    std::string content;
};

// Why a piece of text is in the prompt, or is not.
struct RenderPart {
    std::string source;  // "main", "lore", "history", …
    std::string title;   // of a lore entry: its comment or its first key
    std::string id;      // of a lore entry: its book and number; of a message: its place in the chat
    std::string position;
    Trust trust = Trust::card;
    bool in = true;
    Reason reason;
    std::size_t message = no_message;  // its place in Rendered::messages
    std::size_t tokens = 0;
    std::string text;
};

struct Rendered {
    std::vector<RenderedMessage> messages;
    std::vector<RenderPart> parts;
    std::size_t tokens = 0;
    std::string message;  // the new message with its macros expanded: what joins the history
    std::string greeting;
    RenderState state;
    std::vector<std::string> warnings;
};

// Errors: unprocessable "context-overflow", `field` naming the part that does not fit, the message by how
// much; those of `count`.
Result<Rendered> render(const RenderInput& input);

}  // namespace lares::prompt
