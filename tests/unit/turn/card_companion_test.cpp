#include "turn/card_companion.h"

#include <future>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "async/virtual_clock.h"
#include "character/migrations.h"
#include "support/scripted_provider.h"

namespace lares::turn {

namespace {

constexpr std::string_view card =
    R"({"spec":"chara_card_v2","spec_version":"2.0","data":{"name":"Sam","description":"","personality":"",
"scenario":"","first_mes":"","mes_example":"","system_prompt":"Answer.","creator_notes":"","post_history_instructions":"",
"alternate_greetings":[],"tags":[],"creator":"","character_version":"","extensions":{}}})";

class CardCompanionTest : public testing::Test {
protected:
    CardCompanionTest() {
        auto opened = db::Database::open({.file = ":memory:",
                                          .migrations = {{"character", character::migrations}},
                                          .inline_mode = true,
                                          .vfs = {}});
        database = std::move(*opened);
        characters.emplace(*database, compute, clock, ids);
    }

    template <class T>
    T wait(Task<T> task) {
        auto done = boost::asio::co_spawn(loop, std::move(task), boost::asio::use_future);
        loop.restart();
        loop.run();
        return done.get();
    }

    // The newest `shown` of the first `said` messages: from the middle on, the branch's beginning is not
    // read.
    chat::Context context(std::size_t said, std::size_t shown) {
        while (messages.size() < said) {
            chat::Said next;
            next.id = ids.make<chat::MessageId>(static_cast<std::int64_t>(messages.size()) + 1);
            if (!messages.empty()) next.parent = messages.back().id;
            next.role = messages.size() % 2 == 0 ? chat::Role::user : chat::Role::assistant;
            next.text = "message number " + std::to_string(messages.size()) + " " + std::string(120, 'x');
            messages.push_back(next);
        }
        chat::Context out;
        out.conversation.id = conversation;
        out.said.assign(messages.begin() + static_cast<std::ptrdiff_t>(said - shown),
                        messages.begin() + static_cast<std::ptrdiff_t>(said));
        return out;
    }

    std::vector<std::string> prompt(CardCompanions& companions, chat::CharacterId character, std::size_t said,
                                    std::size_t shown) {
        auto companion = wait(companions.find(owner, character));
        auto request = wait((*companion)->prompt(context(said, shown), chat::Begin::message, 64));
        std::vector<std::string> out;
        for (const auto& message : request->messages) out.push_back(message.content);
        return out;
    }

    boost::asio::io_context loop;
    async::VirtualClock clock;
    IdSource ids{7};
    std::unique_ptr<db::Database> database;
    async::Pool compute{{.name = "compute"}};
    std::optional<character::Service> characters;
    UserId owner = ids.make<UserId>(1);
    chat::ConversationId conversation = ids.make<chat::ConversationId>(1);
    std::vector<chat::Said> messages;
};

Task<Result<prompt::Persona>> nobody(OwnerId) {
    co_return prompt::Persona{};
}

Task<Result<voice::Choice>> usual_voice(OwnerId, chat::CharacterId) {
    voice::Choice choice;
    choice.speed = 1.25;
    co_return choice;
}

Task<Result<voice::Choice>> no_voice(OwnerId, chat::CharacterId) {
    co_return fail(Code::internal, "storage-failed", "The store does not answer.");
}

TEST_F(CardCompanionTest, ItSpeaksAsItsListenerChoseAndAsItsCardSays) {
    test::ScriptedProvider provider(clock, [](const gateway::ChatRequest&) { return test::Script(); });
    const auto character = wait(characters->import_card(owner, std::string(card)))->id;
    character::CardChange change;
    change.pronunciations = {{"Xochitl", "", "so cheel"}, {"Mira", "mˈɪɹə", ""}};
    ASSERT_TRUE(wait(characters->change(owner, character, change, std::nullopt)));
    const std::vector<voice::Pronunciation> expected = {{"Xochitl", "", "so cheel"}, {"Mira", "mˈɪɹə", ""}};

    CardCompanions companions(*characters, provider, compute, nobody, usual_voice);
    auto companion = wait(companions.find(owner, character));
    ASSERT_TRUE(companion);
    auto choice = wait((*companion)->voice());
    EXPECT_EQ(choice.speed, 1.25);
    EXPECT_EQ(choice.pronunciations, expected);

    CardCompanions without(*characters, provider, compute, nobody, no_voice);
    companion = wait(without.find(owner, character));
    ASSERT_TRUE(companion);
    choice = wait((*companion)->voice());
    EXPECT_EQ(choice.speed, 1);
    EXPECT_EQ(choice.pronunciations, expected);
}

// A model goes on with an answer that stands last: who wants another one behind it has to ask.
TEST_F(CardCompanionTest, AnAnswerBehindAnAnswerIsAskedFor) {
    test::ScriptedProvider provider(clock, [](const gateway::ChatRequest&) { return test::Script(); });
    CardCompanions companions(*characters, provider, compute, nobody, usual_voice);
    const auto character = wait(characters->import_card(owner, std::string(card)))->id;
    auto companion = wait(companions.find(owner, character));
    for (const auto layout : {chat::Layout::stable, chat::Layout::compat}) {
        auto said = context(2, 2);
        said.conversation.layout = layout;
        auto request = wait((*companion)->prompt(said, chat::Begin::again, 64));
        ASSERT_TRUE(request);
        ASSERT_GE(request->messages.size(), 2u);
        const auto& asked = request->messages.back();
        EXPECT_EQ(asked.role, gateway::Role::user);
        EXPECT_EQ(asked.content, "[Write the next reply only as Sam.]");
        EXPECT_EQ(request->messages.end()[-2].role, gateway::Role::assistant);

        said = context(2, 2);
        said.conversation.layout = layout;
        said.said.pop_back();  // as ever behind a person's words
        request = wait((*companion)->prompt(said, chat::Begin::again, 64));
        ASSERT_TRUE(request);
        EXPECT_EQ(request->messages.back().content, said.said.back().text);
    }
}

// Of a very long conversation only the newest messages are read, two others each time. What was sent stays as
// it was all the same, but for the rare time when room is made.
TEST_F(CardCompanionTest, APromptOfAVeryLongConversationBeginsWhereTheLastOneDid) {
    test::ScriptedProvider provider(clock, [](const gateway::ChatRequest&) { return test::Script(); });
    CardCompanions companions(*characters, provider, compute, nobody, usual_voice);
    const auto character = wait(characters->import_card(owner, std::string(card)))->id;
    constexpr std::size_t shown = 400;
    auto before = prompt(companions, character, 1001, shown);
    ASSERT_LT(before.size(), shown) << "the model's room must be smaller than what is read";
    int moved = 0;
    for (std::size_t said = 1003; said < 1043; said += 2) {
        const auto now = prompt(companions, character, said, shown);
        const bool grown =
            now.size() == before.size() + 2 && std::equal(before.begin(), before.end(), now.begin());
        moved += grown ? 0 : 1;
        before = now;
    }
    EXPECT_LE(moved, 4) << "room is made in big steps";
}

// A card may have greetings that no message may be as long as, and takes its time to make them.
TEST_F(CardCompanionTest, GreetingsAreMadeBesideTheLoopAndNoLongerThanAMessage) {
    test::ScriptedProvider provider(clock, [](const gateway::ChatRequest&) { return test::Script(); });
    CardCompanions companions(*characters, provider, compute, nobody, usual_voice);
    const auto character = wait(characters->import_card(owner, std::string(card)))->id;
    character::CardChange change;
    change.first_mes = std::string(chat::Limits::message_code_points_max, 'x') + "{{user}}";
    change.alternate_greetings.emplace(100, "Evening, {{user}}.");
    ASSERT_TRUE(wait(characters->change(owner, character, change, std::nullopt)));
    auto companion = wait(companions.find(owner, character));
    ASSERT_TRUE(companion);
    EXPECT_EQ((*companion)->name(), "Sam");

    std::promise<void> busy;
    ASSERT_TRUE(compute.submit([wait = busy.get_future().share()] { wait.wait(); }));
    while (compute.queued() > 0) std::this_thread::yield();
    auto opening = boost::asio::co_spawn(loop, (*companion)->opening({}, 0), boost::asio::use_future);
    loop.restart();
    loop.poll();
    EXPECT_EQ(compute.queued(), 1u);
    busy.set_value();
    loop.run();
    const auto made = opening.get();
    ASSERT_TRUE(made);
    EXPECT_EQ(made->title, "Sam");
    EXPECT_EQ(made->greeting, std::string(chat::Limits::message_code_points_max, 'x'));
    EXPECT_EQ(made->alternates, std::vector<std::string>(chat::Limits::greetings_max - 1, "Evening, User."));
}

}  // namespace

}  // namespace lares::turn
