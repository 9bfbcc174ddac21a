#pragma once
// Companions that need no card: every character but `missing` exists, and the prompt is what was said.
#include "turn/companion.h"

namespace lares::test {

class ScriptedCompanions final : public turn::Companions {
public:
    Task<Result<std::unique_ptr<turn::Companion>>> find(OwnerId owner, chat::CharacterId character) override;

    std::string greeting = "Hello.";
    std::optional<chat::CharacterId> missing;
    std::vector<chat::MessageId> kept;  // the answers whose prompts were kept, in order
};

}  // namespace lares::test
