// Lore in the layout `stable`: put in once, before the message that woke it, and never moved.
#include <gtest/gtest.h>

#include "prompt/prompt.h"

namespace lares::prompt {
namespace {

using character::LoreEntry;
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
    Chat() {
        card.name = "Mira";
        card.description = "Keeps the light.";
        auto book = std::make_shared<character::Lorebook>();
        book->entries = {entry(0, "lamp", "The lamp is old."), entry(1, "rope", "Ropes of {{char}}."),
                         entry(2, "nothing", "The sea is near.")};
        book->entries[2].constant = true;
        books = lore::BookSet::compile({{lore::Scope::character, "b", book}}, {.v3 = true});
        input.card = &card;
        input.persona.name = "Robin";
        input.books = books.get();
        input.lore.scan_depth = 2;
        input.lore.budget = 200;
        input.context_tokens = 600;
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

TEST(StableLore, constants_stand_in_the_first_message) {
    Chat chat;
    const auto prompt = chat.say("Hello.");
    EXPECT_NE(prompt.messages[0].content.find("The sea is near."), std::string::npos);
    EXPECT_EQ(prompt.messages.back().content, "Hello.");
}

TEST(StableLore, a_woken_entry_stands_before_its_message_and_stays) {
    Chat chat;
    const auto first = chat.say("The lamp?");
    EXPECT_EQ(first.messages.back().content, "[The lamp is old.]\n\nThe lamp?");
    const auto second = chat.say("And the rope by the lamp?");
    EXPECT_EQ(second.messages.back().content, "[Ropes of Mira.]\n\nAnd the rope by the lamp?");
    const auto third = chat.say("Nothing more.");
    EXPECT_EQ(third.messages.back().content, "Nothing more.");
    for (std::size_t i = 0; i < first.messages.size(); ++i)
        EXPECT_EQ(third.messages[i].content, first.messages[i].content);
    for (std::size_t i = 0; i < second.messages.size(); ++i)
        EXPECT_EQ(third.messages[i].content, second.messages[i].content);
}

TEST(StableLore, what_is_trimmed_away_may_wake_again) {
    Chat chat;
    std::string before;
    std::size_t kept = 0, breaks = 0;
    for (int turn = 0; turn < 60; ++turn) {
        const auto prompt = chat.say(turn % 10 == 0 ? "The lamp burns tonight, " + std::to_string(turn)
                                                    : std::string(60, 'x'));
        std::string all;
        std::size_t lamps = 0;
        for (const auto& message : prompt.messages) {
            all += message.content + "\n";
            lamps += message.content.find("[The lamp is old.]") != std::string::npos;
        }
        EXPECT_LE(lamps, 1u);
        EXPECT_LE(prompt.tokens, 500u);
        all.starts_with(before) ? ++kept : ++breaks;
        before = all;
    }
    EXPECT_GT(kept, breaks * 3);
}

TEST(StableLore, every_part_says_why) {
    Chat chat;
    const auto prompt = chat.say("The lamp?");
    std::size_t lore = 0;
    for (const auto& part : prompt.parts) {
        if (part.source != Source::lore) continue;
        ++lore;
        EXPECT_FALSE(part.reason.text().empty());
        EXPECT_NE(part.message, no_message);
    }
    EXPECT_EQ(lore, 2u);
}

}  // namespace
}  // namespace lares::prompt
