// Over 500 lines: one fixture with a scripted engine under a virtual clock, and one case for each promise of
// Turns.
#include "turn/turns.h"

#include <algorithm>
#include <cstdlib>

#include <gtest/gtest.h>

#include "chat/migrations.h"
#include "chat/prompts.h"
#include "chat/service.h"
#include "chat/transcript.h"
#include "support/scripted_companions.h"
#include "support/scripted_provider.h"
#include "support/virtual_loop.h"

namespace lares::turn {

namespace {

using test::Script;

// The service with a commit that takes its time, or fails.
class SlowJournal final : public chat::Journal {
public:
    SlowJournal(chat::Service& service, async::Clock& clock) : service_(service), clock_(clock) {}
    Task<Result<chat::Accepted>> accept(OwnerId owner, chat::Accept what) override {
        co_await clock_.sleep_for(async::Milliseconds(accept_ms));
        if (accept_error) co_return fail(*accept_error);
        may_throw("accept");
        co_return co_await service_.accept(owner, std::move(what));
    }
    Task<Result<void>> append(chat::TurnId turn, std::int64_t part, std::string text) override {
        if (append_error) co_return fail(*append_error);
        co_return co_await service_.append(turn, part, std::move(text));
    }
    Task<Result<chat::Message>> end(OwnerId owner, chat::AnswerEnd what) override {
        ++ends;
        may_throw("end");
        if (end_errors > 0 && end_errors--)
            co_return fail(Code::storage_full, "storage-full", "The disk is full.");
        co_return co_await service_.end(owner, std::move(what));
    }
    Task<Result<chat::Message>> heard(OwnerId owner, chat::TurnId turn, chat::Heard what) override {
        return service_.heard(owner, turn, std::move(what));
    }
    Task<Result<chat::Context>> context(OwnerId owner, chat::ConversationId conversation,
                                        std::optional<chat::MessageId> until) override {
        may_throw("context");
        return service_.context(owner, conversation, until);
    }
    Task<Result<std::vector<chat::SaidFile>>> files(OwnerId owner,
                                                    std::vector<chat::AttachmentId> ids) override {
        return service_.files(owner, std::move(ids));
    }
    Task<Result<std::optional<chat::TurnRecord>>> find_turn(OwnerId owner, chat::TurnId turn) override {
        return service_.find_turn(owner, turn);
    }
    Task<Result<std::optional<chat::TurnRecord>>> find_client_id(OwnerId owner, std::string id) override {
        return service_.find_client_id(owner, std::move(id));
    }

    std::int64_t accept_ms = 4;
    std::optional<Error> accept_error, append_error;
    int end_errors = 0, ends = 0;
    std::string throws;  // "accept", "context" or "end"

private:
    void may_throw(const char* call) const {
        if (throws == call) throw std::runtime_error(std::string("thrown by ") + call);
    }
    chat::Service& service_;
    async::Clock& clock_;
};

struct Shown {
    std::vector<std::int64_t> numbers;
    std::vector<std::string> names;
    std::string text;
    std::optional<TurnDone> done;
    std::optional<Failed> failed;
    std::optional<AcceptedFrame> accepted;
};

void take(Shown& shown, const Frame& frame) {
    shown.numbers.push_back(frame.number);
    shown.names.emplace_back(name_of(frame.body));
    if (const auto* started = std::get_if<TurnStarted>(&frame.body)) shown.text = started->text;
    if (const auto* token = std::get_if<Token>(&frame.body)) shown.text += token->text;
    if (const auto* done = std::get_if<TurnDone>(&frame.body)) shown.done = *done;
    if (const auto* failed = std::get_if<Failed>(&frame.body)) shown.failed = *failed;
    if (const auto* accepted = std::get_if<AcceptedFrame>(&frame.body)) shown.accepted = *accepted;
}

Task<Shown> read_all(std::unique_ptr<FrameStream> stream) {
    Shown shown;
    for (;;) {
        auto frame = co_await stream->next();
        if (!frame || !*frame) co_return shown;
        take(shown, **frame);
    }
}

Task<Shown> read_some(FrameStream* stream, int count) {
    Shown shown;
    for (int i = 0; i < count; ++i) take(shown, **(co_await stream->next()));
    co_return shown;
}

Task<void> keep(Task<Result<Started>> task, std::optional<Result<Started>>* into) {
    into->emplace(co_await std::move(task));
}

class TurnsTest : public testing::Test {
protected:
    TurnsTest() {
        db::Options options;
        options.file = ":memory:";
        options.inline_mode = true;
        options.migrations = {{"chat", chat::migrations}, {"prompts", chat::prompt_migrations}};
        database = std::move(db::Database::open(std::move(options)).value());
        service.emplace(*database, hub, loop.clock, ids);
        journal.emplace(*service, loop.clock);
        turns.emplace(*journal, companions, provider, loop.clock, ids, limits());
    }
    ~TurnsTest() override {
        loop.wait(turns->stop());
        loop.settle();
        EXPECT_EQ(provider.streams, 0);
        EXPECT_EQ(turns->stats().running, 0u);
        const auto report = loop.wait(service->check_projection()).value();
        EXPECT_TRUE(report.problems.empty()) << report.problems[0];
    }
    static Limits limits() {
        Limits limits;
        limits.running_per_user = 3;
        return limits;
    }

    Request say(std::string message, std::optional<std::string> client_id = {}) {
        Request request;
        request.character_id = character;
        request.message = std::move(message);
        request.client_id = std::move(client_id);
        return request;
    }
    Started start(Request request) {
        auto started = loop.wait(turns->start(owner, std::move(request)));
        if (!started) throw std::runtime_error(started.error().message);
        return std::move(*started);
    }
    Error refused(Request request) {
        auto started = loop.wait(turns->start(owner, std::move(request)));
        return started ? Error{Code::internal, "not refused", {}, {}, {}, {}} : started.error();
    }
    Shown all(std::unique_ptr<FrameStream> stream) { return loop.wait(read_all(std::move(stream))); }
    Shown again(chat::TurnId turn, std::int64_t after = 0) {
        return all(loop.wait(turns->frames(owner, turn, after)).value());
    }
    chat::HistoryPage history(chat::ConversationId conversation) {
        return loop.wait(service->history(owner, {conversation, {}, {}, {}})).value();
    }
    static std::vector<std::string> words(int count) {
        std::vector<std::string> out;
        for (int i = 0; i < count; ++i) out.push_back("w" + std::to_string(i) + " ");
        return out;
    }

    test::VirtualLoop loop;
    IdSource ids{11};
    chat::Hub hub;
    std::unique_ptr<db::Database> database;
    std::optional<chat::Service> service;
    std::optional<SlowJournal> journal;
    test::ScriptedCompanions companions;
    test::ScriptedProvider provider{loop.clock,
                                    [](const auto&) { return Script::say({"Good ", "day", "!"}); }};
    std::optional<Turns> turns;
    OwnerId owner = ids.make<OwnerId>(1), stranger = ids.make<OwnerId>(2);
    chat::CharacterId character = ids.make<chat::CharacterId>(3);
};

TEST_F(TurnsTest, AMessageIsAcceptedAnsweredAndStored) {
    auto started = start(say("Hi", "c1"));
    const auto shown = all(std::move(started.frames));
    EXPECT_EQ(shown.names,
              (std::vector<std::string>{"accepted", "turn_started", "token", "token", "token", "turn_done"}));
    EXPECT_EQ(shown.numbers, (std::vector<std::int64_t>{1, 2, 3, 4, 5, 6}));
    ASSERT_TRUE(shown.done);
    EXPECT_EQ(shown.done->text, "Good day!");
    EXPECT_EQ(shown.text, shown.done->text);
    EXPECT_EQ(shown.done->usage, (chat::Usage{10, 4, 3}));
    EXPECT_EQ(shown.accepted->seq, started.accepted.seq);
    const auto& trace = shown.done->trace;
    EXPECT_EQ(trace.accepted_ms, 4);
    EXPECT_EQ(trace.prompt_built_ms, 0);  // beside the commit, not after it
    EXPECT_EQ(trace.first_token_ms, 10);
    EXPECT_EQ(trace.done_ms, 30);
    EXPECT_EQ(trace.reused, 4);
    EXPECT_EQ(trace.prefill, 6);
    const auto page = history(started.accepted.conversation_id);
    EXPECT_EQ(page.items.back().text, "Good day!");
    EXPECT_EQ(page.items.back().id, shown.done->message_id);
    EXPECT_EQ(page.items.back().trace, trace);
    EXPECT_EQ(page.items.size(), 3u);
}

TEST_F(TurnsTest, NothingIsShownBeforeTheCommit) {
    journal->accept_ms = 1000;  // the model is faster than the disk
    async::TaskScope scope(loop.io.get_executor());
    std::optional<Result<Started>> started;
    scope.spawn(keep(turns->start(owner, say("Hi")), &started));
    loop.run_for(999);
    EXPECT_EQ(provider.requests.size(), 1u);  // the work has begun
    EXPECT_FALSE(started);
    loop.run_for(5);
    ASSERT_TRUE(started && *started);
    EXPECT_EQ(all(std::move((*started)->frames)).done->text, "Good day!");
}

TEST_F(TurnsTest, AMessageThatCannotBeStoredIsNotAnswered) {
    journal->accept_error = Error{Code::storage_full, "storage-full", "The disk is full.", {}, {}, {}};
    EXPECT_EQ(refused(say("Hi", "c1")).type, "storage-full");
    EXPECT_EQ(provider.streams, 0);
    EXPECT_EQ(turns->stats().running, 0u);
    EXPECT_EQ(turns->stats().kept, 0u);
    journal->accept_error.reset();
    EXPECT_EQ(all(start(say("Hi", "c1")).frames).done->text, "Good day!");
}

TEST_F(TurnsTest, ARepeatedClientIdIsTheSameMessage) {
    provider.set_writer([](const auto&) { return Script::say(words(20)); });
    auto first = start(say("Hi", "c1"));
    loop.run_for(55);
    auto second = start(say("Hi", "c1"));  // while it runs
    EXPECT_TRUE(second.accepted.turn_id == first.accepted.turn_id);
    EXPECT_EQ(second.accepted.message_id, first.accepted.message_id);
    const auto one = all(std::move(first.frames)), two = all(std::move(second.frames));
    EXPECT_EQ(one.numbers, two.numbers);
    EXPECT_EQ(one.text, two.text);
    const auto third = all(start(say("Hi", "c1")).frames);  // from the ring
    EXPECT_EQ(third.names, one.names);
    loop.run_for(Limits().keep_ms + 1);
    const auto fourth = all(start(say("Hi", "c1")).frames);  // from the store
    EXPECT_EQ(fourth.names, (std::vector<std::string>{"accepted", "turn_started", "token", "turn_done"}));
    EXPECT_EQ(fourth.done->text, one.text);
    EXPECT_EQ(fourth.numbers.back(), one.numbers.back());
    EXPECT_EQ(fourth.accepted->seq, one.accepted->seq);
    EXPECT_EQ(provider.requests.size(), 1u);
    EXPECT_EQ(history(first.accepted.conversation_id).items.size(), 3u);
}

TEST_F(TurnsTest, TwoSendsOfOneClientIdAtOnceAreOneMessage) {
    async::TaskScope scope(loop.io.get_executor());
    std::optional<Result<Started>> one, two;
    scope.spawn(keep(turns->start(owner, say("Hi", "c1")), &one));
    scope.spawn(keep(turns->start(owner, say("Hi", "c1")), &two));
    loop.run_until([&] { return one && two; });
    EXPECT_EQ((*one)->accepted.message_id, (*two)->accepted.message_id);
    EXPECT_EQ(all(std::move((*one)->frames)).text, all(std::move((*two)->frames)).text);
    EXPECT_EQ(loop.wait(service->list(owner, {})).value().items.size(), 1u);
}

TEST_F(TurnsTest, AClientComesBackWhereItWas) {
    provider.set_writer([](const auto&) { return Script::say(words(10)); });
    auto started = start(say("Hi"));
    auto shown = loop.wait(read_some(started.frames.get(), 5));
    started.frames.reset();  // gone
    loop.run_for(30);
    auto rest = again(started.accepted.turn_id, 5);
    EXPECT_EQ(rest.numbers.front(), 6);
    EXPECT_EQ(shown.text + rest.text, rest.done->text);
    EXPECT_TRUE(again(started.accepted.turn_id, rest.numbers.back()).numbers.empty());
    loop.run_for(Limits().keep_ms + 1);
    rest = again(started.accepted.turn_id, 5);
    EXPECT_EQ(rest.names, std::vector<std::string>{"turn_done"});
    EXPECT_TRUE(again(started.accepted.turn_id, rest.numbers.back()).numbers.empty());
}

TEST_F(TurnsTest, CancelCutsAndKeepsTheText) {
    provider.set_writer([](const auto&) { return Script::say(words(100)); });
    auto started = start(say("Hi"));
    loop.run_for(55);
    EXPECT_EQ(provider.streams, 1);
    ASSERT_TRUE(loop.wait(turns->cancel(owner, started.accepted.turn_id)));
    EXPECT_EQ(provider.streams, 0);
    const auto page = history(started.accepted.conversation_id);
    EXPECT_EQ(page.items.back().state, chat::State::cut);
    EXPECT_FALSE(page.items.back().text.empty());
    const auto shown = all(std::move(started.frames));
    EXPECT_EQ(shown.done->state, chat::State::cut);
    EXPECT_EQ(shown.done->text, page.items.back().text);
    EXPECT_EQ(shown.text, shown.done->text);
    EXPECT_TRUE(loop.wait(turns->cancel(owner, started.accepted.turn_id)));  // again: as it is
    EXPECT_EQ(loop.wait(turns->cancel(stranger, started.accepted.turn_id)).error().type, "turn-not-found");
    EXPECT_EQ(loop.wait(turns->cancel(owner, {})).error().type, "turn-not-found");
    EXPECT_EQ(loop.wait(turns->frames(stranger, started.accepted.turn_id, 0)).error().type, "turn-not-found");
    loop.run_for(Limits().keep_ms + 1);
    EXPECT_TRUE(loop.wait(turns->cancel(owner, started.accepted.turn_id)));
    EXPECT_EQ(loop.wait(turns->cancel(stranger, started.accepted.turn_id)).error().type, "turn-not-found");
}

TEST_F(TurnsTest, AMessageThatTheModelHasNoRoomForIsNotStored) {
    provider.waiting = 32;
    const auto error = refused(say("Hi", "c1"));
    EXPECT_EQ(error.code, Code::unavailable);
    EXPECT_EQ(error.type, "engine-busy");
    EXPECT_GT(error.retry_after_ms.value_or(0), 0);
    EXPECT_TRUE(loop.wait(service->list(owner, {})).value().items.empty());
    EXPECT_TRUE(provider.requests.empty());
    provider.waiting = 31;
    const auto sent_again = start(say("Hi", "c1"));
    EXPECT_FALSE(sent_again.accepted.repeated);
    const auto conversation = sent_again.accepted.conversation_id;
    provider.waiting = 32;
    EXPECT_TRUE(start(say("Hi", "c1")).accepted.turn_id == sent_again.accepted.turn_id);  // what is stored is
    EXPECT_EQ(history(conversation).items.size(), 2u);  // and only once, behind the greeting
    EXPECT_EQ(history(conversation).items.back().text, "Hi");
}

// Another came first between the look and the asking: the message is there, and is not to be sent again.
TEST_F(TurnsTest, AFailureOfAStoredMessageSaysWhatCanBeAnsweredAgain) {
    provider.set_writer([](const auto&) {
        Script script;
        script.open_error = Error{Code::unavailable, "engine-busy", "The queue is full.", {}, {}, 5000};
        return script;
    });
    const auto started = start(say("Hi", "c1"));
    const auto& accepted = started.accepted;
    const std::vector<std::pair<std::string, std::string>> ids_of_it = {
        {"conversation_id", accepted.conversation_id.text()},
        {"message_id", accepted.message_id.text()},
        {"turn_id", accepted.turn_id.text()}};
    for (int look = 0; look < 2; ++look) {  // from the ring, then from the store
        const auto failed = all(start(say("Hi", "c1")).frames).failed;
        ASSERT_TRUE(failed);
        EXPECT_FALSE(failed->error.retry_after_ms);
        EXPECT_EQ(failed->error.ids, ids_of_it);
        loop.run_for(Limits().keep_ms + 1);
    }
    provider.set_writer([](const auto&) { return Script::say({"Good day!"}); });
    Request request;
    request.conversation_id = started.accepted.conversation_id;
    request.again = started.accepted.message_id;
    EXPECT_EQ(all(start(request).frames).done->text, "Good day!");
}

TEST_F(TurnsTest, AnAnswerThatWentOnKeepsWhatWasHeardBefore) {
    provider.set_writer([](const auto&) { return Script::say(words(100)); });
    auto started = start(say("Hi"));
    loop.run_for(55);
    ASSERT_TRUE(loop.wait(turns->cancel(owner, started.accepted.turn_id)));
    const auto conversation = started.accepted.conversation_id;
    const auto before = history(conversation).items.back();
    ASSERT_FALSE(before.text.empty());
    Request request;
    request.conversation_id = conversation;
    request.carry_on = before.id;
    provider.set_writer([](const auto&) { return Script::say({" and", " so", " it", " went", " on"}); });
    auto more = start(request);
    loop.run_for(35);
    ASSERT_TRUE(loop.wait(turns->cancel(owner, more.accepted.turn_id, 0, "phone")));
    auto last = history(conversation).items.back();
    EXPECT_EQ(last.id, before.id);
    EXPECT_EQ(last.text, before.text);
    EXPECT_TRUE(last.unheard.value_or("").starts_with(" and")) << last.unheard.value_or("");
    // Nor does a report that comes when nobody knows any more where it went on.
    loop.run_for(Limits().keep_ms + 1);
    ASSERT_TRUE(loop.wait(turns->cancel(owner, more.accepted.turn_id, 0, "phone")));
    EXPECT_EQ(history(conversation).items.back().text, before.text);
}

TEST_F(TurnsTest, AnAnswerBehindAnotherAnswerCanBeAskedForAgain) {
    auto file = chat::read_transcript(
        R"({"user_name":"Ann","character_name":"Sam","create_date":"2024-01-01","chat_metadata":{}})"
        "\n"
        R"({"name":"Sam","is_user":false,"mes":"Hello."})"
        "\n"
        R"({"name":"Ann","is_user":true,"mes":"Hi."})"
        "\n"
        R"({"name":"Sam","is_user":false,"mes":"One answer."})"
        "\n"
        R"({"name":"Sam","is_user":false,"mes":"And another."})"
        "\n",
        false, 1);
    ASSERT_TRUE(file);
    file->conversation.created.character_id = character;
    const auto made = loop.wait(service->import(owner, std::move(file->conversation), {}));
    ASSERT_TRUE(made);
    const auto before = history(made->id).items;
    ASSERT_EQ(before.size(), 4u);
    Request request;
    request.conversation_id = made->id;
    request.action = Action::regenerate;
    const auto done = all(start(request).frames).done;
    ASSERT_TRUE(done);
    EXPECT_EQ(done->text, "Good day!");
    const auto after = history(made->id).items;
    ASSERT_EQ(after.size(), 4u);
    EXPECT_EQ(after.back().text, "Good day!");
    EXPECT_EQ(after.back().parent, before[2].id);
    EXPECT_EQ(after.back().siblings->count, 2);
    // Before the greeting there is nothing.
    request.action_on = before[0].id;
    EXPECT_EQ(refused(request).type, "nothing-to-answer");
}

TEST_F(TurnsTest, AStoppedAnswerTellsWhatItCost) {
    provider.set_writer([](const auto&) {
        auto script = Script::say(words(100));
        script.prompt = gateway::PromptRead{10, 4, 6, 1, 3};
        return script;
    });
    auto started = start(say("Hi"));
    loop.run_for(55);
    ASSERT_TRUE(loop.wait(turns->cancel(owner, started.accepted.turn_id)));
    const auto done = all(std::move(started.frames)).done;
    ASSERT_TRUE(done);
    ASSERT_EQ(done->state, chat::State::cut);
    const auto shown = std::ranges::count(done->text, 'w');
    EXPECT_GE(shown, 3);
    EXPECT_EQ(done->usage, (chat::Usage{10, 4, shown}));
    EXPECT_EQ(done->trace.reused, 4);
    EXPECT_EQ(done->trace.prefill, 6);
    EXPECT_TRUE(done->trace.prefill_done_ms);
    EXPECT_EQ(history(started.accepted.conversation_id).items.back().usage, done->usage);
}

TEST_F(TurnsTest, WhatAStoppedAnswerCostIsNotGuessed) {
    provider.set_writer([](const auto&) { return Script::say(words(100)); });  // it tells at the end only
    auto started = start(say("Hi"));
    loop.run_for(55);
    ASSERT_TRUE(loop.wait(turns->cancel(owner, started.accepted.turn_id)));
    const auto done = all(std::move(started.frames)).done;
    ASSERT_TRUE(done);
    EXPECT_FALSE(done->usage);
    EXPECT_FALSE(done->trace.reused);
    EXPECT_FALSE(history(started.accepted.conversation_id).items.back().usage);
}

TEST_F(TurnsTest, WhatWasSentIsKeptOnceHoweverTheAnswerEnds) {
    const auto whole = all(start(say("Hi")).frames);
    EXPECT_EQ(companions.kept, std::vector{whole.done->message_id});
    companions.kept.clear();

    // Stopped before its first word, and failed before it.
    provider.set_writer([](const auto&) { return Script::say({"Good day"}, 10'000); });
    auto stopped = start(say("Hi"));
    loop.run_for(50);
    ASSERT_EQ(provider.streams, 1);
    EXPECT_TRUE(companions.kept.empty());
    ASSERT_TRUE(loop.wait(turns->cancel(owner, stopped.accepted.turn_id)));
    EXPECT_EQ(companions.kept, std::vector{all(std::move(stopped.frames)).done->message_id});
    companions.kept.clear();

    provider.set_writer([](const auto&) {
        Script script;
        script.error = Error{Code::upstream, "engine-failed", "The model failed.", {}, {}, {}};
        return script;
    });
    const auto failed = all(start(say("Hi")).frames);
    EXPECT_EQ(companions.kept, std::vector{*failed.failed->message_id});
}

TEST_F(TurnsTest, AnEngineErrorKeepsTheTextAsInterrupted) {
    provider.set_writer([](const auto&) {
        auto script = Script::say({"Good ", "d"});
        script.error = Error{Code::upstream, "engine-failed", "The model failed.", {}, {}, {}};
        return script;
    });
    auto started = start(say("Hi"));
    const auto shown = all(std::move(started.frames));
    ASSERT_TRUE(shown.failed);
    EXPECT_EQ(shown.failed->error.type, "engine-failed");
    EXPECT_EQ(shown.failed->text, "Good d");
    const auto last = history(started.accepted.conversation_id).items.back();
    EXPECT_EQ(last.state, chat::State::interrupted);
    EXPECT_EQ(last.text, "Good d");
    EXPECT_EQ(last.id, shown.failed->message_id);
    // Why is kept for whoever was not there.
    ASSERT_TRUE(last.trace && last.trace->failure);
    EXPECT_EQ(*last.trace->failure, (chat::Failure{"engine-failed", "The model failed."}));

    // It goes on where it stopped, in the same message.
    provider.set_writer([](const gateway::ChatRequest& request) {
        EXPECT_EQ(request.messages.back().role, gateway::Role::assistant);
        EXPECT_EQ(request.messages.back().content, "Good d");
        return Script::say({"ay", "!"});
    });
    Request request;
    request.conversation_id = started.accepted.conversation_id;
    request.carry_on = last.id;
    auto went_on = start(request);
    const auto more = all(std::move(went_on.frames));
    EXPECT_EQ(more.done->text, "Good day!");
    EXPECT_EQ(more.text, "Good day!");
    EXPECT_EQ(more.done->message_id, last.id);
    EXPECT_EQ(history(started.accepted.conversation_id).items.size(), 3u);
    EXPECT_FALSE(history(started.accepted.conversation_id).items.back().trace->failure);
    EXPECT_EQ(refused(request).type, "answer-complete");

    // Who comes back to it later, from the store, has either no text yet or its beginning.
    loop.run_for(Limits().keep_ms + 1);
    const auto later = again(went_on.accepted.turn_id, 0);
    EXPECT_EQ(later.text, "Good day!");
    const auto behind_the_beginning = again(went_on.accepted.turn_id, 2);
    EXPECT_EQ(behind_the_beginning.names, std::vector<std::string>{"turn_done"});
    EXPECT_EQ(behind_the_beginning.done->text, "Good day!");

    request.carry_on.reset();
    request.again = last.id;
    provider.set_writer([](const gateway::ChatRequest& asked) {
        EXPECT_EQ(asked.messages.back().content, "Hi");
        return Script::say({"Hello you"});
    });
    EXPECT_EQ(all(start(request).frames).done->text, "Hello you");
    const auto page = history(started.accepted.conversation_id);
    EXPECT_EQ(page.items.size(), 3u);
    EXPECT_EQ(page.items.back().text, "Hello you");
}

TEST_F(TurnsTest, AModelThatIsTooSlowIsGivenUp) {
    provider.set_writer([](const auto&) {
        auto script = Script::say({"Good"});
        script.steps.push_back({10 * Limits().token_gap_ms, "day", {}, 0});
        return script;
    });
    auto started = start(say("Hi"));
    const auto shown = all(std::move(started.frames));
    ASSERT_TRUE(shown.failed);
    EXPECT_EQ(shown.failed->error.code, Code::timeout);
    EXPECT_EQ(history(started.accepted.conversation_id).items.back().text, "Good");
}

TEST_F(TurnsTest, ABrokenModelRefusesAtOnceAndStoresNothing) {
    provider.failed =
        Error{Code::unavailable, "model-missing", "No weights: run `lares models add`.", {}, {}, {}};
    const auto error = refused(say("Hi"));
    EXPECT_EQ(error.type, "model-missing");
    EXPECT_TRUE(loop.wait(service->list(owner, {})).value().items.empty());
}

TEST_F(TurnsTest, TheNextPromptHoldsTheTokensOfTheLastAnswer) {
    auto started = start(say("Hi"));
    all(std::move(started.frames));
    Request next;
    next.conversation_id = started.accepted.conversation_id;
    next.message = "And?";
    next.max_tokens = 7;
    next.temperature = 0;
    next.seed = 5;
    next.stop = {"STOP"};
    all(start(next).frames);
    const auto& request = provider.requests.back();
    ASSERT_EQ(request.messages.size(), 4u);  // greeting, Hi, answer, And?
    EXPECT_EQ(request.messages[2].content, "Good day!");
    EXPECT_EQ(request.messages[2].tokens, (std::vector<std::int32_t>{1, 2, 3}));
    EXPECT_EQ(request.messages[3].content, "And?");
    EXPECT_EQ(request.max_tokens, 7u);
    EXPECT_EQ(request.sampling.temperature, 0);
    EXPECT_EQ(request.sampling.seed, 5u);
    EXPECT_EQ(request.stop, std::vector<std::string>{"STOP"});
    EXPECT_EQ(request.cache_key, started.accepted.conversation_id.text());
}

TEST_F(TurnsTest, WhatTheModelThoughtIsInNoLaterPrompt) {
    provider.set_writer(
        [](const auto&) { return Script::say({"<think>", "She lies.", "</think>", "Good ", "day!"}); });
    Request next;
    next.conversation_id = start(say("Hi")).accepted.conversation_id;
    next.message = "And?";
    loop.run_for(1000);
    provider.set_writer([](const auto&) { return Script::say({"[happy] ", "Fine."}); });
    all(start(next).frames);
    all(start(next).frames);
    const auto& said = provider.requests.back().messages;
    ASSERT_EQ(said.size(), 6u);  // greeting, Hi, answer, And?, answer, And?
    EXPECT_EQ(said[2].content, "Good day!");
    EXPECT_TRUE(said[2].tokens.empty());
    EXPECT_EQ(said[4].content, "Fine.");
    EXPECT_EQ(said[4].tokens, (std::vector<std::int32_t>{1, 2}));
}

TEST_F(TurnsTest, OneTurnAtATimePerConversationAndFewPerPerson) {
    provider.set_writer([](const auto&) { return Script::say(words(50)); });
    auto first = start(say("1", "c1"));
    Request next;
    next.conversation_id = first.accepted.conversation_id;
    next.message = "2";
    const auto busy = refused(next);
    EXPECT_EQ(busy.type, "turn-running");
    EXPECT_EQ(busy.message, "The companion is still answering. Stop it or wait.");
    ASSERT_EQ(busy.ids.size(), 1u);
    EXPECT_EQ(busy.ids.front(), std::pair(std::string("turn_id"), first.accepted.turn_id.text()));
    next.client_id = "c1";  // a retry of the first is still answered
    EXPECT_EQ(start(next).accepted.message_id, first.accepted.message_id);
    // For somebody else the conversation does not exist.
    next.client_id.reset();
    EXPECT_EQ(loop.wait(turns->start(stranger, next)).error().type, "conversation-not-found");

    auto second = start(say("2")), third = start(say("3"));
    EXPECT_EQ(refused(say("4")).type, "too-many-turns");
    all(std::move(first.frames));
    EXPECT_EQ(start(next).accepted.conversation_id, first.accepted.conversation_id);
}

TEST_F(TurnsTest, AQueuedTurnIsToldItsPlace) {
    provider.set_writer([](const auto&) {
        auto script = Script::say({"Hi"});
        script.steps.insert(script.steps.begin(), {{5, "", {}, 2}, {5, "", {}, 2}, {5, "", {}, 1}});
        return script;
    });
    const auto shown = all(start(say("Hi")).frames);
    EXPECT_EQ(shown.names, (std::vector<std::string>{"accepted", "turn_started", "status", "status", "token",
                                                     "turn_done"}));
}

TEST_F(TurnsTest, TextSoFarIsInTheStoreWithinHalfASecond) {
    provider.set_writer([](const auto&) { return Script::say(words(400)); });
    auto started = start(say("Hi"));
    for (int i = 0; i < 4; ++i) {
        loop.run_for(500);
        const auto stored = history(started.accepted.conversation_id).running.value().text;
        const auto expected = static_cast<std::size_t>(50 * i);  // tokens half a second ago
        EXPECT_GE(std::ranges::count(stored, ' '), static_cast<std::ptrdiff_t>(expected));
    }
    // A failing store costs nothing later.
    journal->append_error = Error{Code::internal, "storage-failed", "x", {}, {}, {}};
    loop.run_for(100);
    EXPECT_EQ(all(std::move(started.frames)).done->text.size(),
              history(started.accepted.conversation_id).items.back().text.size());
}

TEST_F(TurnsTest, StoppingKeepsWhatWasSaid) {
    provider.set_writer([](const auto&) { return Script::say(words(200)); });
    auto started = start(say("Hi"));
    loop.run_for(55);
    loop.wait(turns->stop());
    const auto shown = all(std::move(started.frames));
    ASSERT_TRUE(shown.failed);
    EXPECT_EQ(shown.failed->error.type, "stopping");
    const auto last = history(started.accepted.conversation_id).items.back();
    EXPECT_EQ(last.state, chat::State::interrupted);
    EXPECT_EQ(last.text, shown.text);
    EXPECT_EQ(refused(say("more")).type, "stopping");
}

TEST_F(TurnsTest, AnEndThatCannotBeStoredIsToldAndTriedAgain) {
    journal->end_errors = 3;
    auto started = start(say("Hi"));
    const auto shown = all(std::move(started.frames));
    ASSERT_TRUE(shown.failed);
    EXPECT_EQ(shown.failed->error.type, "storage-full");
    EXPECT_FALSE(shown.failed->message_id);
    EXPECT_EQ(loop.wait(turns->cancel(owner, started.accepted.turn_id)).error().type, "storage-full");
    loop.run_for(60'000);
    EXPECT_EQ(journal->ends, 4);
    EXPECT_EQ(history(started.accepted.conversation_id).items.back().text, "Good day!");
    EXPECT_EQ(history(started.accepted.conversation_id).items.back().state, chat::State::done);
}

TEST_F(TurnsTest, WhateverThrowsTheTurnEndsAndTheConversationIsFree) {
    Request next;
    next.conversation_id = start(say("Hi")).accepted.conversation_id;
    loop.run_for(1000);
    const auto after = [&](std::string message, const char* call) {
        next.message = std::move(message);
        journal->throws = companions.throws = call;
    };
    // Before the message is stored it is refused.
    const std::string longer(limits().prompt_first_bytes + 1, 'x');
    for (const auto& [message, call] :
         {std::pair(std::string("And?"), "context"), std::pair(std::string("And?"), "find"),
          std::pair(longer, "prompt"), std::pair(std::string("And?"), "accept")}) {
        after(message, call);
        EXPECT_EQ(refused(next).type, "internal") << call;
        EXPECT_EQ(turns->stats().running, 0u) << call;
        EXPECT_EQ(provider.streams, 0) << call;
    }
    EXPECT_EQ(history(*next.conversation_id).items.size(), 3u);
    // Later the answer is interrupted.
    int reported = 0;
    async::TaskScope::on_exception([&](std::string_view) { ++reported; });
    for (const auto* call : {"prompt", "keep"}) {
        after("And?", call);
        const auto shown = all(start(next).frames);
        ASSERT_TRUE(shown.failed) << call;
        EXPECT_EQ(shown.failed->error.type, "internal");
        const auto last = history(*next.conversation_id).items.back();
        EXPECT_EQ(last.id, shown.failed->message_id);
        EXPECT_EQ(last.state, chat::State::interrupted);
        EXPECT_EQ(last.text, shown.text);
        EXPECT_EQ(turns->stats().running, 0u);
    }
    async::TaskScope::on_exception([](std::string_view) { std::abort(); });
    EXPECT_EQ(reported, 2) << "the work's own";
    // And an end that cannot be stored is tried again.
    after("And?", "end");
    EXPECT_TRUE(all(start(next).frames).failed);
    after("And then?", "");
    loop.run_for(60'000);
    EXPECT_EQ(history(*next.conversation_id).items.back().text, "Good day!");
    EXPECT_EQ(all(start(next).frames).done->text, "Good day!");
}

TEST_F(TurnsTest, OfADeletedConversationTheModelKeepsNothing) {
    auto started = start(say("Hi"));
    all(std::move(started.frames));
    ASSERT_TRUE(loop.wait(service->remove(owner, started.accepted.conversation_id)));
    turns->forget(started.accepted.conversation_id);
    EXPECT_EQ(provider.forgotten, std::vector<std::string>{started.accepted.conversation_id.text()});
    EXPECT_EQ(loop.wait(turns->cancel(owner, {})).error().type, "turn-not-found");
}

TEST_F(TurnsTest, BadRequestsNameTheField) {
    EXPECT_EQ(refused(say("")).field, "message");
    EXPECT_EQ(refused(say("\xff")).field, "message");
    EXPECT_EQ(refused(say("x", "")).field, "client_id");
    auto request = say("x");
    request.character_id.reset();
    EXPECT_EQ(refused(request).field, "character_id");
    request = say("x");
    request.temperature = 2.5;
    EXPECT_EQ(refused(request).field, "temperature");
    request = say("x");
    request.max_tokens = 0;
    EXPECT_EQ(refused(request).field, "max_tokens");
    request.max_tokens = Limits::max_tokens_max + 1;
    EXPECT_EQ(refused(request).field, "max_tokens");
    request = say("x");
    request.stop = {"a", ""};
    EXPECT_EQ(refused(request).field, "stop[1]");
    request = say("x");
    request.conversation_id = ids.make<chat::ConversationId>(5);
    EXPECT_EQ(refused(request).type, "conversation-not-found");
    companions.missing = character;
    EXPECT_EQ(refused(say("x")).type, "character-not-found");
    EXPECT_TRUE(loop.wait(service->list(owner, {})).value().items.empty());
}

}  // namespace

}  // namespace lares::turn
