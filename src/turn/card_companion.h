#pragma once
// Companions that are characters of the character service, with prompts by prompt::build.
#include <functional>
#include <string>

#include "async/pool.h"
#include "character/service.h"
#include "prompt/counter.h"
#include "prompt/lore/library.h"
#include "prompt/prompt.h"
#include "turn/companion.h"

namespace lares::turn {

class CardCompanions final : public Companions {
public:
    // Who a person is for their companions: {{user}} and what the persona says.
    using Personas = std::function<Task<Result<prompt::Persona>>(OwnerId)>;

    // All outlive it. Prompts are built on `compute`. main_prompt: the operator's; empty: that of prompt.
    CardCompanions(character::Service& characters, gateway::Provider& provider, async::Pool& compute,
                   Personas personas, std::string main_prompt = {});

    Task<Result<std::unique_ptr<Companion>>> find(OwnerId owner, chat::CharacterId character) override;

private:
    character::Service& characters_;
    gateway::Provider& provider_;
    async::Pool& compute_;
    Personas personas_;
    std::string main_prompt_;
    prompt::TokenCounter counter_;
    prompt::lore::Library library_;
};

}  // namespace lares::turn
