#include "prompt/prompt.h"

#include <algorithm>
#include <random>
#include <sstream>

#include <gtest/gtest.h>

#include "prompt/overflow.h"
#include "prompt/render.h"

namespace lares::prompt {
namespace {

using gateway::ChatMessage;
using gateway::Role;

// Words and 4 a message.
Result<std::size_t> count_words(const ChatMessage& message) {
    if (!message.tokens.empty()) return message.tokens.size() + 4;
    std::istringstream words(message.content);
    std::string word;
    std::size_t count = 4;
    while (words >> word) ++count;
    return count;
}

character::Card mira() {
    character::Card card;
    card.name = "Mira";
    card.description = "{{char}} keeps the light.";
    card.personality = "Calm.";
    card.scenario = "A harbour at night.";
    card.first_mes = "The lamp is lit, {{user}}.";
    return card;
}

Input input_of(const character::Card& card) {
    Input input;
    input.card = &card;
    input.persona = {"Ann", ""};
    input.context_tokens = 2048;
    input.reply_tokens = 256;
    input.count = count_words;
    return input;
}

std::string words(std::size_t count, const std::string& word = "word") {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += (i ? " " : "") + word;
    return out;
}

Said person(std::string text) {
    return {Role::user, std::move(text), {}};
}
Said model(std::string text, std::vector<std::int32_t> tokens = {}) {
    return {Role::assistant, std::move(text), std::move(tokens)};
}

const Part* find(const Prompt& prompt, Source source) {
    for (const auto& part : prompt.parts) {
        if (part.source == source) return &part;
    }
    return nullptr;
}

TEST(Prompt, PartsComeInTheirOrder) {
    auto card = mira();
    card.mes_example = "<START>\n{{user}}: Is it far?\n{{char}}: Far enough.";
    auto input = input_of(card);
    input.persona.description = "{{user}} sails.";
    input.history = {person("Hello."), model("Mind the step.", {7, 8, 9}), person("Why?")};
    const auto prompt = build(input);
    ASSERT_TRUE(prompt) << prompt.error().message;
    ASSERT_EQ(prompt->messages.size(), 8u);
    const std::string& system = prompt->messages[0].content;
    EXPECT_TRUE(system.starts_with("You are Mira, talking with Ann."));
    EXPECT_TRUE(
        system.ends_with("Mira keeps the light.\n\nMira's personality: Calm.\n\nScenario: A harbour at "
                         "night.\n\nAbout Ann: Ann sails."));
    EXPECT_EQ(prompt->messages[1].content, "Is it far?");
    EXPECT_EQ(prompt->messages[2].content, "Far enough.");
    EXPECT_EQ(prompt->messages[3].content, "[A new conversation begins.]");
    EXPECT_EQ(prompt->messages[4].content, "The lamp is lit, Ann.");
    EXPECT_EQ(prompt->messages[5].content, "Hello.");
    EXPECT_EQ(prompt->messages[5 + 1].tokens, (std::vector<std::int32_t>{7, 8, 9}));
    EXPECT_EQ(prompt->shared_prefix, 5u);
}

TEST(Prompt, PartsSayWhereTheyCameFrom) {
    const auto card = mira();
    auto input = input_of(card);
    input.history = {person("{{char}} is not expanded here")};
    const auto prompt = build(input);
    ASSERT_TRUE(prompt);
    EXPECT_EQ(find(*prompt, Source::main)->trust, Trust::operator_);
    EXPECT_EQ(find(*prompt, Source::description)->trust, Trust::card);
    EXPECT_EQ(find(*prompt, Source::description)->message, 0u);
    EXPECT_GT(find(*prompt, Source::description)->tokens, 0u);
    EXPECT_EQ(find(*prompt, Source::history)->trust, Trust::person);
    EXPECT_EQ(find(*prompt, Source::history)->message, 2u);
    EXPECT_EQ(prompt->messages.back().content, "{{char}} is not expanded here");
}

TEST(Prompt, TheCardsSystemPromptReplacesOursAndMayQuoteIt) {
    auto card = mira();
    card.system_prompt = "Be brief. {{original}} Stay {{char}}.";
    auto input = input_of(card);
    input.main = "Main for {{char}}.";
    input.history = {person("Hi")};
    const auto prompt = build(input);
    ASSERT_TRUE(prompt);
    EXPECT_TRUE(prompt->messages[0].content.starts_with("Be brief. Main for Mira. Stay Mira.\n\n"));
    EXPECT_EQ(find(*prompt, Source::main)->trust, Trust::card);
}

TEST(Prompt, TheGreetingShownWinsOverTheCards) {
    const auto card = mira();
    auto input = input_of(card);
    input.greeting = "Evening {{user}}.";
    input.history = {person("Hi")};
    EXPECT_EQ(build(input)->messages[1].content, "Evening {{user}}.");
    input.greeting = "";
    EXPECT_EQ(build(input)->messages[1].content, "Hi");
}

TEST(Prompt, AlternateGreetings) {
    auto card = mira();
    card.alternate_greetings = {"Evening, {{user}}."};
    EXPECT_EQ(greeting(card, {"Ann", ""}).text, "The lamp is lit, Ann.");
    EXPECT_EQ(greeting(card, {"Ann", ""}, 1).text, "Evening, Ann.");
    EXPECT_EQ(greeting(card, {"Ann", ""}, 2).text, "");
}

TEST(Prompt, ExamplesGiveWayBeforeAnythingElse) {
    auto card = mira();
    card.mes_example = "<START>\n{{char}}: short\n<START>\n{{char}}: " + words(1500);
    auto input = input_of(card);
    input.history = {person("Hi")};
    const auto prompt = build(input);
    ASSERT_TRUE(prompt);
    const auto out =
        std::count_if(prompt->parts.begin(), prompt->parts.end(), [](const auto& part) { return !part.in; });
    EXPECT_EQ(out, 1);
}

TEST(Prompt, OverflowNamesThePartAndByHowMuch) {
    auto card = mira();
    card.description = words(3000);
    auto input = input_of(card);
    input.history = {person("Hi")};
    auto prompt = build(input);
    ASSERT_FALSE(prompt);
    EXPECT_EQ(prompt.error().type, "context-overflow");
    EXPECT_EQ(prompt.error().field, "character.description");
    const auto& over = prompt.error().overflow.value();
    EXPECT_EQ(over.part, "description");
    EXPECT_EQ(over.remedy, "shorten-character");
    EXPECT_NE(prompt.error().message.find(" " + std::to_string(over.tokens) + " tokens"), std::string::npos);

    const auto fitting = mira();
    input = input_of(fitting);
    input.history = {person("Hi")};
    const std::size_t room = 2048 - 256 - (build(input)->tokens - 5);  // what is left for one message
    input.history = {person(words(room - 4))};
    EXPECT_TRUE(build(input));
    input.history = {person(words(room - 4 + 17))};
    prompt = build(input);
    ASSERT_FALSE(prompt);
    EXPECT_EQ(prompt.error().field, "message");
    EXPECT_NE(prompt.error().message.find(" 17 tokens"), std::string::npos) << prompt.error().message;
    EXPECT_EQ(prompt.error().overflow, (Overflow{"message", 17, "shorten-message"}));

    input.reply_tokens = 2048;
    prompt = build(input);
    EXPECT_EQ(prompt.error().field, "max_tokens");
    EXPECT_EQ(prompt.error().overflow, (Overflow{"answer", 1, "shorter-answer"}));
}

TEST(Prompt, EachPartThatIsTooLongHasItsRemedy) {
    EXPECT_EQ(remedy_of("example"), "shorten-character");
    EXPECT_EQ(remedy_of("persona"), "shorten-persona");
    EXPECT_EQ(remedy_of("lore"), "shorten-lorebook");
    for (const auto* part : {"main", "post_history", "auxiliary", "note", "nudge", "beside"})
        EXPECT_EQ(remedy_of(part), "shorten-settings") << part;
}

TEST(Prompt, ErrorsOfTheCounterPassThrough) {
    const auto card = mira();
    auto input = input_of(card);
    input.count = [](const ChatMessage&) -> Result<std::size_t> {
        return fail(Code::unavailable, "model-loading", "Wait.");
    };
    EXPECT_EQ(build(input).error().type, "model-loading");
}

TEST(Prompt, InstructionsStandBeforeAPersonsMessageAndStayThere) {
    auto card = mira();
    card.post_history_instructions = "{{original}}Answer in verse.";
    auto input = input_of(card);
    input.history = {person("one")};
    const auto first = build(input);
    input.history = {person("one"), model("two"), person("three")};
    const auto second = build(input);
    EXPECT_EQ(first->messages[2].content, "[Answer in verse.]\n\none");
    EXPECT_EQ(second->messages[2].content, "[Answer in verse.]\n\none");
    EXPECT_EQ(second->messages[4].content, "three");
    input.history = {person("one"), model(words(300)), person("three")};
    EXPECT_EQ(build(input)->messages[4].content, "[Answer in verse.]\n\nthree");
}

bool is_prefix(const Prompt& a, const Prompt& b) {
    if (a.messages.size() > b.messages.size()) return false;
    for (std::size_t i = 0; i < a.messages.size(); ++i) {
        if (a.messages[i].role != b.messages[i].role || a.messages[i].content != b.messages[i].content)
            return false;
    }
    return true;
}

// Of a conversation of any lengths: a turn begins with all that the turn before it sent, unless room was
// made; then a quarter is free. The place where room was made is found again without being told. Nothing ever
// overflows.
TEST(PromptProperty, TurnsShareTheirPrefixUntilRoomIsMade) {
    for (unsigned seed = 0; seed < 60; ++seed) {
        std::mt19937 random(seed);
        auto card = mira();
        if (seed % 2) card.post_history_instructions = words(random() % 30 + 1, "rule");
        auto input = input_of(card);
        input.context_tokens = 400 + random() % 800;
        input.reply_tokens = 100;
        const std::size_t limit = input.context_tokens - input.reply_tokens;
        const std::size_t longest = seed % 5 == 0 ? 150 : 40;
        std::optional<Prompt> last;
        std::size_t made_room = 0;
        for (int turn = 0; turn < 80; ++turn) {
            input.history.push_back(person(words(random() % longest + 1, "p" + std::to_string(turn))));
            input.history_from = 0;
            auto prompt = build(input);
            ASSERT_TRUE(prompt) << "seed " << seed << " turn " << turn << " " << prompt.error().message;
            ASSERT_LE(prompt->tokens, limit);
            std::size_t sum = 0;
            for (const auto& message : prompt->messages) sum += count_words(message).value();
            ASSERT_EQ(sum, prompt->tokens);
            if (last && prompt->history_from == last->history_from) {
                ASSERT_TRUE(is_prefix(*last, *prompt)) << "seed " << seed << " turn " << turn;
            } else if (last) {
                ++made_room;
                ASSERT_GT(prompt->history_from, last->history_from);
                ASSERT_EQ(input.history[prompt->history_from].role, Role::user);
            }
            if (last) {
                input.history_from = last->history_from;
                const auto told = build(input);
                ASSERT_EQ(told->history_from, prompt->history_from);
                ASSERT_TRUE(is_prefix(*told, *prompt) && is_prefix(*prompt, *told));
            }
            last = std::move(*prompt);
            input.history.push_back(model(words(random() % 60 + 1, "m" + std::to_string(turn))));
        }
        EXPECT_GT(made_room, 0u) << seed;
        EXPECT_LT(made_room, 60u) << seed;
    }
}

TEST(PromptProperty, AMessageThatIsTooLongForHistoryIsLeftBehind) {
    const auto card = mira();
    auto input = input_of(card);
    input.history = {person("one"), model(words(3000)), person("two"), model("three"), person("four")};
    const auto prompt = build(input);
    ASSERT_TRUE(prompt) << prompt.error().message;
    EXPECT_EQ(prompt->history_from, 2u);
    EXPECT_EQ(prompt->messages.back().content, "four");
    input.history = {person(words(3000)), model("three"), person("four")};
    EXPECT_EQ(build(input)->history_from, 2u);
}

// A text that grows by doubling, and many entries that say it again and again.
std::string doubling() {
    std::string text = "{{setvar::a::xxxxxxxxxxxxxxxx}}";
    for (int i = 0; i < 12; ++i) text += "{{setvar::a::{{getvar::a}}{{getvar::a}}}}";
    return text;
}
std::string repeating() {
    std::string text;
    for (int i = 0; i < 64; ++i) text += "{{getvar::a}}";
    return text;
}

struct Hostile {
    // Of `count` entries each makes 4 MiB.
    Hostile(std::optional<character::LorePosition> position, std::string key, std::size_t count = 500) {
        auto book = std::make_shared<character::Lorebook>();
        for (std::size_t i = 0; i <= count; ++i) {
            auto& entry = book->entries.emplace_back();
            entry.uid = static_cast<std::int64_t>(i);
            entry.constant = i == 0 || key.empty();
            entry.keys = {key.empty() ? "never" : key};
            entry.order = static_cast<double>(i);
            entry.content = i == 0 ? doubling() : repeating();
            entry.position = i == 0 ? character::LorePosition::before : position;
            entry.ignore_budget = true;
            if (position == character::LorePosition::outlet) entry.position = position, entry.outlet = "o";
        }
        books = lore::BookSet::compile({{lore::Scope::character, "b", book}}, {.v3 = true});
    }
    std::shared_ptr<const lore::BookSet> books;
};

TEST(Prompt, WhatMacrosMakeInAllIsBoundedBeforeItIsCounted) {
    using character::LorePosition;
    for (const auto& [position, key] : {std::pair(std::optional(LorePosition::outlet), ""),
                                        std::pair(std::optional(LorePosition::after), ""),
                                        std::pair(std::optional(LorePosition::examples_top), ""),
                                        std::pair(std::optional(LorePosition::after), "hello")}) {
        const Hostile hostile(position, key);
        auto card = mira();
        card.description = doubling() + card.description;
        auto input = input_of(card);
        input.books = hostile.books.get();
        input.lore.budget = 200;
        input.history = {person("Hello.")};
        std::size_t counted = 0;
        input.count = [&](const ChatMessage& message) {
            counted += message.content.size();
            return count_words(message);
        };
        const auto prompt = build(input);
        ASSERT_FALSE(prompt);
        EXPECT_EQ(prompt.error().type, "context-overflow");
        EXPECT_TRUE(prompt.error().field == "character.lore" || prompt.error().field == "character.example")
            << prompt.error().field;
        EXPECT_LT(counted, 4 * macros::limits::output_bytes);
    }
}

TEST(Prompt, InSillyTavernsOrderTooMacrosAreBoundedInAll) {
    auto card = mira();
    card.personality = doubling();
    RenderInput input;
    input.card = &card;
    input.persona.name = "Ann";
    input.message = "Hello.";
    std::size_t counted = 0;
    input.count = [&](const ChatMessage& message) {
        counted += message.content.size();
        return count_words(message);
    };
    const auto field_of = [&] {
        counted = 0;
        const auto made = render(input);
        EXPECT_LT(counted, 4 * macros::limits::output_bytes);
        return made ? "none" : made.error().type + " " + made.error().field;
    };
    EXPECT_EQ(field_of(), "none");
    const Hostile hostile(character::LorePosition::after, "hello");
    input.books = hostile.books.get();
    input.settings.lore.budget_percent = 100;
    EXPECT_EQ(field_of(), "context-overflow settings.lore");
    input.books = nullptr;
    card.scenario = doubling();
    for (int i = 0; i < 4; ++i) card.scenario += repeating();
    EXPECT_EQ(field_of(), "context-overflow card.scenario");
}

TEST(Prompt, GreetingsAreNoLongerThanAMessage) {
    auto card = mira();
    card.first_mes = doubling() + repeating();
    card.alternate_greetings.assign(80, card.first_mes);
    const auto all = greetings(card, {"Ann", ""}, 64);
    ASSERT_EQ(all.size(), 64u);
    std::size_t bytes = 0;
    for (const auto& one : all) bytes += one.text.size();
    EXPECT_EQ(all[0].text, std::string(greeting_code_points_max, 'x'));
    EXPECT_EQ(all[0].text, greeting(card, {"Ann", ""}).text);
    EXPECT_LT(bytes, 2 * macros::limits::output_bytes);
    const auto one = greetings(mira(), {"Ann", ""}, 64);
    ASSERT_EQ(one.size(), 1u);
    EXPECT_EQ(one[0].text, "The lamp is lit, Ann.");
}

}  // namespace
}  // namespace lares::prompt
