#pragma once
// mes_example as SillyTavern reads it: blocks at <START>, a message where a line begins with a speaker's
// name.
#include <string>
#include <string_view>
#include <vector>

namespace lares::prompt {

struct DialogueLine {
    bool of_user = false;
    std::string text;
};
using Dialogue = std::vector<DialogueLine>;

// "<START>\n…\n" each; text before the first <START> is a block of its own.
std::vector<std::string> dialogue_blocks(std::string_view examples);
// Lines before the first speaker go with the first message of the block; other speakers are no speakers.
Dialogue read_dialogue(std::string_view block, std::string_view user, std::string_view character);

}  // namespace lares::prompt
