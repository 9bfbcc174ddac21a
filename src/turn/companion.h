#pragma once
// Who answers: what a turn needs of a character, behind a face that tests and the simulation can stand in
// for.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "async/task.h"
#include "base/result.h"
#include "chat/journal.h"
#include "gateway/provider.h"
#include "voice/speaker.h"

namespace lares::turn {

// A character as it was when the turn began.
class Companion {
public:
    virtual ~Companion() = default;
    virtual const std::string& name() const = 0;
    // A conversation with its greetings, this one of them shown.
    virtual Task<Result<chat::NewConversation>> opening(chat::ConversationId id, std::size_t chosen) = 0;
    // What the person says, as it is kept: its macros are expanded once, and the prompt() that follows knows
    // what they set. `context`: without this message.
    struct Spoken {
        std::string text;
        std::optional<chat::LeftState> left;  // set: the text had macros
    };
    virtual Task<Result<Spoken>> spoken(chat::Context, chat::MessageId, std::string text) {
        co_return Spoken{std::move(text), {}};
    }
    // Whether the model of this process may answer in this conversation: else nobody waits for it.
    virtual bool answers_here(const chat::Conversation&) const { return true; }
    // messages, shared_prefix, prefix_scope, stop and model of the request. carry_on: the last message is an
    // answer that is to go on. Error: unprocessable "context-overflow" when even the last message does not
    // fit.
    virtual Task<Result<gateway::ChatRequest>> prompt(chat::Context context, chat::Begin begin,
                                                      std::uint32_t max_tokens) = 0;
    // The id of the answer that the next prompt() is for: what was sent is kept under it.
    virtual void answers(chat::MessageId) {}
    // Keeps what the last prompt() made. Beside the model: it is waited for after the request was taken.
    virtual Task<void> keep() { co_return; }
    // How it speaks to this person. Asked beside the model, only for answers that are spoken.
    virtual Task<voice::Choice> voice() { co_return voice::Choice(); }
};

class Companions {
public:
    virtual ~Companions() = default;
    // not_found "character-not-found" when it does not exist or this person may not use it.
    virtual Task<Result<std::unique_ptr<Companion>>> find(OwnerId owner, chat::CharacterId character) = 0;
};

}  // namespace lares::turn
