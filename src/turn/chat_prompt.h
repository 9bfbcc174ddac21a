#pragma once
// The prompt of one turn in a chat, from all that it is made of: persona, books that are awake, the
// conversation's own settings, the state that the answer before left. Both layouts; what it is made of is
// kept by the answer (chat/prompts.h), so that a swipe begins where the answer beside it began.
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "character/lorebooks.h"
#include "character/personas.h"
#include "character/service.h"
#include "chat/attachments.h"
#include "chat/prompts.h"
#include "gateway/provider.h"
#include "prompt/lore/library.h"
#include "prompt/render.h"

namespace lares::turn {

// Where the parts of a prompt lie; an absent one leaves them out. All outlive it.
struct PromptStores {
    character::Lorebooks* lorebooks = nullptr;
    character::Personas* personas = nullptr;
    chat::Prompts* prompts = nullptr;
    // How a person likes their prompts.
    std::function<Task<Result<prompt::RenderSettings>>(OwnerId)> settings;
    std::function<std::int64_t()> now_ms;  // UTC; for dates in the layout compat
    chat::Attachments* attachments = nullptr;
};

// A book of a chat, read or known by its version.
struct ChatBooks {
    std::string name;  // of prompt::lore::Library
    std::vector<std::pair<character::AwakeBook, std::shared_ptr<const character::Lorebook>>> books;
};

// Read for one turn.
struct PromptSources {
    prompt::Persona persona;
    prompt::RenderSettings settings;
    bool compat = false;
    ChatBooks books;
    prompt::RenderState state;
    prompt::macros::Variables began;  // those that the chat began with: texts before it hang on nothing later
    std::vector<std::string> warnings;
};

// As the person likes them, or as usual.
Task<Result<prompt::RenderSettings>> prompt_settings(const PromptStores& stores, OwnerId owner);

prompt::Persona to_prompt(const character::Persona& persona);

// The state of a chat that begins with these variables; empty without any.
std::string first_state(const prompt::macros::Variables& variables);
// Over what was read from the store.
void take_left(const chat::LeftState& left, PromptSources& sources);
// What a person says with its macros expanded, and the state after it.
std::pair<std::string, chat::LeftState> expand_spoken(const PromptSources& sources,
                                                      const character::Card& card, chat::MessageId message,
                                                      std::string_view text, std::int64_t now_ms);

// Where the conversation names no persona: `usual`, their default one; without one `persona`.
Task<Result<PromptSources>> read_sources(const PromptStores& stores, OwnerId owner, prompt::Persona persona,
                                         std::optional<character::Persona> usual,
                                         const character::Character& character,
                                         const chat::Conversation& conversation,
                                         std::vector<chat::MessageId> answers);

// One line of the branch, as a prompt needs it.
struct ChatLines {
    std::optional<std::string> greeting;  // said before anybody else spoke
    std::vector<prompt::Said> history;    // what was not answered is joined with the next
    std::vector<chat::MessageId> ids;     // of the first message of each
    std::vector<prompt::ChatLine> lines;  // all of it, hidden ones too
    // Pictures and PDFs by the id of the part that their message is in the prompt: of `ids`, or the place in
    // `lines`.
    std::map<std::string, std::vector<chat::Attachment>> files;
};

struct PromptOrder {
    const character::Character& character;
    PromptSources sources;
    std::string main_prompt;  // the operator's
    ChatLines said;
    gateway::ModelInfo model;
    std::uint32_t reply_tokens = 512;
    std::size_t history_from = 0;
    prompt::TurnKind kind = prompt::TurnKind::normal;
    std::int64_t began_ms = 0, now_ms = 0;
    prompt::CountTokens count;
};

struct MadePrompt {
    std::vector<gateway::ChatMessage> messages;
    std::size_t shared_prefix = 0;
    std::size_t history_from = 0;
    chat::SentPrompt sent;
    std::string state;                   // JSON
    std::optional<std::string> globals;  // JSON; set: they changed
    struct Shown {
        std::size_t message;  // its place in `messages`
        chat::Attachment about;
    };
    std::vector<Shown> files;  // pictures and PDFs of messages that are in
};

// On a pool. Errors: "context-overflow", those of the tokeniser.
Result<MadePrompt> make_prompt(PromptOrder order, prompt::lore::Library& library);

}  // namespace lares::turn
