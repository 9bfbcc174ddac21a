// The assembly of one prompt in the layout `stable`. Over 500 lines: every part spends the same room and the
// same budget of macros, and the order in which they do is the subject.
#include "prompt/prompt.h"

#include <algorithm>

#include "base/text.h"
#include "character/depth_prompt.h"
#include "prompt/examples.h"
#include "prompt/history.h"
#include "prompt/macros.h"
#include "prompt/overflow.h"

namespace lares::prompt {

namespace {

using character::LorePosition;
using gateway::ChatMessage;
using gateway::Role;

constexpr std::string_view default_main =
    "You are {{char}}, talking with {{user}}. Stay in character and answer as {{char}}, in {{char}}'s own "
    "voice. "
    "Write only {{char}}'s words and actions, never those of {{user}}.";
// Between two answers of the character that do not belong together (templates want the roles to alternate).
constexpr std::string_view new_conversation = "[A new conversation begins.]";

constexpr std::string_view sources[] = {"main",      "description", "personality",  "scenario", "persona",
                                        "example",   "greeting",    "post_history", "history",  "lore",
                                        "auxiliary", "note",        "depth_prompt", "nudge"};
constexpr std::string_view trusts[] = {"operator", "owner", "card", "knowledge", "person", "model"};

// What macros of woken entries may make, over all messages that are replayed.
constexpr std::size_t woken_bytes_max = 16 * macros::limits::output_bytes;

class Builder {
public:
    explicit Builder(const Input& input)
        : input_(input),
          card_(*input.card),
          values_{.character = card_.name,
                  .user = input.persona.name,
                  .original = std::nullopt,
                  .seed = input.seed,
                  .now_ms = input.began_ms,
                  .place = input.place,
                  .variables = &prompt_.variables,
                  .globals = &input.globals,
                  .outlets = &outlets_,
                  .budget = &budget_},
          limit_(input.context_tokens - std::min(input.reply_tokens, input.context_tokens)) {
        prompt_.variables = input.variables;
        fields_ = card_fields(card_, input.persona.description, values_);
        values_.fields = &fields_;
        for (std::size_t i = 0; i < input.history.size(); ++i)
            if (input.history[i].role == Role::user) answered_ = i;
    }

    Result<Prompt> run() {
        if (limit_ == 0)
            return overflow("answer", "max_tokens", "the answer",
                            input_.reply_tokens - input_.context_tokens + 1);
        LARES_CHECK(read_outlets());
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

    Result<std::string> expand(Source source, std::string_view text,
                               std::optional<std::string_view> original = std::nullopt) {
        MacroValues values = values_;
        values.original = original;
        std::string expanded = expand_macros(text, values);
        if (budget_.spent()) return too_much(source);
        return expanded;
    }

    // A text of the card or the persona, which macros may have a name for.
    Result<std::string> expand_own(Source source, std::string_view text,
                                   std::optional<std::string_view> original = std::nullopt) {
        MacroValues values = values_;
        values.original = original;
        values.fields = &no_card_fields();
        std::string expanded = expand_macros(text, values);
        if (budget_.spent()) return too_much(source);
        return expanded;
    }

    // The card's text in the place of ours, which it may quote.
    Result<std::string> replaced(Source source, std::string_view ours, const std::string& of_card) {
        LARES_TRY(std::string text, expand(source, ours));
        if (trim(of_card).empty()) return text;
        return expand_own(source, of_card, text);
    }

    static tl::unexpected<Error> too_much(Source source) {
        const std::string name(to_text(source));
        return macros_overflow(name, "character." + name);
    }

    // One system message of all constant texts: it is the part of the prefix that every chat with the card
    // shares.
    Result<void> add_system() {
        const std::string& main = input_.main.empty() ? std::string(default_main) : input_.main;
        const std::string own = input_.prefer_card_system_prompt ? card_.system_prompt : "";
        LARES_TRY(std::string text, replaced(Source::main, main, own));
        const bool of_card = !trim(own).empty();
        LARES_CHECK(add_constant(Source::main, of_card ? Trust::card : Trust::operator_, std::move(text),
                                 of_card ? Why::card_main : Why::main));
        LARES_CHECK(add_lasting_lore(LorePosition::before));
        LARES_CHECK(add_field(Source::description, "", card_.description));
        LARES_CHECK(add_field(Source::personality, card_.name + "'s personality: ", card_.personality));
        LARES_CHECK(add_field(Source::scenario, "Scenario: ", card_.scenario));
        LARES_TRY(const std::string about, about_person());
        if (!about.empty() && input_.persona.position == PersonaPosition::in_prompt) {
            LARES_CHECK(add_constant(Source::persona, Trust::person,
                                     "About " + input_.persona.name + ": " + about, Why::persona));
        }
        LARES_TRY(std::string auxiliary, expand(Source::auxiliary, input_.auxiliary));
        if (!trim(auxiliary).empty())
            LARES_CHECK(add_constant(Source::auxiliary, Trust::owner, std::move(auxiliary), Why::auxiliary));
        LARES_CHECK(add_lasting_lore(LorePosition::after));
        prompt_.messages.push_back({Role::system, std::move(system_), {}});
        LARES_TRY(prompt_.tokens, count(prompt_.messages.back()));
        return {};
    }

    Result<void> add_field(Source source, const std::string& label, const std::string& text) {
        LARES_TRY(const std::string expanded, expand_own(source, text));
        if (trim(expanded).empty()) return {};
        return add_constant(source, Trust::card, label + std::string(trim(expanded)), Why::card);
    }

    Result<void> add_constant(Source source, Trust trust, std::string text, Reason reason) {
        LARES_TRY(const std::size_t tokens, count({Role::system, text, {}}));
        if (!system_.empty()) system_ += "\n\n";
        system_ += text;
        prompt_.parts.push_back(
            {source, trust, true, std::move(reason), {}, {}, {}, 0, no_message, std::move(text), tokens});
        return {};
    }

    struct Opening {
        ChatMessage message;
        std::size_t tokens = 0;
    };

    Result<std::optional<Opening>> read_greeting() const {
        Opening opening{
            {Role::assistant, input_.greeting ? *input_.greeting : greeting(card_, input_.persona).text, {}}};
        if (trim(opening.message.content).empty()) return std::optional<Opening>();
        LARES_TRY(opening.tokens, count(opening.message));
        return std::optional(std::move(opening));
    }

    // Examples are the one constant part that may be left out: whole blocks, from the end, when they would
    // take the constant parts over half of the context.
    Result<void> add_examples(const std::optional<Opening>& opening) {
        const std::size_t room = input_.context_tokens / 2;
        bool full = false;
        std::vector<ExampleBlock> blocks;
        const auto read = [&blocks](const std::string& text, const MacroValues& values) {
            for (auto& block : read_examples(text, values)) blocks.push_back(std::move(block));
        };
        MacroValues own = values_;
        own.fields = &no_card_fields();
        for (const auto* item : lasting(LorePosition::examples_top)) read(example_of(*item), values_);
        read("<START>\n" + card_.mes_example, own);
        for (const auto* item : lasting(LorePosition::examples_bottom)) read(example_of(*item), values_);
        if (budget_.spent()) return too_much(Source::example);
        for (auto& block : blocks) {
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
        Part part;
        part.source = Source::example;
        part.in = in;
        part.reason = Why::card;
        part.text = message.content;
        if (const auto tokens = count(message)) part.tokens = *tokens;
        if (in) {
            part.message = prompt_.messages.size();
            prompt_.messages.push_back(std::move(message));
        } else {
            part.reason = Why::examples_room;
        }
        prompt_.parts.push_back(std::move(part));
    }

    Result<void> separate(Role next) {
        if (next != Role::assistant || prompt_.messages.back().role != Role::assistant) return {};
        ChatMessage message{Role::user, std::string(new_conversation), {}};
        LARES_TRY(const std::size_t tokens, count(message));
        prompt_.tokens += tokens;
        prompt_.parts.push_back({Source::example,
                                 Trust::operator_,
                                 true,
                                 Why::parts_conversations,
                                 {},
                                 {},
                                 {},
                                 prompt_.messages.size(),
                                 no_message,
                                 message.content,
                                 tokens});
        prompt_.messages.push_back(std::move(message));
        return {};
    }

    Result<void> add_greeting(const std::optional<Opening>& opening) {
        if (!opening) return {};
        LARES_CHECK(separate(Role::assistant));
        prompt_.parts.push_back({Source::greeting,
                                 Trust::card,
                                 true,
                                 Why::companion_first,
                                 {},
                                 {},
                                 {},
                                 prompt_.messages.size(),
                                 no_message,
                                 opening->message.content,
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
        return overflow(name, "character." + name, "the character's " + name, prompt_.tokens - limit_ + 1);
    }

    Result<void> add_history() {
        HistoryLayout layout;
        LARES_CHECK(list_recurring(layout.recurring));
        std::optional<ChatMessage> nudge;
        std::size_t nudge_tokens = 0;
        if (!input_.nudge.empty()) {
            LARES_TRY(std::string text, expand(Source::nudge, input_.nudge));
            nudge = ChatMessage{Role::user, std::move(text), {}};
            LARES_TRY(nudge_tokens, count(*nudge));
            if (prompt_.tokens + nudge_tokens >= limit_)
                return overflow("nudge", "nudge", "what the model is asked",
                                prompt_.tokens + nudge_tokens - limit_ + 1);
        }
        layout.room = limit_ - prompt_.tokens - nudge_tokens;
        layout.repeat_after = input_.context_tokens / 8;
        if (input_.books) {
            layout.wake = [this](std::size_t at, std::size_t from, lore::TimedEffects& timed) {
                return wake(at, from, timed);
            };
        }
        LARES_TRY(const auto plan, plan_history(input_.history, input_.history_from, layout, input_.count));
        if (plan.over > 0) return overflow("message", "message", "the message", plan.over);
        prompt_.history_from = plan.from;
        prompt_.timed = plan.timed;
        for (std::size_t i = 0; i < input_.history.size(); ++i) add_said(i, plan, layout.recurring);
        if (nudge) add_nudge(std::move(*nudge), nudge_tokens);
        return {};
    }

    // What stands before a person's message and is said again after a while: the note with what leans on it,
    // what the card or the persona puts at a depth, post-history instructions.
    Result<void> list_recurring(std::vector<Recurring>& out) {
        const auto add = [&](Source source, Trust trust, Reason reason, std::string text,
                             std::int64_t interval) {
            if (trim(text).empty()) return;
            out.push_back({std::string(trim(text)), interval});
            recurring_.push_back({source, trust, std::move(reason)});
        };
        const auto& persona = input_.persona;
        LARES_TRY(const std::string about, about_person());
        LARES_TRY(std::string note, expand(Source::note, input_.note.text));
        const bool searched = input_.note.allow_scan && input_.note.interval > 0;
        if (searched) beside_.push_back(note);
        if (persona.position == PersonaPosition::note_top) note = about + "\n" + note;
        if (persona.position == PersonaPosition::note_bottom) note += "\n" + about;
        add(Source::note, Trust::owner, Why::note, std::move(note), input_.note.interval);
        if (persona.position == PersonaPosition::at_depth) {
            beside_.push_back(about);
            add(Source::persona, Trust::person, Why::persona, about, 1);
        }
        LARES_TRY(std::string depth_prompt,
                  expand_own(Source::depth_prompt, character::depth_prompt_of(card_).text));
        if (searched) beside_.push_back(depth_prompt);
        add(Source::depth_prompt, Trust::card, Why::depth_prompt, std::move(depth_prompt), 1);
        const std::string own = input_.prefer_card_post_history ? card_.post_history_instructions : "";
        const bool of_card = !trim(own).empty();
        LARES_TRY(std::string post, replaced(Source::post_history, input_.post_history, own));
        add(Source::post_history, of_card ? Trust::card : Trust::owner,
            of_card ? Why::card_post_history : Why::post_history, std::move(post), 1);
        return {};
    }

    Result<std::string> about_person() {
        LARES_TRY(const std::string about, expand_own(Source::persona, input_.persona.description));
        return std::string(trim(about));
    }

    void add_nudge(ChatMessage nudge, std::size_t tokens) {
        Part part;
        part.source = Source::nudge;
        part.trust = Trust::operator_;
        part.reason = Why::asked;
        part.text = nudge.content;
        part.tokens = tokens;
        // Roles alternate.
        if (!prompt_.messages.empty() && prompt_.messages.back().role == Role::user) {
            prompt_.messages.back().content += "\n\n" + nudge.content;
        } else {
            prompt_.messages.push_back(std::move(nudge));
        }
        part.message = prompt_.messages.size() - 1;
        prompt_.tokens += tokens;
        prompt_.parts.push_back(std::move(part));
    }

    // Active whatever is said: no chance, no condition.
    static bool certain(const lore::Item& item) {
        const auto& entry = *item.entry;
        const bool always = !entry.use_probability || entry.probability >= 100;
        return entry.enabled && (entry.constant || entry.decorators.constant) && always &&
               entry.triggers.empty() && entry.filter.names.empty() && entry.filter.tags.empty() &&
               entry.groups.empty() && entry.delay == 0 && entry.delay_until_recursion == 0 &&
               !entry.content.empty();
    }
    static bool lasts(const lore::Item& item) {
        return certain(item) && item.entry->position != LorePosition::outlet;
    }

    // Before the card's texts, above or below its examples, else behind the card's texts.
    static LorePosition place_of(const character::LoreEntry& entry) {
        const auto position = entry.position.value_or(LorePosition::after);
        const bool own = position == LorePosition::before || position == LorePosition::examples_top ||
                         position == LorePosition::examples_bottom;
        return own ? position : LorePosition::after;
    }

    std::vector<const lore::Item*> lasting(LorePosition position) const {
        std::vector<const lore::Item*> out;
        if (!input_.books) return out;
        const auto& items = input_.books->items();
        for (auto item = items.rbegin(); item != items.rend(); ++item) {
            if (lasts(*item) && place_of(*item->entry) == position) out.push_back(&*item);
        }
        return out;
    }

    Result<void> add_lasting_lore(LorePosition position) {
        for (const auto* item : lasting(position)) {
            LARES_TRY(std::string text, expand(Source::lore, item->entry->content));
            LARES_CHECK(add_constant(Source::lore, Trust::card, std::move(text), Why::always));
            name_part(prompt_.parts.back(), *item);
        }
        return {};
    }

    std::string example_of(const lore::Item& item) {
        Part part;
        part.source = Source::lore;
        part.reason = Why::always_example;
        part.text = item.entry->content;
        name_part(part, item);
        prompt_.parts.push_back(std::move(part));
        return "<START>\n" + item.entry->content + "\n";
    }

    static void name_part(Part& part, const lore::Item& item) {
        part.title = lore::title_of(item);
        part.id = item.id;
        if (item.entry->position) part.position = lore::position_name(*item.entry->position);
    }

    // Outlets that are always filled; what a message wakes cannot stand in texts before it.
    Result<void> read_outlets() {
        if (!input_.books) return {};
        for (const auto& item : input_.books->items()) {
            const auto& entry = *item.entry;
            if (entry.position != LorePosition::outlet || entry.outlet.empty() || !certain(item)) continue;
            auto& text = outlets_[entry.outlet];
            LARES_TRY(const std::string more, expand(Source::lore, entry.content));
            text += (text.empty() ? "" : "\n") + more;
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
        const auto field = [this](const char* name) { return fields_.at(name); };
        text.fields = {field("persona"),         field("description"), field("personality"),
                       field("chardepthprompt"), field("scenario"),    field("creatornotes")};
        text.injected = beside_;
        return text;
    }

    // The same message wakes the same in every replay: what an entry does to variables ends with it.
    Result<std::vector<Woken>> wake(std::size_t at, std::size_t from, lore::TimedEffects& timed) {
        const lore::ScanText text = searched(at, from);
        lore::ScanInput scan;
        scan.books = input_.books;
        scan.settings = input_.lore;
        scan.text = &text;
        scan.character = card_.name;
        if (at == answered_) {
            scan.trigger = input_.trigger;
            scan.also_trigger = input_.also_trigger;
        }
        scan.tags = card_.tags;
        scan.seed = input_.seed;
        scan.length = static_cast<std::int64_t>(at) + 1;
        scan.timed = timed;
        macros::Budget budget(macros::limits::output_bytes, &woken_budget_);
        MacroValues values = values_;
        values.budget = &budget;
        values.alone = true;
        scan.expand = [&values](std::string_view one) { return expand_macros(one, values); };
        scan.count = [this, &budget](const std::string& one) -> Result<std::size_t> {
            if (budget.spent()) return too_much(Source::lore);
            return count({Role::system, one, {}});
        };
        LARES_TRY(auto found, lore::scan(scan));
        if (budget.spent()) return too_much(Source::lore);
        timed = std::move(found.timed);
        if (at + 1 == input_.history.size()) refused_ = std::move(found.refused);
        std::vector<Woken> woken;
        for (auto& one : found.activated) {
            const bool placed =
                one.item->entry->position && one.item->entry->position != LorePosition::outlet;
            if (lasts(*one.item) || one.content.empty() || !placed) continue;
            const auto& entry = *one.item->entry;
            woken.push_back({one.item->id, lore::title_of(*one.item), std::move(one.content),
                             std::move(one.reason), lore::position_name(*entry.position),
                             entry.position == LorePosition::at_depth && entry.depth == 0});
        }
        return woken;
    }

    void add_said(std::size_t i, const HistoryPlan& plan, const std::vector<Recurring>& recurring) {
        const Said& said = input_.history[i];
        Part part;
        part.source = Source::history;
        part.trust = said.role == Role::assistant ? Trust::model : Trust::person;
        part.in = i >= plan.from;
        part.reason = part.in ? Why::said : Why::older;
        part.history = i;
        if (!part.in) return prompt_.parts.push_back(std::move(part));
        const HistoryPlan::Message& planned = plan.messages[i - plan.from];
        part.message = prompt_.messages.size();
        part.tokens = planned.tokens;
        for (const auto r : planned.said) {
            prompt_.parts.push_back({recurring_[r].source,
                                     recurring_[r].trust,
                                     true,
                                     recurring_[r].reason,
                                     {},
                                     {},
                                     {},
                                     part.message,
                                     no_message,
                                     recurring[r].text,
                                     0});
        }
        for (const auto& woken : planned.woken) {
            prompt_.parts.push_back({Source::lore, Trust::card, true, woken.reason, woken.title, woken.id,
                                     woken.position, part.message, no_message, woken.text, 0});
        }
        prompt_.messages.push_back(history_message(said, planned, recurring));
        prompt_.tokens += planned.tokens;
        prompt_.parts.push_back(std::move(part));
        if (i + 1 != input_.history.size()) return;
        for (const auto& refused : refused_) {
            Part out;
            out.source = Source::lore;
            out.in = false;
            out.reason = refused.reason;
            name_part(out, *refused.item);
            prompt_.parts.push_back(std::move(out));
        }
    }

    struct RecurringPart {
        Source source = Source::note;
        Trust trust = Trust::owner;
        Reason reason;
    };

    const Input& input_;
    const character::Card& card_;
    Prompt prompt_;
    macros::Texts outlets_;
    macros::Texts fields_;             // of the card and the persona
    std::vector<std::string> beside_;  // what lore looks into besides the chat: the note and the like
    macros::Budget budget_;
    macros::Budget woken_budget_{woken_bytes_max};
    MacroValues values_;
    std::size_t limit_;  // tokens that the prompt may have
    std::string system_;
    std::vector<RecurringPart> recurring_;
    std::vector<lore::Refused> refused_;  // of the last message
    std::size_t answered_ = no_message;   // the person's last message
};

macros::Texts fields_at(const character::Card& card, const Persona& persona, const Opening& opening) {
    macros::Variables none;
    MacroValues values{card.name, persona.name, std::nullopt};
    values.seed = opening.seed;
    values.now_ms = opening.now_ms;
    values.place = opening.place;
    values.variables = &none;
    return card_fields(card, persona.description, values);
}

Greeting expand_greeting(const character::Card& card, const Persona& persona, std::size_t index,
                         const Opening& opening, const macros::Texts& fields, macros::Budget& budget) {
    if (index > card.alternate_greetings.size()) return {};
    const std::string& written = index == 0 ? card.first_mes : card.alternate_greetings[index - 1];
    Greeting out;
    MacroValues values{card.name, persona.name, std::nullopt};
    values.budget = &budget;
    values.seed = opening.seed;
    values.now_ms = opening.now_ms;
    values.place = opening.place;
    values.turn = UINT64_MAX - index;  // no turn of the chat, nor another greeting, draws the same
    values.variables = &out.variables;
    values.fields = &fields;
    out.text = expand_macros(written, values);
    out.text.resize(utf8_offset(out.text, greeting_code_points_max));
    return out;
}

}  // namespace

std::string_view to_text(Source source) {
    return sources[static_cast<std::size_t>(source)];
}

std::string_view to_text(Trust trust) {
    return trusts[static_cast<std::size_t>(trust)];
}

std::uint64_t seed_of(std::string_view conversation) {
    return static_cast<std::uint64_t>(lore::chance(0, "conversation", conversation, 0) * 0x1p53);
}

std::vector<Greeting> greetings(const character::Card& card, const Persona& persona, std::size_t most,
                                const Opening& opening) {
    macros::Budget budget;
    const auto fields = fields_at(card, persona, opening);
    std::vector<Greeting> all;
    for (std::size_t i = 0; i <= card.alternate_greetings.size() && i < most; ++i)
        all.push_back(expand_greeting(card, persona, i, opening, fields, budget));
    return all;
}

Greeting greeting(const character::Card& card, const Persona& persona, std::size_t index,
                  const Opening& opening) {
    macros::Budget budget;
    return expand_greeting(card, persona, index, opening, fields_at(card, persona, opening), budget);
}

Result<Prompt> build(const Input& input) {
    return Builder(input).run();
}

}  // namespace lares::prompt
