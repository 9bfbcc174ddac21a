#pragma once
// Companions that are characters of the character service, with prompts by prompt::build.
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "async/pool.h"
#include "character/service.h"
#include "prompt/counter.h"
#include "prompt/lore/library.h"
#include "prompt/prompt.h"
#include "turn/chat_prompt.h"
#include "turn/companion.h"

namespace lares::turn {

// The first message of the last prompt of conversations that are longer than what is read for a prompt.
class Beginnings {
public:
    static constexpr std::size_t kept_max = 4'096;
    std::optional<chat::MessageId> find(chat::ConversationId conversation);
    void keep(chat::ConversationId conversation, chat::MessageId first);

private:
    std::mutex mutex_;
    std::unordered_map<chat::ConversationId, chat::MessageId> by_conversation_;
};

class CardCompanions final : public Companions {
public:
    // Who a person is for their companions: {{user}} and what the persona says.
    using Personas = std::function<Task<Result<prompt::Persona>>(OwnerId)>;

    // How a companion speaks to a person, before the card's own pronunciations.
    using Choices = std::function<Task<Result<voice::Choice>>(OwnerId, chat::CharacterId)>;

    // All outlive it. Prompts are built on `compute`. main_prompt: the operator's; empty: that of prompt.
    CardCompanions(character::Service& characters, gateway::Provider& provider, async::Pool& compute,
                   Personas personas, Choices choices, std::string main_prompt = {},
                   PromptStores stores = {});

    Task<Result<std::unique_ptr<Companion>>> find(OwnerId owner, chat::CharacterId character) override;

private:
    character::Service& characters_;
    gateway::Provider& provider_;
    async::Pool& compute_;
    Personas personas_;
    Choices choices_;
    std::string main_prompt_;
    PromptStores stores_;
    prompt::TokenCounter counter_;
    prompt::lore::Library library_;
    std::shared_ptr<Beginnings> beginnings_ = std::make_shared<Beginnings>();
};

}  // namespace lares::turn
