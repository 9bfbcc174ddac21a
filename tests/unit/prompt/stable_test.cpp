// What else stands in a chat in the layout `stable`: effects of lore, notes, depth prompts, nudges.
#include <algorithm>

#include <gtest/gtest.h>

#include "prompt/prompt.h"

namespace lares::prompt {
namespace {

using character::LoreEntry;
using character::LorePosition;
using gateway::Role;

Result<std::size_t> by_letters(const gateway::ChatMessage& message) {
    return 4 + message.content.size() / 4;
}

LoreEntry entry(std::int64_t uid, std::string key, std::string content) {
    LoreEntry made;
    made.uid = uid;
    made.keys = {std::move(key)};
    made.content = std::move(content);
    return made;
}

struct Chat {
    explicit Chat(std::vector<LoreEntry> entries = {}, std::size_t context = 4'000) {
        card.name = "Mira";
        card.description = "Keeps the light.";
        auto book = std::make_shared<character::Lorebook>();
        book->entries = std::move(entries);
        books = lore::BookSet::compile({{lore::Scope::character, "b", book}}, {.v3 = true});
        input.card = &card;
        input.persona.name = "Robin";
        input.books = books.get();
        input.lore.scan_depth = 1;
        input.lore.budget = 200;
        input.context_tokens = context;
        input.reply_tokens = 100;
        input.count = by_letters;
    }
    Prompt say(const std::string& text) {
        input.history.push_back({Role::user, text, {}});
        auto prompt = build(input);
        EXPECT_TRUE(prompt) << (prompt ? "" : prompt.error().message);
        input.history.push_back({Role::assistant, "Understood.", {}});
        return std::move(*prompt);
    }

    character::Card card;
    std::shared_ptr<const lore::BookSet> books;
    Input input;
};

std::size_t times(const Prompt& prompt, const std::string& text) {
    std::size_t count = 0;
    for (const auto& message : prompt.messages) {
        for (auto at = message.content.find(text); at != std::string::npos;
             at = message.content.find(text, at + 1))
            ++count;
    }
    return count;
}

bool begins_with(const Prompt& longer, const Prompt& shorter) {
    for (std::size_t i = 0; i < shorter.messages.size(); ++i) {
        if (i >= longer.messages.size() || longer.messages[i].content != shorter.messages[i].content)
            return false;
    }
    return true;
}

TEST(Stable, DelayWaitsForALongerChat) {
    auto late = entry(0, "lamp", "The lamp is old.");
    late.delay = 5;
    Chat chat({late});
    EXPECT_EQ(times(chat.say("The lamp?"), "[The lamp is old.]"), 0u);  // message 1
    EXPECT_EQ(times(chat.say("The lamp?"), "[The lamp is old.]"), 0u);  // 3
    EXPECT_EQ(times(chat.say("The lamp?"), "[The lamp is old.]"), 1u);  // 5
}

TEST(Stable, EffectsAreAFunctionOfThePath) {
    auto cooling = entry(0, "lamp", "The lamp is old.");
    cooling.cooldown = 6;
    Chat chat({cooling});
    const auto first = chat.say("The lamp?");
    EXPECT_EQ(first.timed.cooldown.size(), 1u);
    const auto second = chat.say("Hm.");
    EXPECT_TRUE(begins_with(second, first));
    EXPECT_EQ(second.timed.cooldown.begin()->second.start, 1);
    // The same path again is the same prompt.
    chat.input.history.resize(3);
    const auto again = build(chat.input);
    ASSERT_TRUE(again);
    EXPECT_TRUE(begins_with(*again, second) && begins_with(second, *again));
}

TEST(Stable, StickyOutlivesTheMessageThatBeganIt) {
    auto sticky = entry(0, "lamp", "The lamp is old.");
    sticky.sticky = 200;
    auto fleeting = entry(1, "rope", "Ropes hang there.");
    Chat chat({sticky, fleeting}, 600);
    chat.say("The lamp and the rope?");
    Prompt last;
    for (int turn = 0; turn < 30; ++turn) last = chat.say(std::string(80, 'x'));
    ASSERT_GT(last.history_from, 0u);
    EXPECT_EQ(times(last, "[The lamp is old.]"), 1u);
    EXPECT_EQ(times(last, "[Ropes hang there.]"), 0u);
}

TEST(Stable, TheNoteStandsWhereItWasDueAndStays) {
    Chat chat;
    chat.input.note.text = "It rains on {{user}}.";
    chat.input.note.interval = 2;
    const auto first = chat.say("One.");
    EXPECT_EQ(times(first, "[It rains on Robin.]"), 0u);
    const auto second = chat.say("Two.");
    EXPECT_EQ(second.messages.back().content, "[It rains on Robin.]\n\nTwo.");
    const auto third = chat.say("Three.");
    const auto fourth = chat.say("Four.");
    EXPECT_EQ(times(fourth, "[It rains on Robin.]"), 1u);
    EXPECT_TRUE(begins_with(second, first) && begins_with(third, second) && begins_with(fourth, third));
}

TEST(Stable, ALongChatIsToldTheNoteAgain) {
    Chat chat;
    chat.input.note.text = "It rains.";
    Prompt before = chat.say("One.");
    for (int turn = 0; turn < 40; ++turn) {
        const auto next = chat.say(std::string(100, 'x'));
        EXPECT_TRUE(begins_with(next, before));
        before = next;
    }
    EXPECT_GE(times(before, "[It rains.]"), 2u);
    EXPECT_LE(times(before, "[It rains.]"), 6u);
}

TEST(Stable, ThePersonaStandsWhereItSays) {
    for (const auto position :
         {PersonaPosition::in_prompt, PersonaPosition::note_top, PersonaPosition::note_bottom,
          PersonaPosition::at_depth, PersonaPosition::off}) {
        Chat chat;
        chat.input.persona.description = "Robin sails.";
        chat.input.persona.position = position;
        chat.input.note.text = "It rains.";
        const auto prompt = chat.say("Hello.");
        const bool constant = prompt.messages[0].content.find("Robin sails.") != std::string::npos;
        EXPECT_EQ(constant, position == PersonaPosition::in_prompt);
        EXPECT_EQ(times(prompt, "Robin sails."), position == PersonaPosition::off ? 0u : 1u);
        if (position == PersonaPosition::note_top) EXPECT_EQ(times(prompt, "[Robin sails.\nIt rains.]"), 1u);
        if (position == PersonaPosition::note_bottom)
            EXPECT_EQ(times(prompt, "[It rains.\nRobin sails.]"), 1u);
    }
}

TEST(Stable, PositionsOfWhatIsAlwaysActive) {
    auto before = entry(0, "", "Before.");
    auto after = entry(1, "", "After.");
    auto example = entry(2, "", "{{user}}: Who?\n{{char}}: Me.");
    auto outlet = entry(3, "", "The tide.");
    before.constant = after.constant = example.constant = outlet.constant = true;
    before.position = LorePosition::before;
    after.position = LorePosition::after;
    example.position = LorePosition::examples_top;
    outlet.position = LorePosition::outlet;
    outlet.outlet = "sea";
    Chat chat({before, after, example, outlet});
    chat.card.scenario = "Night. {{outlet::sea}}";
    const auto prompt = chat.say("Hello.");
    const auto& system = prompt.messages[0].content;
    EXPECT_LT(system.find("Before."), system.find("Keeps the light."));
    EXPECT_GT(system.find("After."), system.find("Night. The tide."));
    EXPECT_NE(system.find("Night. The tide."), std::string::npos);
    EXPECT_EQ(prompt.messages[1].content, "Who?");
    EXPECT_EQ(prompt.messages[2].content, "Me.");
}

TEST(Stable, LoreAtDepthZeroStandsBelowItsMessage) {
    auto low = entry(0, "lamp", "The lamp is old.");
    low.position = LorePosition::at_depth;
    low.depth = 0;
    Chat chat({low});
    EXPECT_EQ(chat.say("The lamp?").messages.back().content, "The lamp?\n\n[The lamp is old.]");
}

TEST(Stable, VariablesOfConstantTextsAreReadByLore) {
    Chat chat({entry(0, "lamp", "It is {{getvar::colour}}.{{setvar::colour::blue}}")});
    chat.card.description = "{{setvar::colour::red}}Keeps the light.";
    const auto first = chat.say("The lamp?");
    EXPECT_EQ(times(first, "[It is red.]"), 1u);
    EXPECT_TRUE(begins_with(chat.say("And?"), first));
}

TEST(Stable, ANudgeIsTheLastMessage) {
    Chat chat;
    chat.say("Hello.");
    chat.input.nudge = "[Write as {{user}}.]";
    const auto prompt = build(chat.input);
    ASSERT_TRUE(prompt);
    EXPECT_EQ(prompt->messages.back().role, Role::user);
    EXPECT_EQ(prompt->messages.back().content, "[Write as Robin.]");
}

TEST(Stable, WhatNearlyWokeIsTold) {
    auto unlucky = entry(0, "lamp", "The lamp is old.");
    unlucky.probability = 0;
    Chat chat({unlucky});
    const auto prompt = chat.say("The lamp?");
    const auto refused = std::ranges::find_if(
        prompt.parts, [](const Part& part) { return part.source == Source::lore && !part.in; });
    ASSERT_NE(refused, prompt.parts.end());
    EXPECT_EQ(refused->reason.why, Why::dice);
}

}  // namespace
}  // namespace lares::prompt
