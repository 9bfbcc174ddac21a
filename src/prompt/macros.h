#pragma once
// Macros in texts of a card, for the layout `stable`, and in what a person says. Of a card, what a text
// becomes hangs on the chat alone, not on the turn, so that every turn sends the same. The macros are those
// of prompt/macros.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "character/model.h"
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
    const macros::Variables* globals =
        nullptr;                            // of the person: read; what a text makes of them ends with it
    const macros::Texts* fields = nullptr;  // of the card and the persona (card_fields)
    const macros::Texts* outlets = nullptr;
    macros::Budget* budget = nullptr;  // of the prompt; none: the text has its own
    bool alone = false;                // what the text does to variables ends with it
};

std::string expand_macros(std::string_view text, const MacroValues& values);

// {{description}}, {{persona}} and the other names that macros have for texts of the card and the persona,
// with the macros in them expanded. In those texts themselves the names are empty: no field can hold itself.
macros::Texts card_fields(const character::Card& card, std::string_view persona, const MacroValues& values);
const macros::Texts& no_card_fields();
// The same, told to whoever expands in this world.
void tell_card(macros::World& world, const character::Card& card, std::string_view persona);

// What a person says, once, before it is kept: macros see the present, and what they set stays in `world`.
std::string expand_message(std::string_view text, macros::World& world);

}  // namespace lares::prompt
