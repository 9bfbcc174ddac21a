#pragma once
// mes_example of a card: blocks that start with <START>, lines that start with "{{user}}:" or "{{char}}:".
#include <string_view>
#include <vector>

#include "gateway/provider.h"
#include "prompt/macros.h"

namespace lares::prompt {

using ExampleBlock = std::vector<gateway::ChatMessage>;

// Macros are expanded, neighbouring lines of one speaker joined. Text before the first speaker of a block
// belongs to the character; a block without any text is left out.
std::vector<ExampleBlock> read_examples(std::string_view mes_example, const MacroValues& values);

}  // namespace lares::prompt
