#include "prompt/prompt.h"

#include <algorithm>

#include "base/text.h"
#include "prompt/examples.h"
#include "prompt/history.h"
#include "prompt/macros.h"

namespace lares::prompt {

namespace {

using gateway::ChatMessage;
using gateway::Role;

constexpr std::string_view default_main =
    "You are {{char}}, talking with {{user}}. Stay in character and answer as {{char}}, in {{char}}'s own "
    "voice. "
    "Write only {{char}}'s words and actions, never those of {{user}}.";
// Between two answers of the character that do not belong together (templates want the roles to alternate).
constexpr std::string_view new_conversation = "[A new conversation begins.]";

constexpr std::string_view sources[] = {"main",    "description", "personality",  "scenario", "persona",
                                        "example", "greeting",    "post_history", "history",  "lore"};
constexpr std::string_view trusts[] = {"operator", "owner", "card", "knowledge", "person", "model"};

class Builder {
public:
    explicit Builder(const Input& input)
        : input_(input),
          card_(*input.card),
          values_{.character = card_.name,
                  .user = input.persona.name,
                  .original = std::nullopt,
                  .seed = input.seed,
                  .now_ms = input.began_ms},
          limit_(input.context_tokens - std::min(input.reply_tokens, input.context_tokens)) {}

    Result<Prompt> run() {
        if (limit_ == 0)
            return overflow("max_tokens", "the answer", input_.reply_tokens - input_.context_tokens + 1);
        LARES_CHECK(add_system());
        LARES_TRY(const auto opening, read_greeting());
        LARES_CHECK(add_examples(opening));
        LARES_CHECK(add_greeting(opening));
        prompt_.shared_prefix = prompt_.messages.size();
        LARES_CHECK(check_constants());
        LARES_CHECK(add_history());
        return std::move(prompt_);
    }

private:
    Result<std::size_t> count(const ChatMessage& message) const { return input_.count(message); }

    // One system message of all constant texts: it is the part of the prefix that every chat with the card
    // shares.
    Result<void> add_system() {
        const std::string& main = input_.main.empty() ? std::string(default_main) : input_.main;
        const std::string expanded_main = expand_macros(main, values_);
        MacroValues with_original = values_;
        with_original.original = expanded_main;
        const bool replaced = !trim(card_.system_prompt).empty();
        LARES_CHECK(add_constant(Source::main, replaced ? Trust::card : Trust::operator_,
                                 replaced ? expand_macros(card_.system_prompt, with_original) : expanded_main,
                                 replaced ? "the card's system prompt" : "the main prompt"));
        LARES_CHECK(add_field(Source::description, "", card_.description));
        LARES_CHECK(add_field(Source::personality, card_.name + "'s personality: ", card_.personality));
        LARES_CHECK(add_field(Source::scenario, "Scenario: ", card_.scenario));
        const std::string about = expand_macros(input_.persona.description, values_);
        if (!trim(about).empty()) {
            LARES_CHECK(add_constant(Source::persona, Trust::person,
                                     "About " + input_.persona.name + ": " + about, "the person's persona"));
        }
        LARES_CHECK(add_lasting_lore());
        prompt_.messages.push_back({Role::system, std::move(system_), {}});
        LARES_TRY(prompt_.tokens, count(prompt_.messages.back()));
        return {};
    }

    Result<void> add_field(Source source, const std::string& label, const std::string& text) {
        const std::string expanded = expand_macros(text, values_);
        if (trim(expanded).empty()) return {};
        return add_constant(source, Trust::card, label + std::string(trim(expanded)), "part of the card");
    }

    Result<void> add_constant(Source source, Trust trust, std::string text, std::string reason) {
        LARES_TRY(const std::size_t tokens, count({Role::system, text, {}}));
        if (!system_.empty()) system_ += "\n\n";
        system_ += text;
        prompt_.parts.push_back(
            {source, trust, true, std::move(reason), 0, no_message, std::move(text), tokens});
        return {};
    }

    struct Opening {
        ChatMessage message;
        std::size_t tokens = 0;
    };

    Result<std::optional<Opening>> read_greeting() const {
        Opening opening{
            {Role::assistant, input_.greeting ? *input_.greeting : greeting(card_, input_.persona), {}}};
        if (trim(opening.message.content).empty()) return std::optional<Opening>();
        LARES_TRY(opening.tokens, count(opening.message));
        return std::optional(std::move(opening));
    }

    // Examples are the one constant part that may be left out: whole blocks, from the end, when they would
    // take the constant parts over half of the context.
    Result<void> add_examples(const std::optional<Opening>& opening) {
        const std::size_t room = input_.context_tokens / 2;
        bool full = false;
        for (auto& block : read_examples(card_.mes_example, values_)) {
            LARES_CHECK(separate(block.front().role));
            std::size_t tokens = 0;
            for (const auto& message : block) {
                LARES_TRY(const std::size_t one, count(message));
                tokens += one;
            }
            full = full || prompt_.tokens + (opening ? opening->tokens : 0) + tokens > room;
            for (auto& message : block) add_example(std::move(message), !full);
            if (!full) prompt_.tokens += tokens;
        }
        return {};
    }

    void add_example(ChatMessage message, bool in) {
        Part part{Source::example, Trust::card,     in, "part of the card", no_message,
                  no_message,      message.content, 0};
        if (const auto tokens = count(message)) part.tokens = *tokens;
        if (in) {
            part.message = prompt_.messages.size();
            prompt_.messages.push_back(std::move(message));
        } else {
            part.reason = "the card's constant parts may take half of the context";
        }
        prompt_.parts.push_back(std::move(part));
    }

    Result<void> separate(Role next) {
        if (next != Role::assistant || prompt_.messages.back().role != Role::assistant) return {};
        ChatMessage message{Role::user, std::string(new_conversation), {}};
        LARES_TRY(const std::size_t tokens, count(message));
        prompt_.tokens += tokens;
        prompt_.parts.push_back({Source::example, Trust::operator_, true,
                                 "parts one conversation from the next", prompt_.messages.size(), no_message,
                                 message.content, tokens});
        prompt_.messages.push_back(std::move(message));
        return {};
    }

    Result<void> add_greeting(const std::optional<Opening>& opening) {
        if (!opening) return {};
        LARES_CHECK(separate(Role::assistant));
        prompt_.parts.push_back({Source::greeting, Trust::card, true, "the companion speaks first",
                                 prompt_.messages.size(), no_message, opening->message.content,
                                 opening->tokens});
        prompt_.messages.push_back(opening->message);
        prompt_.tokens += opening->tokens;
        return {};
    }

    Result<void> check_constants() const {
        if (prompt_.tokens < limit_) return {};
        std::size_t sum = 0;
        for (const auto& part : prompt_.parts) {
            if (part.in) sum += part.tokens;
            if (sum >= limit_) return overflow_of(part.source);
        }
        return overflow_of(Source::description);
    }

    tl::unexpected<Error> overflow_of(Source source) const {
        const std::string name(to_text(source));
        return overflow("character." + name, "the character's " + name, prompt_.tokens - limit_ + 1);
    }

    static tl::unexpected<Error> overflow(std::string field, const std::string& what, std::size_t tokens) {
        return fail(Code::unprocessable, "context-overflow",
                    "This does not fit into the model's context: " + what + " is " + std::to_string(tokens) +
                        " tokens too long.",
                    std::move(field));
    }

    Result<void> add_history() {
        HistoryLayout layout;
        layout.instructions = instructions();
        layout.room = limit_ - prompt_.tokens;
        layout.repeat_after = input_.context_tokens / 8;
        if (input_.books) layout.wake = [this](std::size_t at, std::size_t from) { return wake(at, from); };
        LARES_TRY(const auto plan, plan_history(input_.history, input_.history_from, layout, input_.count));
        if (plan.over > 0) return overflow("message", "the message", plan.over);
        prompt_.history_from = plan.from;
        for (std::size_t i = 0; i < input_.history.size(); ++i) add_said(i, plan, layout.instructions);
        return {};
    }

    // The card's post-history instructions; {{original}} is empty, for there are none of ours.
    std::string instructions() const {
        MacroValues with_original = values_;
        with_original.original = "";
        return std::string(trim(expand_macros(card_.post_history_instructions, with_original)));
    }

    // Active whatever is said: no chance, no condition.
    static bool lasts(const lore::Item& item) {
        const auto& entry = *item.entry;
        const bool certain = !entry.use_probability || entry.probability >= 100;
        return entry.enabled && (entry.constant || entry.decorators.constant) && certain &&
               entry.triggers.empty() && entry.filter.names.empty() && entry.filter.tags.empty() &&
               entry.groups.empty() && entry.delay == 0 && entry.delay_until_recursion == 0 &&
               !entry.content.empty() && entry.position != character::LorePosition::outlet;
    }

    static std::string title_of(const lore::Item& item) {
        if (!item.entry->comment.empty()) return item.entry->comment;
        return item.entry->keys.empty() ? item.id : item.entry->keys.front();
    }

    Result<void> add_lasting_lore() {
        if (!input_.books) return {};
        const auto& items = input_.books->items();
        for (auto item = items.rbegin(); item != items.rend(); ++item) {
            if (!lasts(*item)) continue;
            LARES_CHECK(add_constant(Source::lore, Trust::card, expand_macros(item->entry->content, values_),
                                     "lore \"" + title_of(*item) + "\": always active"));
        }
        return {};
    }

    // The chat up to the message, newest first, as far back as keys are searched.
    lore::ScanText searched(std::size_t at, std::size_t from) const {
        const auto depth = static_cast<std::size_t>(
            std::clamp<std::int64_t>(std::max(input_.lore.scan_depth, input_.books->deepest()), 1, 64));
        lore::ScanText text;
        for (std::size_t i = at + 1; i > from && text.messages.size() < depth; --i) {
            const Said& said = input_.history[i - 1];
            const bool of_character = said.role == Role::assistant;
            text.messages.push_back((of_character ? card_.name : input_.persona.name) + ": " + said.text);
        }
        text.fields = {input_.persona.description, card_.description, card_.personality, {}, card_.scenario,
                       card_.creator_notes};
        return text;
    }

    Result<std::vector<Woken>> wake(std::size_t at, std::size_t from) const {
        const lore::ScanText text = searched(at, from);
        lore::ScanInput scan;
        scan.books = input_.books;
        scan.settings = input_.lore;
        scan.text = &text;
        scan.character = card_.name;
        scan.tags = card_.tags;
        scan.seed = input_.seed;
        scan.length = static_cast<std::int64_t>(at) + 1;
        scan.expand = [this](std::string_view one) { return expand_macros(one, values_); };
        scan.count = [this](const std::string& one) { return count({Role::system, one, {}}); };
        LARES_TRY(auto found, lore::scan(scan));
        std::vector<Woken> woken;
        for (auto& one : found.activated) {
            const bool placed =
                one.item->entry->position && one.item->entry->position != character::LorePosition::outlet;
            if (lasts(*one.item) || one.content.empty() || !placed) continue;
            woken.push_back(
                {one.item->id, title_of(*one.item), std::move(one.content), std::move(one.reason)});
        }
        return woken;
    }

    void add_said(std::size_t i, const HistoryPlan& plan, const std::string& instructions) {
        const Said& said = input_.history[i];
        const Trust trust = said.role == Role::assistant ? Trust::model : Trust::person;
        Part part{Source::history, trust, i >= plan.from, "said in this conversation", no_message, i, {}, 0};
        if (!part.in) {
            part.reason = "older than what fits";
            prompt_.parts.push_back(std::move(part));
            return;
        }
        const HistoryPlan::Message& planned = plan.messages[i - plan.from];
        part.message = prompt_.messages.size();
        part.tokens = planned.tokens;
        if (planned.instructed) {
            prompt_.parts.push_back({Source::post_history, Trust::card, true,
                                     "the card's post-history instructions", part.message, no_message,
                                     instructions, 0});
        }
        for (const auto& woken : planned.woken) {
            prompt_.parts.push_back({Source::lore, Trust::card, true,
                                     "lore \"" + woken.title + "\": " + woken.reason, part.message,
                                     no_message, woken.text, 0});
        }
        prompt_.messages.push_back(
            history_message(said, planned.instructed ? instructions : "", planned.woken));
        prompt_.tokens += planned.tokens;
        prompt_.parts.push_back(std::move(part));
    }

    const Input& input_;
    const character::Card& card_;
    MacroValues values_;
    std::size_t limit_;  // tokens that the prompt may have
    std::string system_;
    Prompt prompt_;
};

}  // namespace

std::string_view to_text(Source source) {
    return sources[static_cast<std::size_t>(source)];
}

std::string_view to_text(Trust trust) {
    return trusts[static_cast<std::size_t>(trust)];
}

std::string greeting(const character::Card& card, const Persona& persona, std::size_t index) {
    const MacroValues values{card.name, persona.name, std::nullopt};
    if (index == 0) return expand_macros(card.first_mes, values);
    if (index > card.alternate_greetings.size()) return {};
    return expand_macros(card.alternate_greetings[index - 1], values);
}

Result<Prompt> build(const Input& input) {
    return Builder(input).run();
}

}  // namespace lares::prompt
