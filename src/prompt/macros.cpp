#include "prompt/macros.h"

#include "prompt/macros/engine.h"

namespace lares::prompt {

std::string expand_macros(std::string_view text, const MacroValues& values) {
    macros::World world;
    world.character = values.character;
    world.user = values.user;
    world.seed = values.seed;
    world.now_ms = values.now_ms;
    macros::Engine::Options options;
    options.original = values.original;
    return macros::Engine(std::move(world)).expand(text, options);
}

}  // namespace lares::prompt
