#include "prompt/render_texts.h"

#include <algorithm>

#include "base/text.h"
#include "character/depth_prompt.h"
#include "prompt/dialogue.h"
#include "prompt/macros.h"

namespace lares::prompt {

namespace {

using gateway::Role;

const std::string& raw_greeting(const character::Card& card, std::size_t index) {
    static const std::string none;
    const auto& others = card.alternate_greetings;
    if (index == 0 && card.first_mes.empty() && !others.empty()) return others.front();
    if (index == 0) return card.first_mes;
    return index <= others.size() ? others[index - 1] : none;
}

std::string without_returns(std::string text) {
    std::erase(text, '\r');
    return text;
}

}  // namespace

macros::World world_of(const RenderInput& input) {
    macros::World world;
    world.character = input.card->name;
    world.user = input.persona.name;
    world.variables = input.state.variables;
    world.global_variables = input.state.global_variables;
    world.seed = input.state.seed;
    world.turn = input.state.turn;
    world.now_ms = input.now_ms;
    world.place = input.settings.place;
    return world;
}

RenderTexts::RenderTexts(const RenderInput& input) : input_(input), engine_(world_of(input)) {
    auto& world = engine_.world();
    world.values["model"] = input.model;
    world.values["input"] = "";
    world.values["lastgenerationtype"] = to_text(input.kind);
    world.values["maxprompt"] = std::to_string(input.settings.context_size - input.settings.max_tokens);
    for (const auto* name : {"summary", "firstincludedmessageid", "lastswipeid", "currentswipeid"})
        world.values[name] = "";
    world.card_fields = no_card_fields();
    read_chat();
    read_card();
    tell_macros();
    if (input.greeting_index) {
        card_.greeting = expand_part("greeting", raw_greeting(*input.card, *input.greeting_index), false);
        if (!card_.greeting.empty())
            chat_.insert(chat_.begin(), ChatLine{Role::assistant, card_.greeting, {}, false});
    }
}

std::string RenderTexts::name_of(const ChatLine& line) const {
    if (!line.name.empty()) return line.name;
    if (line.role == Role::system) return "System";
    return line.role == Role::user ? input_.persona.name : input_.card->name;
}

std::string RenderTexts::expand_part(std::string_view part, std::string_view text, bool of_card) {
    macros::Engine::Options options;
    options.card_field = of_card;
    std::string expanded = engine_.expand(text, options);
    if (overflowing_.empty() && engine_.budget().spent()) overflowing_ = part;
    return expanded;
}

void RenderTexts::read_chat() {
    chat_ = input_.chat;
    if (!input_.message.empty()) {
        message_ = expand_part("message", input_.message, false);
        chat_.push_back({Role::user, message_, {}, false});
    }
    const bool again = input_.kind == TurnKind::swipe || input_.kind == TurnKind::regenerate;
    if (again && input_.message.empty() && !chat_.empty() && chat_.back().role == Role::assistant)
        chat_.pop_back();
    auto& values = engine_.world().values;
    values["lastmessage"] = chat_.empty() ? std::string() : chat_.back().text;
    const std::size_t greeting = input_.greeting_index ? 1 : 0;
    values["lastmessageid"] = chat_.empty() ? std::string() : std::to_string(chat_.size() + greeting - 1);
    for (const auto& [name, role] :
         {std::pair("lastusermessage", Role::user), std::pair("lastcharmessage", Role::assistant)}) {
        const auto found = std::find_if(chat_.rbegin(), chat_.rend(), [&](const ChatLine& line) {
            return line.role == role && !line.hidden;
        });
        values[name] = found == chat_.rend() ? std::string() : found->text;
    }
}

void RenderTexts::read_card() {
    const auto& card = *input_.card;
    const auto field = [this](std::string_view part, std::string_view text) {
        return without_returns(expand_part(part, trim(text), true));
    };
    const auto depth = character::depth_prompt_of(card);
    card_.persona = field("persona", input_.persona.description);
    card_.description = field("description", card.description);
    card_.personality = field("personality", card.personality);
    card_.scenario = field("scenario", card.scenario);
    card_.examples = field("example", card.mes_example);
    card_.system = std::string(trim(card.system_prompt));  // {{original}} is known when it is used
    card_.post_history = std::string(trim(card.post_history_instructions));
    card_.version = card.character_version;
    card_.depth_prompt = field("depth_prompt", depth.text);
    card_.depth = depth.depth;
    card_.role = static_cast<std::uint8_t>(depth.role);
    card_.creator_notes = field("creator_notes", card.creator_notes);
}

void RenderTexts::tell_macros() {
    std::string formatted;
    for (const auto& block : dialogue_blocks(card_.examples)) formatted += block;
    auto& fields = engine_.world().card_fields;
    fields["description"] = fields["chardescription"] = card_.description;
    fields["personality"] = fields["charpersonality"] = card_.personality;
    fields["scenario"] = fields["charscenario"] = card_.scenario;
    fields["persona"] = card_.persona;
    fields["mesexamplesraw"] = card_.examples;
    fields["mesexamples"] = formatted;
    fields["charversion"] = fields["version"] = fields["char_version"] = card_.version;
    fields["chardepthprompt"] = card_.depth_prompt;
    fields["creatornotes"] = fields["charcreatornotes"] = card_.creator_notes;
    fields["charprompt"] = card_.system;
    fields["charinstruction"] = fields["charjailbreak"] = card_.post_history;
    fields["charfirstmessage"] = fields["greeting"] = input_.card->first_mes;
}

}  // namespace lares::prompt
