#include "api/prompt/convert.h"

#include <charconv>
#include <cstdio>

#include "base/text.h"

namespace lares::api {

namespace {

gateway::Role role_of(RenderRole role) {
    return role == RenderRole::system ? gateway::Role::system
           : role == RenderRole::user ? gateway::Role::user
                                      : gateway::Role::assistant;
}

RenderRole to_wire(gateway::Role role) {
    return role == gateway::Role::user        ? RenderRole::user
           : role == gateway::Role::assistant ? RenderRole::assistant
                                              : RenderRole::system;
}

std::map<std::string, prompt::lore::TimedEffect> effects_of(
    const std::map<std::string, TimedEffectBody>& wire) {
    std::map<std::string, prompt::lore::TimedEffect> effects;
    for (const auto& [id, one] : wire) effects[id] = {one.hash, one.start, one.end, one.protected_};
    return effects;
}

std::map<std::string, TimedEffectBody> to_wire(
    const std::map<std::string, prompt::lore::TimedEffect>& effects) {
    std::map<std::string, TimedEffectBody> wire;
    for (const auto& [id, one] : effects) wire[id] = {one.hash, one.start, one.end, one.protected_};
    return wire;
}

prompt::LoreSettings lore_of(const RenderLoreBody& body) {
    prompt::LoreSettings lore;
    lore.scan_depth = body.scan_depth;
    lore.budget_percent = body.budget_percent;
    lore.budget_cap = body.budget_cap;
    lore.recursive = body.recursive;
    lore.max_recursion_steps = body.max_recursion_steps;
    lore.min_activations = body.min_activations;
    lore.min_activations_depth_max = body.min_activations_depth_max;
    lore.include_names = body.include_names;
    lore.use_group_scoring = body.use_group_scoring;
    lore.compile.case_sensitive = body.case_sensitive;
    lore.compile.whole_words = body.match_whole_words;
    lore.compile.strategy = static_cast<prompt::lore::Strategy>(body.insertion_strategy);
    return lore;
}

}  // namespace

Result<prompt::RenderState> state_of(const RenderStateBody& body) {
    prompt::RenderState state;
    const auto* end = body.seed.data() + body.seed.size();
    const auto [at, error] = std::from_chars(body.seed.data(), end, state.seed, 16);
    if (!body.seed.empty() && (error != std::errc() || at != end))
        return invalid_field("state.seed", "must be a hexadecimal number");
    state.turn = body.turn;
    state.timed = {effects_of(body.sticky), effects_of(body.cooldown), body.matched};
    state.variables = body.variables;
    state.global_variables = body.global_variables;
    return state;
}

RenderStateBody to_wire(const prompt::RenderState& state) {
    char seed[17];
    std::snprintf(seed, sizeof seed, "%llx", static_cast<unsigned long long>(state.seed));
    return {seed,
            state.turn,
            to_wire(state.timed.sticky),
            to_wire(state.timed.cooldown),
            state.timed.matched,
            state.variables,
            state.global_variables};
}

namespace {

// What both forms of the settings have.
template <class Body>
prompt::RenderSettings shared_settings(const Body& body) {
    prompt::RenderSettings settings;
    const auto set = [](std::string& target, const std::optional<std::string>& text) {
        if (text) target = *text;
    };
    set(settings.main_prompt, body.main_prompt);
    set(settings.auxiliary_prompt, body.auxiliary_prompt);
    set(settings.post_history_prompt, body.post_history_prompt);
    set(settings.new_chat_marker, body.new_chat_marker);
    set(settings.new_example_marker, body.new_example_marker);
    set(settings.continue_nudge, body.continue_nudge);
    set(settings.impersonation_prompt, body.impersonation_prompt);
    set(settings.world_info_format, body.world_info_format);
    set(settings.personality_format, body.personality_format);
    set(settings.scenario_format, body.scenario_format);
    set(settings.send_if_empty, body.send_if_empty);
    settings.prefer_card_system_prompt = body.prefer_card_system_prompt;
    settings.prefer_card_post_history = body.prefer_card_post_history;
    settings.pin_examples = body.pin_examples;
    settings.squash_system_messages = body.squash_system_messages;
    settings.names = static_cast<prompt::Names>(body.names_behavior);
    settings.lore = lore_of(body.lorebook);
    return settings;
}

}  // namespace

prompt::RenderSettings settings_of(const ChatSettingsBody& body) {
    prompt::RenderSettings settings = shared_settings(body);
    if (!body.time_zone.empty()) settings.place.time_zone = body.time_zone;
    if (!body.locale.empty()) settings.place.locale = body.locale;
    return settings;
}

prompt::RenderSettings settings_of(const RenderSettingsBody& body) {
    prompt::RenderSettings settings = shared_settings(body);
    settings.context_size = body.context_size;
    settings.max_tokens = body.max_tokens;
    const auto& note = body.authors_note;
    settings.note = {note.text,     static_cast<prompt::NotePosition>(note.position),
                     note.depth,    static_cast<std::uint8_t>(note.role),
                     note.interval, note.allow_scan};
    return settings;
}

prompt::RenderPersona persona_of(const RenderPersonaBody& body) {
    return {body.name, body.description, static_cast<prompt::PersonaPosition>(body.position), body.depth,
            static_cast<std::uint8_t>(body.role)};
}

std::vector<prompt::ChatLine> chat_of(const std::vector<RenderLineBody>& lines) {
    std::vector<prompt::ChatLine> chat;
    chat.reserve(lines.size());
    for (const auto& line : lines) chat.push_back({role_of(line.role), line.content, line.name, line.hidden});
    return chat;
}

RenderAnswer to_wire(prompt::Rendered rendered) {
    RenderAnswer answer;
    for (auto& message : rendered.messages) {
        answer.messages.push_back(
            {to_wire(message.role), std::move(message.content),
             message.name.empty() ? std::nullopt : std::optional(std::move(message.name))});
    }
    answer.state = to_wire(rendered.state);
    answer.message = std::move(rendered.message);
    answer.greeting = std::move(rendered.greeting);
    answer.tokens = rendered.tokens;
    for (auto& part : rendered.parts) {
        answer.parts.push_back(
            {std::move(part.source), std::move(part.title), std::move(part.id), std::move(part.position),
             std::string(prompt::to_text(part.trust)), part.in, part.reason.text(),
             part.message == prompt::no_message ? std::nullopt : std::optional<std::uint64_t>(part.message),
             part.tokens, std::move(part.text), part.reason.code(), part.reason.about});
    }
    answer.warnings = std::move(rendered.warnings);
    return answer;
}

}  // namespace lares::api
