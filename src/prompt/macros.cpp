#include "prompt/macros.h"

#include <algorithm>

#include "base/text.h"
#include "character/depth_prompt.h"
#include "prompt/dialogue.h"

namespace lares::prompt {

std::string expand_macros(std::string_view text, const MacroValues& values) {
    if (macros::Engine::is_plain(text)) return std::string(text);
    macros::World world;
    world.character = values.character;
    world.user = values.user;
    world.seed = values.seed;
    world.now_ms = values.now_ms;
    world.place = values.place;
    world.turn = values.turn;
    if (values.variables) world.variables = std::move(*values.variables);
    if (values.globals) world.global_variables = *values.globals;
    world.outlets = values.outlets;
    macros::Engine::Options options;
    options.original = values.original;
    options.alone = values.alone;
    options.extra = values.fields;
    macros::Engine engine(std::move(world), values.budget);
    std::string out = engine.expand(text, options);
    if (values.variables) *values.variables = std::move(engine.world().variables);
    return out;
}

const macros::Texts& no_card_fields() {
    static const macros::Texts none = [] {
        macros::Texts names;
        for (const auto* name :
             {"description",  "chardescription", "personality",     "charpersonality",  "scenario",
              "charscenario", "persona",         "mesexamplesraw",  "mesexamples",      "charversion",
              "version",      "char_version",    "chardepthprompt", "creatornotes",     "charcreatornotes",
              "charprompt",   "charinstruction", "charjailbreak",   "charfirstmessage", "greeting"})
            names[name] = "";
        return names;
    }();
    return none;
}

macros::Texts card_fields(const character::Card& card, std::string_view persona, const MacroValues& values) {
    MacroValues own = values;
    own.fields = &no_card_fields();
    own.alone = true;
    macros::Budget budget;
    own.budget = &budget;
    const auto expanded = [&own](std::string_view text) {
        std::string out = expand_macros(trim(text), own);
        std::erase(out, '\r');
        return out;
    };
    macros::Texts fields;
    fields["description"] = fields["chardescription"] = expanded(card.description);
    fields["personality"] = fields["charpersonality"] = expanded(card.personality);
    fields["scenario"] = fields["charscenario"] = expanded(card.scenario);
    fields["persona"] = expanded(persona);
    auto& examples = fields["mesexamplesraw"] = expanded(card.mes_example);
    for (const auto& block : dialogue_blocks(examples)) fields["mesexamples"] += block;
    fields["charversion"] = fields["version"] = fields["char_version"] = card.character_version;
    fields["chardepthprompt"] = expanded(character::depth_prompt_of(card).text);
    fields["creatornotes"] = fields["charcreatornotes"] = expanded(card.creator_notes);
    fields["charprompt"] = trim(card.system_prompt);
    fields["charinstruction"] = fields["charjailbreak"] = trim(card.post_history_instructions);
    fields["charfirstmessage"] = fields["greeting"] = card.first_mes;
    return fields;
}

void tell_card(macros::World& world, const character::Card& card, std::string_view persona) {
    MacroValues values{world.character, world.user, std::nullopt};
    values.seed = world.seed;
    values.now_ms = world.now_ms;
    values.place = world.place;
    values.variables = &world.variables;
    values.globals = &world.global_variables;
    world.card_fields = card_fields(card, persona, values);
}

std::string expand_message(std::string_view text, macros::World& world) {
    macros::Engine engine(std::move(world));
    std::string out = engine.expand(text);
    world = std::move(engine.world());
    return out;
}

}  // namespace lares::prompt
