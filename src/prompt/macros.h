#pragma once
// Macros in texts of a card, for the layout `stable`, and in what a person says. Of a card, what a text
// becomes hangs on the chat alone, not on the turn, so that every turn sends the same. The macros are those
// of prompt/macros.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "prompt/macros/engine.h"

namespace lares::prompt {

struct MacroValues {
    std::string_view character;
    std::string_view user;
    std::optional<std::string_view>
        original;                            // the text that this one replaces; expands once, then to nothing
    std::uint64_t seed = 0;                  // of the chat, for choices and dice
    std::int64_t now_ms = 0;                 // when the chat began; 0: dates stay as they are written
    macros::Place place = {};                // of dates
    std::uint64_t turn = 0;                  // the place of the text in the chat, where it has one
    macros::Variables* variables = nullptr;  // of the chat: read and written
    const macros::Texts* outlets = nullptr;
    macros::Budget* budget = nullptr;  // of the prompt; none: the text has its own
    bool alone = false;                // what the text does to variables ends with it
};

std::string expand_macros(std::string_view text, const MacroValues& values);

// What a person says, once, before it is kept: macros see the present, and what they set stays in `world`.
std::string expand_message(std::string_view text, macros::World& world);

}  // namespace lares::prompt
