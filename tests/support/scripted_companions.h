#pragma once
// Companions that need no card: every character but `missing` exists, and the prompt is what was said.
#include <stdexcept>

#include "turn/companion.h"

namespace lares::test {

class ScriptedCompanions final : public turn::Companions {
public:
    Task<Result<std::unique_ptr<turn::Companion>>> find(OwnerId owner, chat::CharacterId character) override;

    std::string greeting = "Hello.";
    std::optional<chat::CharacterId> missing;
    std::vector<chat::MessageId> kept;  // the answers whose prompts were kept, in order
    std::string throws;                 // "find", "prompt" or "keep"
    void may_throw(const char* call) const {
        if (throws == call) throw std::runtime_error(std::string("thrown by ") + call);
    }
};

}  // namespace lares::test
