#pragma once
// The macros by name.
#include "prompt/lore/scan.h"
#include "prompt/macros/engine.h"
#include "prompt/macros/variables.h"

namespace lares::prompt::macros {

// What the macros of one expansion share.
struct Expanding {
    World& world;
    const Engine::Options& options;
    Budget& budget;
    std::uint64_t& draws;
    std::string_view whole;  // the text
    Changes changes{budget, options.alone};
    bool original_used = false;
    std::optional<lore::Chance> places = std::nullopt;  // of `whole`, once a {{pick}} asked
};

struct Call {
    Expanding& in;
    std::string name;    // lower case
    std::size_t at = 0;  // where the macro stands in the text
    std::vector<std::string> arguments = {};
};

// Whether there is such a macro, with so many arguments.
bool takes(const Call& call, std::size_t arguments);
// Of one that takes its arguments.
std::string evaluate(Call& call);

// ".name", "$name = value", ".name++", ".name ?? value"; nothing: no such operation.
std::optional<std::string> variable_shorthand(std::string_view text, World& world, Changes& changes);

}  // namespace lares::prompt::macros
