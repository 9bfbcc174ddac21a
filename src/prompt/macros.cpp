#include "prompt/macros.h"

namespace lares::prompt {

std::string expand_macros(std::string_view text, const MacroValues& values) {
    macros::World world;
    world.character = values.character;
    world.user = values.user;
    world.seed = values.seed;
    world.now_ms = values.now_ms;
    world.place = values.place;
    world.turn = values.turn;
    if (values.variables) world.variables = std::move(*values.variables);
    world.outlets = values.outlets;
    macros::Engine::Options options;
    options.original = values.original;
    options.alone = values.alone;
    macros::Engine engine(std::move(world), values.budget);
    std::string out = engine.expand(text, options);
    if (values.variables) *values.variables = std::move(engine.world().variables);
    return out;
}

std::string expand_message(std::string_view text, macros::World& world) {
    macros::Engine engine(std::move(world));
    std::string out = engine.expand(text);
    world = std::move(engine.world());
    return out;
}

}  // namespace lares::prompt
