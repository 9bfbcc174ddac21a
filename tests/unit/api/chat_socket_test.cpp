#include <algorithm>
#include <map>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "api/caller.h"
#include "api/chat/socket.h"
#include "chat/migrations.h"
#include "chat/prompts.h"
#include "support/scripted_companions.h"
#include "support/scripted_provider.h"
#include "support/virtual_loop.h"

namespace lares::api {
namespace {

// Companions that take their time to be found: so long the message that asks for them is being stored.
class SlowCompanions final : public turn::Companions {
public:
    explicit SlowCompanions(async::Clock& clock) : clock_(clock) {}
    Task<Result<std::unique_ptr<turn::Companion>>> find(OwnerId owner, chat::CharacterId character) override {
        co_await clock_.sleep_for(async::Milliseconds(find_ms));
        co_return co_await scripted_.find(owner, character);
    }
    std::int64_t find_ms = 0;

private:
    async::Clock& clock_;
    test::ScriptedCompanions scripted_;
};

class RecordingSocket final : public http::Socket {
public:
    struct Sent {
        std::string event, data, id;
    };
    RecordingSocket(UserId user, Executor executor) : executor_(std::move(executor)) {
        Caller caller;
        caller.user_id = user;
        principal_ = {std::make_shared<const Caller>(std::move(caller)), "test"};
    }
    bool send(std::string_view event, std::string_view data, std::string_view id) override {
        sent.push_back({std::string(event), std::string(data), std::string(id)});
        return true;
    }
    bool send_binary(std::string_view) override { return true; }
    void close(std::uint16_t, std::string_view) override {}
    bool closed() const override { return false; }
    std::size_t queued() const override { return 0; }
    const http::Principal& principal() const override { return principal_; }
    const http::RequestHead& head() const override { return head_; }
    const Executor& executor() const override { return executor_; }

    // The events of one turn, in their order.
    std::vector<std::string> of(chat::TurnId turn) const {
        std::vector<std::string> out;
        for (const auto& each : sent)
            if (each.id.starts_with(turn.text())) out.push_back(each.event);
        return out;
    }
    std::vector<Sent> sent;

private:
    http::RequestHead head_;
    http::Principal principal_;
    Executor executor_;
};

class ChatSocketTest : public testing::Test {
protected:
    ChatSocketTest() {
        db::Options options;
        options.file = ":memory:";
        options.inline_mode = true;
        options.migrations = {{"chat", chat::migrations}, {"prompts", chat::prompt_migrations}};
        database = std::move(db::Database::open(std::move(options)).value());
        service.emplace(*database, hub, loop.clock, ids);
        turns.emplace(*service, companions, provider, loop.clock, ids);
        handler.emplace(socket, ChatSocket::Services{*service, hub, *turns, "test"});
        EXPECT_TRUE(loop.wait(handler->opened()));
        http::Call call(socket.head(), socket.executor());
        EXPECT_TRUE(loop.wait(handler->on_hello(call, Hello{})));
    }
    ~ChatSocketTest() override {
        loop.wait(handler->closed());
        loop.wait(turns->stop());
        loop.settle();
    }
    Task<void> say_here(std::string text) {
        http::Call call(socket.head(), socket.executor());
        ChatRequest request;
        request.character_id = character;
        request.message = std::move(text);
        request.voice = false;
        (void)co_await handler->on_message(call, std::move(request));
    }
    chat::TurnId say_elsewhere(std::string text) {
        turn::Request request;
        request.character_id = character;
        request.message = std::move(text);
        return loop.wait(turns->start(owner, std::move(request))).value().accepted.turn_id;
    }
    chat::ConversationId conversation() { return loop.wait(service->list(owner, {})).value().items.at(0).id; }
    // Of the one conversation there is, a window that has seen nothing yet wants all.
    void greet(RecordingSocket& window, ChatSocket& of_it, std::int64_t seen = 0) {
        http::Call call(window.head(), window.executor());
        ASSERT_TRUE(loop.wait(of_it.on_hello(call, Hello{{}, {{conversation(), seen}}, {}})));
    }
    bool shows(chat::TurnId turn) {
        return loop.run_until([&] {
            const auto seen = socket.of(turn);
            return std::ranges::count(seen, "turn_done") == 1;
        });
    }

    test::VirtualLoop loop;
    IdSource ids{11};
    OwnerId owner = ids.make<OwnerId>(1);
    chat::CharacterId character = ids.make<chat::CharacterId>(2);
    chat::Hub hub;
    std::unique_ptr<db::Database> database;
    std::optional<chat::Service> service;
    SlowCompanions companions{loop.clock};
    test::ScriptedProvider provider{loop.clock,
                                    [](const auto&) { return test::Script::say({"Good ", "day", "!"}); }};
    std::optional<turn::Turns> turns;
    RecordingSocket socket{owner, loop.io.get_executor()};
    std::optional<ChatSocket> handler;
};

TEST_F(ChatSocketTest, WhatBeginsElsewhereMeanwhileIsFollowedAfterAccepted) {
    companions.find_ms = 1000;
    async::TaskScope message(loop.io.get_executor());
    message.spawn(say_here("Hi"));
    loop.settle();
    companions.find_ms = 0;
    const auto other = say_elsewhere("Hello");
    loop.run_for(500);
    EXPECT_TRUE(socket.of(other).empty());
    ASSERT_TRUE(shows(other));
    const auto accepted = std::ranges::find(socket.sent, "accepted", &RecordingSocket::Sent::event);
    const auto first = std::ranges::find(socket.sent, "turn_started", &RecordingSocket::Sent::event);
    EXPECT_LT(accepted, first);
    EXPECT_EQ(message.size(), 0u);
}

// The deadline of a message unwinds its handler.
TEST_F(ChatSocketTest, WhatBeginsWhileAMessageRunsOutOfTimeIsFollowed) {
    companions.find_ms = 40'000;
    async::TaskScope message(loop.io.get_executor());
    message.spawn(say_here("Hi"));
    loop.settle();
    companions.find_ms = 0;
    const auto other = say_elsewhere("Hello");
    loop.run_for(100);
    EXPECT_TRUE(socket.of(other).empty());
    message.cancel();
    loop.wait(message.join());
    EXPECT_TRUE(shows(other));
}

// A window that was opened while the message was on its way knows of it only from what it missed.
TEST_F(ChatSocketTest, AnAnswerThatBeganBeforeTheSocketListenedIsFollowed) {
    const auto turn = say_elsewhere("Hello");
    RecordingSocket second{owner, loop.io.get_executor()};
    ChatSocket late(second, ChatSocket::Services{*service, hub, *turns, "test"});
    ASSERT_TRUE(loop.wait(late.opened()));
    ASSERT_NO_FATAL_FAILURE(greet(second, late));
    EXPECT_TRUE(loop.run_until([&] { return std::ranges::count(second.of(turn), "turn_done") == 1; }));
    EXPECT_EQ(std::ranges::count(second.of(turn), "turn_started"), 1);
    loop.wait(late.closed());
}

// Its frames are gone: what it came to is in the event.
TEST_F(ChatSocketTest, AnAnswerThatEndedBeforeTheSocketListenedIsNotFollowed) {
    const auto turn = say_elsewhere("Hello");
    ASSERT_TRUE(shows(turn));
    RecordingSocket second{owner, loop.io.get_executor()};
    ChatSocket late(second, ChatSocket::Services{*service, hub, *turns, "test"});
    ASSERT_TRUE(loop.wait(late.opened()));
    ASSERT_NO_FATAL_FAILURE(greet(second, late));
    loop.run_for(100);
    EXPECT_TRUE(second.of(turn).empty());
    EXPECT_EQ(std::ranges::count(second.sent, "error", &RecordingSocket::Sent::event), 0);
    loop.wait(late.closed());
}

// What is told between the opening and the hello is missed and live at once.
TEST_F(ChatSocketTest, WhatHappensBeforeTheHelloIsToldOnceAndInOrder) {
    ASSERT_TRUE(shows(say_elsewhere("Hello")));
    RecordingSocket second{owner, loop.io.get_executor()};
    ChatSocket late(second, ChatSocket::Services{*service, hub, *turns, "test"});
    ASSERT_TRUE(loop.wait(late.opened()));
    ASSERT_TRUE(shows(say_elsewhere("Hello again")));
    EXPECT_EQ(second.sent.size(), 1u);  // ready
    ASSERT_NO_FATAL_FAILURE(greet(second, late));
    const auto third = say_elsewhere("And once more");
    ASSERT_TRUE(loop.run_until([&] { return std::ranges::count(second.of(third), "turn_done") == 1; }));
    loop.run_for(100);
    std::map<std::string, std::vector<std::int64_t>> seen;
    for (const auto& sent : second.sent)
        if (sent.event == "event") {
            const auto event = boost::json::parse(sent.data);
            seen[event.at("conversation_id").as_string().c_str()].push_back(event.at("seq").as_int64());
        }
    ASSERT_FALSE(seen.empty());
    for (const auto& [conversation, numbers] : seen)
        for (std::size_t i = 0; i < numbers.size(); ++i)
            EXPECT_EQ(numbers[i], static_cast<std::int64_t>(i) + 1) << conversation;
    EXPECT_EQ(std::ranges::count(second.sent, "error", &RecordingSocket::Sent::event), 0);
    loop.wait(late.closed());
}

// As after the restore of an older backup.
TEST_F(ChatSocketTest, AHelloThatIsAheadIsToldToReloadAndGoesOn) {
    ASSERT_TRUE(shows(say_elsewhere("Hello")));
    RecordingSocket second{owner, loop.io.get_executor()};
    ChatSocket late(second, ChatSocket::Services{*service, hub, *turns, "test"});
    ASSERT_TRUE(loop.wait(late.opened()));
    ASSERT_NO_FATAL_FAILURE(greet(second, late, 99'999));
    ASSERT_EQ(second.sent.back().event, "notice");
    EXPECT_EQ(boost::json::parse(second.sent.back().data).at("kind"), "resync");
    turn::Request request;
    request.conversation_id = conversation();
    request.message = "Still there?";
    ASSERT_TRUE(loop.wait(turns->start(owner, std::move(request))));
    EXPECT_TRUE(loop.run_until(
        [&] { return std::ranges::count(second.sent, "event", &RecordingSocket::Sent::event) > 0; }));
    loop.wait(late.closed());
}

}  // namespace
}  // namespace lares::api
