#pragma once
// The macros by name.
#include "prompt/macros/engine.h"

namespace lares::prompt::macros {

struct Call {
    std::string name;  // lower case
    std::vector<std::string> arguments;
    World& world;
    const Engine::Options& options;
    std::string_view whole;  // the text that is expanded
    std::size_t at = 0;      // where the macro stands in it
    std::uint64_t& draws;
    bool& original_used;
};

bool knows(const Call& call);
// Nothing: not with so many arguments.
std::optional<std::string> evaluate(Call& call);

// ".name", "$name = value", ".name++", ".name ?? value"; nothing: no such operation.
std::optional<std::string> variable_shorthand(std::string_view text, World& world);

}  // namespace lares::prompt::macros
