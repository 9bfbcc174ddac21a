#pragma once
// What a card wants said at a depth of the chat: `extensions.depth_prompt`.
#include <cstdint>
#include <string>

#include "character/model.h"

namespace lares::prompt {

struct DepthPrompt {
    std::string text;
    std::int64_t depth = 4;
    std::uint8_t role = 0;  // 0 system, 1 user, 2 assistant
};

// What is not of its type counts as absent.
DepthPrompt depth_prompt_of(const character::Card& card);

}  // namespace lares::prompt
