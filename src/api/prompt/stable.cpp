#include "api/prompt/stable.h"

#include <algorithm>

#include "api/prompt/convert.h"
#include "prompt/macros.h"
#include "prompt/render_texts.h"

namespace lares::api {

namespace {

using gateway::Role;

// Roles alternate: a line of the same side goes with the one before; a narrator's goes with the person's.
std::vector<prompt::Said> history_of(const prompt::RenderInput& input, const std::string& message) {
    std::vector<prompt::Said> history;
    const auto add = [&](Role role, const std::string& text) {
        if (role == Role::system) role = Role::user;
        if (text.empty()) return;
        if (!history.empty() && history.back().role == role)
            history.back().text += "\n\n" + text;
        else
            history.push_back({role, text, {}});
    };
    for (const auto& line : input.chat) {
        if (!line.hidden) add(line.role, line.text);
    }
    const bool again = input.kind == prompt::TurnKind::swipe || input.kind == prompt::TurnKind::regenerate;
    if (again && !history.empty() && history.back().role == Role::assistant) history.pop_back();
    add(Role::user, message);
    return history;
}

prompt::Rendered to_rendered(prompt::Prompt made) {
    prompt::Rendered rendered;
    for (auto& message : made.messages)
        rendered.messages.push_back({message.role, {}, std::move(message.content)});
    for (auto& part : made.parts) {
        prompt::RenderPart out;
        out.source = prompt::to_text(part.source);
        out.trust = part.trust;
        out.in = part.in;
        out.reason = std::move(part.reason);
        out.message = part.message;
        out.tokens = part.tokens;
        out.text = std::move(part.text);
        if (part.history != prompt::no_message) out.id = std::to_string(part.history);
        rendered.parts.push_back(std::move(out));
    }
    rendered.tokens = made.tokens;
    return rendered;
}

}  // namespace

Result<RenderAnswer> render_stable(const prompt::RenderInput& input, const RenderSettingsBody& settings) {
    using prompt::TurnKind;
    if (input.kind != TurnKind::normal && input.kind != TurnKind::swipe && input.kind != TurnKind::regenerate)
        return invalid_field("type", "must be normal, swipe or regenerate in the layout stable");
    prompt::Input in;
    in.card = input.card;
    in.persona = {input.persona.name, input.persona.description};
    in.main = settings.main_prompt.value_or("");
    prompt::Greeting greeting;
    if (input.greeting_index)
        greeting = prompt::greeting(*input.card, in.persona, *input.greeting_index,
                                    {input.state.seed, input.now_ms, input.settings.place});
    in.greeting = std::move(greeting.text);
    in.variables = input.state.variables;
    for (auto& [name, value] : greeting.variables) in.variables[name] = std::move(value);
    in.trigger = prompt::to_text(input.kind);
    auto world = prompt::world_of(input);
    world.variables = in.variables;
    in.globals = world.global_variables;
    in.prefer_card_system_prompt = settings.prefer_card_system_prompt;
    in.prefer_card_post_history = settings.prefer_card_post_history;
    prompt::tell_card(world, *input.card, input.persona.description);
    auto message = prompt::expand_message(input.message, world);
    in.history = history_of(input, message);
    if (in.history.empty() || in.history.back().role != Role::user)
        return invalid_field("message", "there is nothing to answer: say something");
    in.context_tokens = static_cast<std::size_t>(settings.context_size);
    in.reply_tokens = static_cast<std::size_t>(settings.max_tokens);
    in.count = input.count;
    in.books = input.books;
    in.lore.scan_depth = settings.lorebook.scan_depth;
    in.lore.recursive = settings.lorebook.recursive;
    const auto room = std::max<std::int64_t>(settings.context_size - settings.max_tokens, 1);
    in.lore.budget = static_cast<std::size_t>(
        std::max(1.0, settings.lorebook.budget_percent * static_cast<double>(room) / 100));
    if (settings.lorebook.budget_cap > 0)
        in.lore.budget = std::min(in.lore.budget, static_cast<std::size_t>(settings.lorebook.budget_cap));
    in.seed = input.state.seed;
    in.began_ms = input.now_ms;
    in.place = input.settings.place;
    LARES_TRY(auto made, prompt::build(in));
    world.variables.merge(made.variables);
    auto rendered = to_rendered(std::move(made));
    if (in.books)
        for (const auto& warning : in.books->warnings()) rendered.warnings.push_back(warning);
    rendered.message = std::move(message);
    rendered.greeting = *in.greeting;
    rendered.state = input.state;
    rendered.state.variables = std::move(world.variables);
    rendered.state.global_variables = std::move(world.global_variables);
    ++rendered.state.turn;
    return to_wire(std::move(rendered));
}

}  // namespace lares::api
