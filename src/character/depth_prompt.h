#pragma once
// What a card wants said at a depth of the chat (SillyTavern's "Character's Note"):
// `extensions.depth_prompt`.
#include "character/model.h"

namespace lares::character {

// What is not of its type counts as absent.
DepthPrompt depth_prompt_of(const Card& card);

}  // namespace lares::character
