// How far an answer was heard: the projection shows the cut and keeps the rest aside.
#include "fixture.h"

namespace lares::chat {

namespace {

class HeardTest : public ChatTest {
protected:
    Accepted said(std::string text = "Hi") {
        return loop.wait(service->accept(owner, first_message(std::move(text)))).value();
    }
    Message heard(TurnId turn, std::int64_t characters, std::string device = "phone",
                  std::vector<std::int32_t> tokens = {}) {
        return loop.wait(service->heard(owner, turn, {characters, std::move(device), std::move(tokens)}))
            .value();
    }
};

TEST_F(HeardTest, AnAnswerThatHasEndedIsCutWhereItWasHeard) {
    const auto turn = said();
    auto end = answer(turn.turn_id, "Grüß dich, wie geht es?");
    end.tokens = {1, 2, 3, 4};
    loop.wait(service->end(owner, end)).value();
    const auto message = heard(turn.turn_id, 9, "phone", {1, 2});
    EXPECT_EQ(message.text, "Grüß dich");
    EXPECT_EQ(message.unheard, ", wie geht es?");
    EXPECT_EQ(message.state, State::cut);
    EXPECT_EQ(message.usage, (Usage{12, 3, 4}));
    EXPECT_EQ(history(turn.conversation_id).items.back(), message);
    const auto context = loop.wait(service->context(owner, turn.conversation_id, {})).value();
    EXPECT_EQ(context.said.back().text, "Grüß dich");
    EXPECT_EQ(context.said.back().tokens, (std::vector<std::int32_t>{1, 2}));
    const auto events = loop.wait(service->events_after(owner, turn.conversation_id, 4)).value();
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].kind, EventKind::answer_heard);
    EXPECT_EQ(events[0].data.characters, 9);
    EXPECT_EQ(events[0].data.device, "phone");
    EXPECT_EQ(events[0].data.message, message);
    EXPECT_TRUE(problems().empty());
    ASSERT_TRUE(loop.wait(service->rebuild()));
    EXPECT_EQ(history(turn.conversation_id).items.back(), message);
    EXPECT_TRUE(problems().empty());
}

TEST_F(HeardTest, ReportsOnlyGrow) {
    const auto turn = said();
    loop.wait(service->end(owner, answer(turn.turn_id, "One two three"))).value();
    EXPECT_EQ(heard(turn.turn_id, 13).state, State::done) << "all of it was heard";
    EXPECT_EQ(heard(turn.turn_id, 3).text, "One");
    EXPECT_EQ(heard(turn.turn_id, 1).text, "One") << "less than before";
    EXPECT_EQ(heard(turn.turn_id, 7, "tablet").text, "One two");
    const auto last = heard(turn.turn_id, 99);
    EXPECT_EQ(last.text, "One two") << "more than was ever said";
    EXPECT_EQ(last.unheard, " three");
    EXPECT_EQ(history(turn.conversation_id).seq, 6);
    EXPECT_TRUE(problems().empty());
}

TEST_F(HeardTest, ACutCarriesHowFarItWasHeard) {
    const auto turn = said();
    auto end = answer(turn.turn_id, "One two three", State::cut);
    end.heard = Heard{7, "phone", {}};
    const auto message = loop.wait(service->end(owner, end)).value();
    EXPECT_EQ(message.text, "One two");
    EXPECT_EQ(message.unheard, " three");
    EXPECT_EQ(message.seq, 5) << "answer_cut, then answer_heard";
    EXPECT_TRUE(problems().empty());
}

TEST_F(HeardTest, WhatWasSaidSinceStays) {
    const auto turn = said();
    loop.wait(service->end(owner, answer(turn.turn_id, "One two three"))).value();
    go_on(turn.conversation_id, "And?", "Four");
    EXPECT_EQ(heard(turn.turn_id, 3).text, "One two three");
    EXPECT_EQ(loop.wait(service->heard(stranger, turn.turn_id, {3, "", {}})).error().type, "turn-not-found");
}

TEST_F(HeardTest, AnAnswerThatIsCarriedOnIsNotCutElsewhereMeanwhile) {
    const auto turn = said();
    const auto cut =
        loop.wait(service->end(owner, answer(turn.turn_id, "One two three", State::cut))).value();
    EXPECT_EQ(heard(turn.turn_id, 3).text, "One");
    auto carry_on = next_message(turn.conversation_id, "One");
    carry_on.begin = Begin::carry_on;
    carry_on.message_id = turn.message_id;
    carry_on.answer_id = cut.id;
    const auto more = loop.wait(service->accept(owner, carry_on)).value();
    EXPECT_EQ(heard(turn.turn_id, 7).text, "One") << "the next words are written behind this one";
    loop.wait(service->end(owner, answer(more.turn_id, "One more"))).value();
    EXPECT_EQ(heard(turn.turn_id, 7).text, "One more");
    EXPECT_EQ(heard(more.turn_id, 3).text, "One");
    EXPECT_EQ(problems(), std::vector<std::string>());
}

TEST_F(HeardTest, AnAnswerThatCouldNotGoOnKeepsWhatItHad) {
    const auto turn = said();
    auto end = answer(turn.turn_id, "One two three", State::cut);
    end.trace.model = "small";
    end.trace.first_token_ms = 7;
    end.heard = Heard{7, "phone", {1, 2}};
    const auto cut = loop.wait(service->end(owner, end)).value();
    ASSERT_EQ(cut.unheard, " three");
    auto carry_on = next_message(turn.conversation_id, "One two");
    carry_on.begin = Begin::carry_on;
    carry_on.message_id = turn.message_id;
    carry_on.answer_id = cut.id;
    const auto begin = [&] {
        carry_on.turn_id = make<TurnId>();
        return loop.wait(service->accept(owner, carry_on)).value().turn_id;
    };
    const auto expect_kept = [&](const std::optional<Failure>& failure) {
        const auto last = history(turn.conversation_id).items.back();
        EXPECT_EQ(last.state, State::interrupted);
        EXPECT_EQ(last.text, "One two");
        EXPECT_EQ(last.unheard, " three");
        EXPECT_EQ(last.usage, cut.usage);
        auto trace = *cut.trace;
        trace.failure = failure;
        EXPECT_EQ(last.trace, trace);
        const auto said = loop.wait(service->context(owner, turn.conversation_id, {})).value().said.back();
        EXPECT_EQ(said.tokens, (std::vector<std::int32_t>{1, 2}));
        EXPECT_EQ(said.model, "small");
    };
    // The engine has no room, and then the server falls.
    AnswerEnd busy{begin(), State::interrupted, "One two", {}, {}, {}, 5, {}};
    busy.trace.failure = Failure{"engine-busy", "Try again."};
    loop.wait(service->end(owner, busy)).value();
    expect_kept(busy.trace.failure);
    begin();
    EXPECT_EQ(loop.wait(service->recover()).value(), 1);
    expect_kept(std::nullopt);
    // What was said behind it takes the place of the rest.
    loop.wait(service->end(owner, answer(begin(), "One two four", State::interrupted))).value();
    EXPECT_FALSE(history(turn.conversation_id).items.back().unheard);
    EXPECT_EQ(problems(), std::vector<std::string>());
}

TEST_F(HeardTest, ARunningTurnIsCutByItsEnd) {
    const auto turn = said();
    EXPECT_EQ(loop.wait(service->heard(owner, turn.turn_id, {0, "", {}})).error().type, "turn-running");
}

}  // namespace

}  // namespace lares::chat
