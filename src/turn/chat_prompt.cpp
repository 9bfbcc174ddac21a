// Over 500 lines: what a chat has, in the two layouts that a prompt of it may take, which are read side by
// side.
#include "turn/chat_prompt.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "async/together.h"
#include "crypto/hash.h"
#include "json/json.h"
#include "prompt/macros.h"
#include "prompt/prompt.h"

namespace lares::turn {

namespace {

namespace lore = prompt::lore;

constexpr std::int64_t lore_depth = 4;  // messages searched for keys, where nobody says

// --- state
// --------------------------------------------------------------------------------------------------

struct EffectJson {
    std::string hash;
    std::int64_t start = 0, end = 0;
    bool protected_ = false;
};
BOOST_DESCRIBE_STRUCT(EffectJson, (), (hash, start, end, protected_))

struct StateJson {
    std::uint64_t turn = 0;
    std::map<std::string, EffectJson> sticky, cooldown;
    std::map<std::string, std::int64_t> matched;
    std::map<std::string, std::string> variables;
    std::map<std::string, std::string> began;  // absent in states of older programs
};
BOOST_DESCRIBE_STRUCT(StateJson, (), (turn, sticky, cooldown, matched, variables, began))
constexpr auto json_optional(const StateJson*) {
    return std::array<std::string_view, 1>{"began"};
}

std::map<std::string, EffectJson> to_json(const std::map<std::string, lore::TimedEffect>& effects) {
    std::map<std::string, EffectJson> out;
    for (const auto& [id, each] : effects) out[id] = {each.hash, each.start, each.end, each.protected_};
    return out;
}

std::map<std::string, lore::TimedEffect> of_json(const std::map<std::string, EffectJson>& effects) {
    std::map<std::string, lore::TimedEffect> out;
    for (const auto& [id, each] : effects) out[id] = {each.hash, each.start, each.end, each.protected_};
    return out;
}

std::string to_json(const prompt::RenderState& state, const prompt::macros::Variables& began) {
    const StateJson out{state.turn,
                        to_json(state.timed.sticky),
                        to_json(state.timed.cooldown),
                        state.timed.matched,
                        state.variables,
                        began};
    std::string json;
    json::append(json, out);
    return json;
}

// A state that cannot be read counts as none.
void read_state(const std::string& text, prompt::RenderState& state, prompt::macros::Variables& began) {
    auto read = json::parse<StateJson>(text);
    if (!read) return;
    state.turn = read->turn;
    state.timed = {of_json(read->sticky), of_json(read->cooldown), std::move(read->matched)};
    state.variables = std::move(read->variables);
    began = std::move(read->began);
}

void read_globals(const std::string& text, prompt::RenderState& state) {
    const auto read = json::parse_value(text);
    if (!read) return;
    if (auto variables = json::from_value<prompt::macros::Variables>(*read))
        state.global_variables = std::move(*variables);
}

// --- books
// --------------------------------------------------------------------------------------------------

lore::Scope scope_of(character::BookScope scope) {
    switch (scope) {
        case character::BookScope::character:
            return lore::Scope::character;
        case character::BookScope::persona:
            return lore::Scope::persona;
        case character::BookScope::conversation:
            return lore::Scope::chat;
        case character::BookScope::global:
            break;
    }
    return lore::Scope::global;
}

// What a book asks of its scan is asked by each of its entries.
std::shared_ptr<const character::Lorebook> with_own_depth(std::shared_ptr<const character::Lorebook> book) {
    if (!book->scan_depth) return book;
    auto copy = std::make_shared<character::Lorebook>(*book);
    for (auto& entry : copy->entries) {
        if (!entry.scan_depth) entry.scan_depth = std::clamp<std::int64_t>(*book->scan_depth, 0, 64);
    }
    return copy;
}

struct Lore {
    std::shared_ptr<const lore::BookSet> set;
    lore::ScanSettings scan;
};

Result<Lore> lore_of(const PromptOrder& order, lore::Library& library, std::size_t room,
                     std::vector<std::string>& warnings) {
    const auto& card = order.character.card;
    const bool compat = order.sources.compat;
    lore::CompileOptions options = order.sources.settings.lore.compile;
    options.v3 = !compat;
    Lore out;
    std::optional<character::Lorebook> own;
    const auto read = [&]() -> Result<std::vector<lore::Book>> {
        std::vector<lore::Book> books;
        for (const auto& [awake, book] : order.sources.books.books)
            books.push_back({scope_of(awake.scope), awake.head.name, compat ? book : with_own_depth(book)});
        if (card.character_book.empty()) return books;
        auto parsed = character::parse_lorebook_text(card.character_book);
        if (!parsed) return books;  // said below, in every turn
        std::string name = parsed->name;
        auto shared = std::make_shared<const character::Lorebook>(std::move(*parsed));
        books.push_back({lore::Scope::character, std::move(name), compat ? shared : with_own_depth(shared)});
        return books;
    };
    const bool any = !card.character_book.empty() || !order.sources.books.name.empty();
    if (!any) return out;
    LARES_TRY(out.set,
              library.get(order.sources.books.name + crypto::sha256(card.character_book), options, read));
    for (const auto& warning : out.set->warnings()) warnings.push_back(warning);
    const bool has_own = std::ranges::any_of(
        out.set->books(), [](const lore::Book& book) { return book.scope == lore::Scope::character; });
    if (!card.character_book.empty() && !has_own) {
        const auto why = character::parse_lorebook_text(card.character_book);
        if (!why)
            warnings.push_back(
                "The lorebook of this companion's card cannot be read, so nothing in it "
                "wakes. " +
                why.error().message);
    }
    const auto& settings = order.sources.settings.lore;
    auto& scan = out.scan;
    scan.scan_depth = settings.scan_depth;
    scan.recursive = settings.recursive;
    scan.max_recursion_steps = settings.max_recursion_steps;
    scan.min_activations = settings.min_activations;
    scan.min_activations_depth_max = settings.min_activations_depth_max;
    scan.group_scoring = settings.use_group_scoring;
    scan.budget = std::max<std::size_t>(
        1, static_cast<std::size_t>(settings.budget_percent * static_cast<double>(room) / 100));
    if (settings.budget_cap > 0)
        scan.budget = std::min(scan.budget, static_cast<std::size_t>(settings.budget_cap));
    std::int64_t asked = 0;
    bool all_ask = true;
    for (const auto& book : out.set->books()) {
        scan.recursive = scan.recursive || book.book->recursive;
        all_ask = all_ask && book.book->token_budget.value_or(0) > 0;
        asked += book.book->token_budget.value_or(0);
    }
    if (all_ask && asked > 0) scan.budget = std::min(scan.budget, static_cast<std::size_t>(asked));
    return out;
}

// --- the two layouts
// ----------------------------------------------------------------------------------------

std::string role_name(gateway::Role role) {
    switch (role) {
        case gateway::Role::system:
            return "system";
        case gateway::Role::assistant:
            return "assistant";
        case gateway::Role::user:
        case gateway::Role::tool:
            break;
    }
    return "user";
}

void put_reason(chat::SentPart& out, const prompt::Reason& reason) {
    out.reason = reason.text();
    out.code = reason.code();
    out.about = reason.about;
}

chat::SentPart to_sent(const prompt::Part& part, const ChatLines& said) {
    chat::SentPart out;
    out.source = prompt::to_text(part.source);
    out.title = part.title;
    out.id = part.history < said.ids.size() ? said.ids[part.history].text() : part.id;
    out.position = part.position;
    out.trust = prompt::to_text(part.trust);
    out.in = part.in;
    put_reason(out, part.reason);
    if (part.message != prompt::no_message) out.message = static_cast<std::int64_t>(part.message);
    out.tokens = static_cast<std::int64_t>(part.tokens);
    out.text = part.text;
    return out;
}

chat::SentPart to_sent(const prompt::RenderPart& part) {
    chat::SentPart out;
    out.source = part.source;
    out.title = part.title;
    out.id = part.id;
    out.position = part.position;
    out.trust = prompt::to_text(part.trust);
    out.in = part.in;
    put_reason(out, part.reason);
    if (part.message != prompt::no_message) out.message = static_cast<std::int64_t>(part.message);
    out.tokens = static_cast<std::int64_t>(part.tokens);
    out.text = part.text;
    return out;
}

// A model inside goes on by itself after the words that it is shown; another must be asked.
bool continues_by_itself(const gateway::ModelInfo& model) {
    return model.provider == "local";
}

// A model goes on with the words of its own that stand last; where another answer is asked for behind one,
// somebody has to ask.
bool answers_itself(const PromptOrder& order) {
    if (order.kind == prompt::TurnKind::continue_ || order.kind == prompt::TurnKind::impersonate)
        return false;
    const auto& history = order.said.history;
    return history.empty() ? order.said.greeting.has_value()
                           : history.back().role == gateway::Role::assistant;
}

std::string next_reply_nudge(const PromptOrder& order) {
    return "[Write the next reply only as " + order.character.card.name + ".]";
}

// Another answer beside the first is SillyTavern's swipe as much as its regenerate.
std::string also_kind(prompt::TurnKind kind) {
    return kind == prompt::TurnKind::regenerate ? "swipe" : "";
}

std::string nudge_of(const PromptOrder& order) {
    if (answers_itself(order)) return next_reply_nudge(order);
    if (order.kind == prompt::TurnKind::impersonate) return order.sources.settings.impersonation_prompt;
    if (order.kind == prompt::TurnKind::continue_ && !continues_by_itself(order.model))
        return order.sources.settings.continue_nudge;
    return {};
}

Result<MadePrompt> make_stable(const PromptOrder& order, const Lore& lore) {
    const auto& sources = order.sources;
    prompt::Input input;
    input.card = &order.character.card;
    input.persona = sources.persona;
    input.main = order.main_prompt;
    const prompt::RenderSettings usual;
    if (sources.settings.main_prompt != usual.main_prompt) input.main = sources.settings.main_prompt;
    input.auxiliary = sources.settings.auxiliary_prompt;
    input.post_history = sources.settings.post_history_prompt;
    input.note = sources.settings.note;
    input.nudge = nudge_of(order);
    input.greeting = order.said.greeting;
    input.history = order.said.history;
    input.history_from = order.history_from;
    input.context_tokens = order.model.context_tokens;
    input.reply_tokens = order.reply_tokens;
    input.count = order.count;
    input.books = lore.set.get();
    input.lore = lore.scan;
    input.seed = sources.state.seed;
    input.began_ms = order.began_ms;
    input.place = sources.settings.place;
    input.variables = sources.began;
    input.globals = sources.state.global_variables;
    input.prefer_card_system_prompt = sources.settings.prefer_card_system_prompt;
    input.prefer_card_post_history = sources.settings.prefer_card_post_history;
    input.trigger = prompt::to_text(order.kind);
    input.also_trigger = also_kind(order.kind);
    LARES_TRY(auto made, prompt::build(input));
    MadePrompt out;
    out.shared_prefix = made.shared_prefix;
    out.history_from = made.history_from;
    out.sent.tokens = static_cast<std::int64_t>(made.tokens);
    for (const auto& part : made.parts) out.sent.parts.push_back(to_sent(part, order.said));
    out.messages = std::move(made.messages);
    prompt::RenderState next = sources.state;
    ++next.turn;
    next.timed = std::move(made.timed);
    next.variables.merge(made.variables);  // what the person set since stands over the constant texts
    out.state = to_json(next, sources.began);
    return out;
}

// JSON; nothing: they are as they were.
std::optional<std::string> new_globals(const prompt::macros::Variables& after, const PromptSources& sources) {
    if (after == sources.state.global_variables) return {};
    std::string out;
    json::append(out, after);
    return out;
}

Result<MadePrompt> make_compat(const PromptOrder& order, const Lore& lore) {
    const auto& sources = order.sources;
    prompt::RenderInput input;
    input.card = &order.character.card;
    input.persona = sources.persona;
    input.settings = sources.settings;
    input.settings.context_size = order.model.context_tokens;
    input.settings.max_tokens = order.reply_tokens;
    input.settings.lore.compile.v3 = false;
    if (continues_by_itself(order.model)) input.settings.continue_nudge.clear();
    if (answers_itself(order) && input.settings.send_if_empty.empty())
        input.settings.send_if_empty = next_reply_nudge(order);
    input.books = lore.set.get();
    input.chat = order.said.lines;
    input.kind = order.kind;
    input.also_kind = also_kind(order.kind);
    // In SillyTavern's chat the answer that is asked for again stands last, and is taken off.
    if (order.kind == prompt::TurnKind::regenerate)
        input.chat.push_back({gateway::Role::assistant, {}, {}, false});
    input.state = sources.state;
    input.count = order.count;
    input.now_ms = order.now_ms;
    input.model = order.model.id;
    LARES_TRY(auto made, prompt::render(input));
    MadePrompt out;
    for (auto& message : made.messages) {
        gateway::ChatMessage sent{message.role, std::move(message.content), {}};
        sent.name = std::move(message.name);
        out.messages.push_back(std::move(sent));
    }
    out.sent.tokens = static_cast<std::int64_t>(made.tokens);
    out.sent.warnings = std::move(made.warnings);
    for (const auto& part : made.parts) out.sent.parts.push_back(to_sent(part));
    out.state = to_json(made.state, sources.began);
    out.globals = new_globals(made.state.global_variables, sources);
    return out;
}

// --- what a conversation says
// -------------------------------------------------------------------------------

prompt::AuthorsNote to_prompt(const chat::AuthorNote& note) {
    prompt::AuthorsNote out;
    out.text = note.text;
    out.depth = note.depth;
    out.role = static_cast<std::uint8_t>(note.role);
    out.interval = note.interval;
    out.allow_scan = note.allow_scan;
    if (note.position == chat::NotePosition::after_scenario) out.position = prompt::NotePosition::after_main;
    if (note.position == chat::NotePosition::before_scenario)
        out.position = prompt::NotePosition::before_main;
    return out;
}

Task<Result<std::optional<character::Persona>>> persona_of(character::Personas* personas, OwnerId owner,
                                                           std::optional<chat::PersonaId> chosen,
                                                           std::optional<character::Persona> usual) {
    if (personas && chosen) {
        auto found = co_await personas->get(owner, *chosen);
        if (found) co_return std::optional(std::move(*found));
        if (found.error().code != Code::not_found) co_return fail(std::move(found).error());
    }
    co_return usual;
}

Task<Result<chat::Prompts::State>> state_of(chat::Prompts* prompts, OwnerId owner,
                                            std::vector<chat::MessageId> answers) {
    if (!prompts) co_return chat::Prompts::State();
    co_return co_await prompts->state(owner, std::move(answers));
}

}  // namespace

prompt::Persona to_prompt(const character::Persona& persona) {
    using character::PersonaPlace;
    using prompt::PersonaPosition;
    prompt::Persona out{persona.name, persona.description, PersonaPosition::in_prompt, persona.depth,
                        static_cast<std::uint8_t>(persona.role)};
    switch (persona.position) {
        case PersonaPlace::in_prompt:
            break;
        case PersonaPlace::top_an:
            out.position = PersonaPosition::note_top;
            break;
        case PersonaPlace::bottom_an:
            out.position = PersonaPosition::note_bottom;
            break;
        case PersonaPlace::at_depth:
            out.position = PersonaPosition::at_depth;
            break;
        case PersonaPlace::none:
            out.position = PersonaPosition::off;
            break;
    }
    return out;
}

std::string first_state(const prompt::macros::Variables& variables) {
    if (variables.empty()) return {};
    prompt::RenderState state;
    state.variables = variables;
    return to_json(state, variables);
}

Task<Result<prompt::RenderSettings>> prompt_settings(const PromptStores& stores, OwnerId owner) {
    if (stores.settings) co_return co_await stores.settings(owner);
    prompt::RenderSettings usual;
    usual.lore.scan_depth = lore_depth;
    co_return usual;
}

void take_left(const chat::LeftState& left, PromptSources& sources) {
    read_state(left.chat, sources.state, sources.began);
    if (left.globals) read_globals(*left.globals, sources.state);
}

std::pair<std::string, chat::LeftState> expand_spoken(const PromptSources& sources,
                                                      const character::Card& card, chat::MessageId message,
                                                      std::string_view text, std::int64_t now_ms) {
    prompt::macros::World world;
    world.character = card.name;
    world.user = sources.persona.name;
    world.variables = sources.state.variables;
    world.global_variables = sources.state.global_variables;
    world.seed = sources.state.seed;
    world.turn = prompt::seed_of(message.text());  // other dice than those of any prompt
    world.now_ms = now_ms;
    world.place = sources.settings.place;
    prompt::tell_card(world, card, sources.persona.description);
    std::string expanded = prompt::expand_message(text, world);
    prompt::RenderState after = sources.state;
    after.variables = std::move(world.variables);
    chat::LeftState left{to_json(after, sources.began), new_globals(world.global_variables, sources)};
    return {std::move(expanded), std::move(left)};
}

Task<Result<PromptSources>> read_sources(const PromptStores& stores, OwnerId owner, prompt::Persona persona,
                                         std::optional<character::Persona> usual,
                                         const character::Character& character,
                                         const chat::Conversation& conversation,
                                         std::vector<chat::MessageId> answers) {
    PromptSources out;
    out.persona = std::move(persona);
    auto [settings, chosen, state] = co_await async::together(
        prompt_settings(stores, owner),
        persona_of(stores.personas, owner, conversation.persona_id, std::move(usual)),
        state_of(stores.prompts, owner, std::move(answers)));
    if (!settings) co_return fail(std::move(settings).error());
    if (!chosen) co_return fail(std::move(chosen).error());
    if (!state) co_return fail(std::move(state).error());
    out.settings = std::move(*settings);
    if (conversation.author_note) out.settings.note = to_prompt(*conversation.author_note);
    out.compat = conversation.layout == chat::Layout::compat;
    if (*chosen) out.persona = to_prompt(**chosen);
    out.state.seed = prompt::seed_of(conversation.id.text());
    if (state->chat) read_state(*state->chat, out.state, out.began);
    if (state->globals) read_globals(*state->globals, out.state);
    if (!stores.lorebooks) co_return out;
    std::vector<character::BookPlace> places{{character::BookScope::conversation, conversation.id.value},
                                             {character::BookScope::character, character.id.value},
                                             {character::BookScope::global, Uuid()}};
    std::optional<character::LorebookId> extra;
    if (const auto& who = *chosen) {
        places.push_back({character::BookScope::persona, who->id.value});
        extra = who->lorebook_id;
    }
    LARES_CO_TRY(const auto awake, co_await stores.lorebooks->awake(owner, std::move(places), extra));
    for (const auto& each : awake) {
        LARES_CO_TRY(auto book, co_await stores.lorebooks->scanned(owner, each.id, each.version));
        out.books.name += std::to_string(static_cast<int>(each.scope)) + each.id.text() + "." +
                          std::to_string(each.version) + "/";
        out.books.books.emplace_back(each, std::move(book));
    }
    co_return out;
}

Result<MadePrompt> make_prompt(PromptOrder order, lore::Library& library) {
    const std::size_t context = order.model.context_tokens;
    const std::size_t room = context - std::min<std::size_t>(order.reply_tokens, context);
    auto warnings = std::move(order.sources.warnings);
    LARES_TRY(const auto lore, lore_of(order, library, room, warnings));
    auto made = order.sources.compat ? make_compat(order, lore) : make_stable(order, lore);
    if (!made) return made;
    auto& sent = made->sent;
    for (const auto& part : sent.parts) {
        const auto shown = part.in && part.message && part.source == "history"
                               ? order.said.files.find(part.id)
                               : order.said.files.end();
        if (shown == order.said.files.end()) continue;
        for (const auto& each : shown->second)
            made->files.push_back({static_cast<std::size_t>(*part.message), each});
    }
    sent.model = order.model.id;
    sent.layout = order.sources.compat ? "compat" : "stable";
    sent.kind = prompt::to_text(order.kind);
    sent.context_tokens = order.model.context_tokens;
    sent.reply_tokens = order.reply_tokens;
    for (const auto& message : made->messages)
        sent.messages.push_back({role_name(message.role), message.name, message.content});
    std::ranges::move(warnings, std::back_inserter(sent.warnings));
    return made;
}

}  // namespace lares::turn
