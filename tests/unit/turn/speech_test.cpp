// Longer than most files: all cases stand on one fixture, a turn with a scripted model and voice.
// The voice of a turn: clauses, sound, what was heard.
#include <algorithm>
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "base/text.h"
#include "chat/migrations.h"
#include "chat/prompts.h"
#include "chat/service.h"
#include "support/scripted_companions.h"
#include "support/scripted_provider.h"
#include "support/scripted_voices.h"
#include "support/virtual_loop.h"
#include "turn/turns.h"

namespace lares::turn {

namespace {

using test::Script;
using test::ScriptedVoices;

struct Heard {
    std::vector<std::string> names;
    std::string text;
    std::vector<Clause> clauses;
    std::map<std::int64_t, Visemes> visemes;
    std::map<std::int64_t, std::int64_t> samples;  // by clause
    std::map<std::int64_t, std::int64_t> chunks;
    std::vector<VoiceNotice> notices;
    std::vector<Emotion> emotions;
    std::vector<std::int64_t> places;
    std::optional<TurnDone> done;
    std::optional<Failed> failed;
    std::int64_t audio_frames = 0;

    void take(const Frame& frame) {
        names.emplace_back(name_of(frame.body));
        if (const auto* token = std::get_if<Token>(&frame.body)) text += token->text;
        if (const auto* clause = std::get_if<Clause>(&frame.body)) clauses.push_back(*clause);
        if (const auto* each = std::get_if<Visemes>(&frame.body)) {
            EXPECT_LT(each->clause, static_cast<std::int64_t>(clauses.size())) << "before its clause";
            EXPECT_TRUE(visemes.emplace(each->clause, *each).second);
        }
        if (const auto* audio = std::get_if<Audio>(&frame.body)) {
            EXPECT_TRUE(visemes.contains(audio->clause)) << "sound before its visemes";
            EXPECT_EQ(audio->chunk, chunks[audio->clause]++);
            if (!samples.empty()) EXPECT_GE(audio->clause, samples.rbegin()->first) << "out of order";
            samples[audio->clause] += static_cast<std::int64_t>(audio->samples.size() / 2);
            ++audio_frames;
        }
        if (const auto* notice = std::get_if<VoiceNotice>(&frame.body)) notices.push_back(*notice);
        if (const auto* emotion = std::get_if<Emotion>(&frame.body)) emotions.push_back(*emotion);
        if (const auto* status = std::get_if<Status>(&frame.body))
            if (status->state == "voice_queued") places.push_back(status->place);
        if (const auto* end = std::get_if<TurnDone>(&frame.body)) done = *end;
        if (const auto* end = std::get_if<Failed>(&frame.body)) failed = *end;
    }
    std::vector<std::string> spoken() const {
        std::vector<std::string> out;
        for (const auto& clause : clauses) out.push_back(clause.text);
        return out;
    }
};

Task<void> read_into(std::shared_ptr<FrameStream> stream, Heard* into) {
    for (;;) {
        auto frame = co_await stream->next();
        if (!frame || !*frame) co_return;
        into->take(**frame);
    }
}

class SpeechTest : public testing::Test {
protected:
    SpeechTest() {
        db::Options options;
        options.file = ":memory:";
        options.inline_mode = true;
        options.migrations = {{"chat", chat::migrations}, {"prompts", chat::prompt_migrations}};
        database = std::move(db::Database::open(std::move(options)).value());
        service.emplace(*database, hub, loop.clock, ids);
        Limits limits;
        limits.running_per_user = 64;
        turns.emplace(*service, companions, provider, loop.clock, ids, limits, &voices);
    }
    ~SpeechTest() override {
        scope.cancel();
        loop.wait(scope.join());
        loop.wait(turns->stop());
        loop.settle();
        EXPECT_EQ(voices.taken, 0u) << "a seat is kept";
        EXPECT_EQ(voices.speaking, 0u);
        EXPECT_EQ(voices.waiting, 0u);
        EXPECT_EQ(provider.streams, 0);
        const auto report = loop.wait(service->check_projection()).value();
        EXPECT_TRUE(report.problems.empty()) << report.problems[0];
    }
    void says(const std::string& text, std::int64_t delay_ms = 10) {
        std::vector<std::string> pieces(1);
        for (const char c : text) {
            if (c == ' ' && !pieces.back().empty()) pieces.emplace_back();
            pieces.back() += c;
        }
        provider.set_writer([pieces, delay_ms](const auto&) { return Script::say(pieces, delay_ms, 100); });
    }
    Started start(std::optional<chat::ConversationId> conversation = {}, bool voice = true) {
        Request request;
        if (conversation)
            request.conversation_id = conversation;
        else
            request.character_id = character;
        request.message = "Hi";
        request.voice = voice;
        auto started = loop.wait(turns->start(owner, std::move(request)));
        if (!started) throw std::runtime_error(started.error().message);
        return std::move(*started);
    }
    void follow(Started& started, Heard& heard) {
        scope.spawn(read_into(std::shared_ptr(std::move(started.frames)), &heard));
    }
    Heard whole(std::optional<chat::ConversationId> conversation = {}, bool voice = true) {
        auto started = start(conversation, voice);
        Heard heard;
        loop.wait(read_into(std::shared_ptr(std::move(started.frames)), &heard));
        return heard;
    }
    chat::Message answer(chat::ConversationId conversation) {
        return loop.wait(service->history(owner, {conversation, {}, {}, {}})).value().items.back();
    }

    test::VirtualLoop loop;
    async::TaskScope scope{loop.io.get_executor()};
    IdSource ids{11};
    chat::Hub hub;
    std::unique_ptr<db::Database> database;
    std::optional<chat::Service> service;
    test::ScriptedCompanions companions;
    test::ScriptedProvider provider{loop.clock, [](const auto&) { return Script::say({"Good day!"}); }};
    ScriptedVoices voices{loop.clock};
    std::optional<Turns> turns;
    OwnerId owner = ids.make<OwnerId>(1);
    chat::CharacterId character = ids.make<chat::CharacterId>(3);
};

TEST_F(SpeechTest, AnAnswerIsSpokenClauseByClause) {
    says("Well, I was **really** happy, and then `x` came. Zoë left!\n```\ncode();\n```\nGood night.");
    const auto heard = whole();
    ASSERT_TRUE(heard.done);
    EXPECT_EQ(heard.spoken(), (std::vector<std::string>{"Well, I was **really** happy,", "and then `x` came.",
                                                        "Zoë left!", "```\ncode();\n```", "Good night."}));
    EXPECT_EQ(voices.spoken, (std::vector<std::string>{"Well, I was really happy,", "and then x came.",
                                                       "Zoë left!", "Good night."}));
    for (const auto& clause : heard.clauses) {
        const auto from = utf8_offset(heard.text, static_cast<std::size_t>(clause.start));
        const auto to = utf8_offset(heard.text, static_cast<std::size_t>(clause.end));
        EXPECT_EQ(heard.text.substr(from, to - from), clause.text);
        if (clause.index == 3) continue;
        const auto& visemes = heard.visemes.at(clause.index);
        EXPECT_EQ(heard.samples.at(clause.index), std::llround(visemes.for_ms * 8)) << "to the sample";
        for (const auto& word : visemes.words) {
            EXPECT_GE(word.start, clause.start);
            EXPECT_LE(word.end, clause.end);
        }
    }
    const auto& really = heard.visemes.at(0).words[3];
    EXPECT_EQ(really.start, 14) << "inside the marks";
    EXPECT_EQ(really.end, 20);
    EXPECT_FALSE(heard.samples.contains(3)) << "code is shown, not spoken";
    EXPECT_EQ(heard.names.back(), "turn_done");
    const auto& trace = heard.done->trace;
    EXPECT_LE(*trace.first_token_ms, *trace.first_clause_ms);
    EXPECT_LE(*trace.first_clause_ms, *trace.first_sample_ms);
    EXPECT_EQ(trace.first_sample_ms, trace.first_audible_ms);
    EXPECT_EQ(heard.done->text, heard.text) << "who reads to the end has heard all";
}

TEST_F(SpeechTest, TheFirstClauseSoundsWhileTheModelWrites) {
    says("Well, I was thinking about you, and then the phone rang for a long time.", 50);
    voices.timing_ms = [] { return 20; };
    auto started = start();
    Heard heard;
    follow(started, heard);
    loop.run_for(7 * 50 + 25);  // the word behind the comma, and the sound
    EXPECT_EQ(heard.audio_frames > 0, true);
    EXPECT_FALSE(heard.done);
    EXPECT_LT(heard.text.size(), 45u);
}

// Nobody waits for the words behind the first clause as they wait for its sound.
TEST_F(SpeechTest, TheModelRestsUntilTheFirstSound) {
    says("Well, I was thinking about you, and then the phone rang for a long time. It was loud.", 10);
    voices.timing_ms = [] { return 60; };
    voices.chunk_ms = [] { return 20; };
    const auto heard = whole();
    ASSERT_TRUE(heard.done);
    const auto clause = std::ranges::find(heard.names, "clause");
    const auto audio = std::ranges::find(heard.names, "audio");
    ASSERT_NE(audio, heard.names.end());
    EXPECT_EQ(std::find(clause, audio, "token"), audio) << "it went on beside the voice";
    EXPECT_NE(std::find(audio, heard.names.end(), "token"), heard.names.end());
    EXPECT_EQ(provider.rests, (std::vector<bool>{true, false})) << "once in an answer";
}

TEST_F(SpeechTest, AVoiceThatDoesNotComeLetsTheModelGoOn) {
    says("Well, I was thinking about you, and then the phone rang for a long time.", 10);
    voices.timing_ms = [] { return 5'000; };
    auto started = start();
    Heard heard;
    follow(started, heard);
    loop.run_for(200);
    EXPECT_EQ(provider.rests, (std::vector<bool>{true}));
    loop.run_for(400);
    EXPECT_EQ(heard.text, "Well, I was thinking about you, and then the phone rang for a long time.");
    EXPECT_EQ(heard.audio_frames, 0);
    EXPECT_EQ(provider.rests, (std::vector<bool>{true, false}));
    loop.run_for(60'000);
    EXPECT_TRUE(heard.done);
}

TEST_F(SpeechTest, AVoiceThatFailsLetsTheModelGoOnAtOnce) {
    says("Well, I was thinking about you, and then the phone rang for a long time.", 10);
    voices.timing_ms = [] { return 30; };
    voices.fails = [](const std::string&) -> std::optional<Error> {
        return Error{Code::internal, "voice-failed", "The voice failed.", {}, {}, {}};
    };
    auto started = start();
    Heard heard;
    follow(started, heard);
    loop.run_for(14 * 10 + 30 + 20);
    EXPECT_EQ(provider.rests, (std::vector<bool>{true, false}));
    ASSERT_TRUE(heard.done);
    EXPECT_EQ(heard.notices.at(0).kind, "voice-failed");
}

TEST_F(SpeechTest, AnAnswerThatIsCutWhileTheModelRestsEnds) {
    says("Well, I was thinking about you, and then the phone rang for a long time.", 10);
    voices.timing_ms = [] { return 200; };
    auto started = start();
    Heard heard;
    follow(started, heard);
    loop.run_for(120);
    EXPECT_EQ(provider.rests, (std::vector<bool>{true}));
    ASSERT_TRUE(loop.wait(turns->cancel(owner, started.accepted.turn_id, 0, "phone")));
    loop.settle();
    ASSERT_TRUE(heard.done);
    EXPECT_EQ(heard.done->state, chat::State::cut);
    EXPECT_EQ(provider.streams, 0);
}

TEST_F(SpeechTest, WithoutVoiceNothingIsSpoken) {
    says("Well, I was thinking, and so on.");
    const auto heard = whole({}, false);
    EXPECT_TRUE(heard.clauses.empty());
    EXPECT_TRUE(voices.spoken.empty());
    EXPECT_FALSE(heard.done->trace.first_clause_ms);
}

TEST_F(SpeechTest, WhereThereIsNoVoiceTheTextGoesOnAndSaysWhy) {
    voices.missing = Error{Code::unavailable, "voice-missing", "The voice is not installed.", {}, {}, {}};
    says("Well, I was thinking, and so on.");
    auto heard = whole();
    ASSERT_EQ(heard.notices.size(), 1u);
    EXPECT_EQ(heard.notices[0].kind, "voice-missing");
    EXPECT_EQ(heard.done->text, "Well, I was thinking, and so on.");
    voices.missing.reset();
    voices.fails = [](const std::string& text) -> std::optional<Error> {
        if (text != "and so on.") return std::nullopt;
        return Error{Code::internal, "voice-failed", "The voice failed.", {}, {}, {}};
    };
    heard = whole();
    EXPECT_EQ(heard.notices.at(0).kind, "voice-failed");
    EXPECT_TRUE(heard.samples.contains(0)) << "what was made is sent";
    EXPECT_FALSE(heard.samples.contains(1));
    EXPECT_TRUE(heard.done);
}

TEST_F(SpeechTest, WhatCannotBeSpokenIsNoError) {
    says("😀 😀 ... !!!\n`` \n---");
    const auto heard = whole();
    EXPECT_TRUE(heard.done);
    EXPECT_TRUE(heard.notices.empty());
    EXPECT_EQ(heard.audio_frames, 0);
}

TEST_F(SpeechTest, WhoFindsNoSeatIsQueuedAndToldItsPlace) {
    voices.seats = 1;
    voices.chunk_ms = [] { return 50; };
    says("Well, I was thinking about you, and so on and on.", 1);
    std::vector<Started> started;
    std::vector<Heard> heard(4);
    for (std::size_t i = 0; i < 4; ++i) {
        started.push_back(start());
        follow(started.back(), heard[i]);
    }
    loop.run_for(60'000);
    EXPECT_TRUE(heard[0].places.empty());
    EXPECT_EQ(heard[1].places, (std::vector<std::int64_t>{1}));
    EXPECT_EQ(heard[2].places, (std::vector<std::int64_t>{2, 1}));
    EXPECT_EQ(heard[3].places, (std::vector<std::int64_t>{3, 2, 1}));
    for (const auto& each : heard) {
        ASSERT_TRUE(each.done);
        EXPECT_EQ(each.samples.size(), 2u) << "it speaks all of it when its turn has come";
    }
    EXPECT_TRUE(std::ranges::find(heard[3].names, "token") < std::ranges::find(heard[3].names, "clause"))
        << "the text does not wait";
}

TEST_F(SpeechTest, AtMostTwoClausesAreMadeAheadOfWhatIsHeard) {
    says("One one one one. Two two two. Three three. Four four. Five five. Six six. Seven.", 1);
    auto started = start();
    Heard heard;
    ASSERT_TRUE(loop.wait(turns->heard(owner, started.accepted.turn_id, 0, "phone")));
    follow(started, heard);
    loop.run_for(500);
    EXPECT_EQ(heard.clauses.size(), 3u) << "none is heard yet: it and two more";
    ASSERT_TRUE(loop.wait(turns->heard(owner, started.accepted.turn_id, heard.clauses[0].end, "phone")));
    loop.run_for(5);
    EXPECT_EQ(heard.clauses.size(), 4u);
    EXPECT_FALSE(heard.done);
    loop.run_for(60'000);  // the device has vanished: time goes on for it
    EXPECT_EQ(heard.clauses.size(), 7u);
    EXPECT_TRUE(heard.done);
    EXPECT_EQ(voices.speaking_most <= 3, true);
}

TEST_F(SpeechTest, ACutKeepsWhatWasHeardToTheWord) {
    says("Well, I was thinking about you, and then the phone rang for a long time. It was loud.");
    auto started = start();
    Heard heard;
    follow(started, heard);
    loop.run_for(150);
    const auto& accepted = started.accepted;
    // In the middle of "thinking".
    ASSERT_TRUE(loop.wait(turns->cancel(owner, accepted.turn_id, 15, "phone")));
    loop.settle();
    ASSERT_TRUE(heard.done);
    EXPECT_EQ(heard.done->state, chat::State::cut);
    EXPECT_EQ(heard.done->text, "Well, I was thinking");
    const auto stored = answer(accepted.conversation_id);
    EXPECT_EQ(stored.text, "Well, I was thinking");
    EXPECT_EQ(stored.text + *stored.unheard, heard.text);
    const auto events = loop.wait(service->events_after(owner, accepted.conversation_id, 0)).value();
    EXPECT_EQ(events.back().kind, chat::EventKind::answer_heard);
    EXPECT_EQ(events.back().data.device, "phone");
    EXPECT_EQ(events.back().data.characters, 20);
    // The next prompt holds exactly that, with the ids that the model wrote.
    whole(accepted.conversation_id);
    const auto& said = provider.requests.back().messages;
    const auto before = std::ranges::find(said, "Well, I was thinking", &gateway::ChatMessage::content);
    EXPECT_NE(before, said.end());
}

TEST_F(SpeechTest, TheIdsOfWhatWasHeardAreKept) {
    says("One two three four five six seven eight nine ten. And more words come.");
    auto started = start();
    Heard heard;
    follow(started, heard);
    loop.run_for(90);
    ASSERT_TRUE(loop.wait(turns->cancel(owner, started.accepted.turn_id, 12, "phone")));
    const auto context = loop.wait(service->context(owner, started.accepted.conversation_id, {})).value();
    EXPECT_EQ(context.said.back().text, "One two three");
    EXPECT_EQ(context.said.back().tokens, (std::vector<std::int32_t>{100, 101, 102}));
}

TEST_F(SpeechTest, AnAnswerThatIsStillPlayedIsCutAfterItsEnd) {
    says("Well, I was thinking about you, and then the phone rang.", 1);
    auto started = start();
    Heard heard;
    follow(started, heard);
    loop.run_for(1'000);
    ASSERT_TRUE(heard.done) << "made faster than it is heard";
    EXPECT_EQ(heard.done->state, chat::State::done);
    const auto turn = started.accepted.turn_id;
    ASSERT_TRUE(loop.wait(turns->heard(owner, turn, 5, "phone")));
    ASSERT_TRUE(loop.wait(turns->cancel(owner, turn, 23, "phone")));
    auto stored = answer(started.accepted.conversation_id);
    EXPECT_EQ(stored.text, "Well, I was thinking about");
    EXPECT_EQ(stored.state, chat::State::cut);
    // Reports only grow: who heard more keeps more.
    ASSERT_TRUE(loop.wait(turns->cancel(owner, turn, 3, "phone")));
    EXPECT_EQ(answer(started.accepted.conversation_id).text, stored.text);
    ASSERT_TRUE(loop.wait(turns->cancel(owner, turn, 30, "tablet")));
    EXPECT_EQ(answer(started.accepted.conversation_id).text, "Well, I was thinking about you");
    // Long after, when the turn is not kept any more.
    loop.run_for(120'000);
    ASSERT_TRUE(loop.wait(turns->cancel(owner, turn, 34, "tablet")));
    EXPECT_EQ(answer(started.accepted.conversation_id).text, "Well, I was thinking about you, and");
}

// The sound has stopped there: what passes until the next message is not heard.
TEST_F(SpeechTest, ACutAnswerGrowsNoMore) {
    says("Aaaaaaaaaa bbbbbbbbbb cccccccccc dddddddddd.", 1);  // half a second each
    for (const bool told : {true, false}) {
        auto started = start();
        Heard heard;
        follow(started, heard);
        loop.run_for(200);
        ASSERT_TRUE(heard.done);
        const auto turn = started.accepted.turn_id;
        ASSERT_TRUE(loop.wait(turns->heard(owner, turn, 10, "phone")));
        loop.run_for(100);
        const auto at = told ? std::optional<std::int64_t>(12) : std::nullopt;
        ASSERT_TRUE(loop.wait(turns->cancel(owner, turn, at, "phone")));
        const auto kept = answer(started.accepted.conversation_id).text;
        EXPECT_EQ(kept, "Aaaaaaaaaa bbbbbbbbbb");
        loop.run_for(700);
        ASSERT_TRUE(loop.wait(turns->cancel(owner, turn)));
        EXPECT_EQ(answer(started.accepted.conversation_id).text, kept);
        whole(started.accepted.conversation_id);
        const auto page =
            loop.wait(service->history(owner, {started.accepted.conversation_id, {}, {}, {}})).value();
        EXPECT_EQ(page.items[2].text, kept);
    }
}

TEST_F(SpeechTest, AVanishedDeviceHasHeardItsReportAndTheTimeSince) {
    says("Aaaaaaaaaa bbbbbbbbbb cccccccccc dddddddddd.", 1);  // half a second each
    auto started = start();
    Heard heard;
    follow(started, heard);
    loop.run_for(200);
    ASSERT_TRUE(heard.done);
    ASSERT_TRUE(loop.wait(turns->heard(owner, started.accepted.turn_id, 10, "phone")));
    loop.run_for(700);  // the first is over, the second sounds; then the third begins
    whole(started.accepted.conversation_id);
    const auto page =
        loop.wait(service->history(owner, {started.accepted.conversation_id, {}, {}, {}})).value();
    EXPECT_EQ(page.items[2].text, "Aaaaaaaaaa bbbbbbbbbb cccccccccc");
    EXPECT_EQ(page.items[2].unheard, " dddddddddd.");
}

TEST_F(SpeechTest, AMessageThatIsSentAgainCutsNothing) {
    says("Aaaaaaaaaa bbbbbbbbbb cccccccccc dddddddddd.", 1);
    Request request;
    request.conversation_id = start({}, false).accepted.conversation_id;
    loop.run_for(200);
    request.message = "And?";
    request.client_id = "c1";
    request.voice = true;
    auto started = loop.wait(turns->start(owner, request)).value();
    Heard heard;
    follow(started, heard);
    loop.run_for(200);
    ASSERT_TRUE(heard.done);
    ASSERT_TRUE(loop.wait(turns->heard(owner, started.accepted.turn_id, 10, "phone")));
    const auto repeated = loop.wait(turns->start(owner, request)).value();
    EXPECT_EQ(repeated.accepted.message_id, started.accepted.message_id);
    EXPECT_EQ(answer(started.accepted.conversation_id).text, heard.done->text);
    request.client_id = "c2";
    ASSERT_TRUE(loop.wait(turns->start(owner, request)));
    const auto page = loop.wait(service->history(owner, {*request.conversation_id, {}, {}, {}})).value();
    EXPECT_EQ(page.items[4].unheard.value_or(""), " bbbbbbbbbb cccccccccc dddddddddd.");
}

TEST_F(SpeechTest, WhoReadsAndNeverReportsHasSeenAll) {
    says("Aaaaaaaaaa bbbbbbbbbb cccccccccc dddddddddd.", 1);
    auto started = start();
    Heard heard;
    follow(started, heard);
    loop.run_for(100);
    ASSERT_TRUE(loop.wait(turns->cancel(owner, started.accepted.turn_id)));
    EXPECT_EQ(answer(started.accepted.conversation_id).text, heard.text);
    whole(started.accepted.conversation_id);
    const auto page =
        loop.wait(service->history(owner, {started.accepted.conversation_id, {}, {}, {}})).value();
    EXPECT_FALSE(page.items[2].unheard);
}

TEST_F(SpeechTest, NothingIsSpokenAfterAStop) {
    voices.chunk_ms = [] { return 30; };
    says("Well, I was thinking about you, and then the phone rang for a long time.", 1);
    auto started = start();
    Heard heard;
    follow(started, heard);
    loop.run_for(200);
    ASSERT_GT(heard.audio_frames, 0);
    ASSERT_TRUE(loop.wait(turns->cancel(owner, started.accepted.turn_id, 4, "phone")));
    loop.settle();
    const auto frames = heard.audio_frames;
    EXPECT_EQ(heard.names.back(), "turn_done");
    loop.run_for(5'000);
    EXPECT_EQ(heard.audio_frames, frames);
    EXPECT_EQ(voices.taken, 0u);
    // Nor is who reads slowly, or comes back, sent what was made before it.
    Heard late;
    auto again = loop.wait(turns->frames(owner, started.accepted.turn_id, 0));
    ASSERT_TRUE(again);
    loop.wait(read_into(std::shared_ptr(std::move(*again)), &late));
    EXPECT_EQ(late.audio_frames, frames);
    for (const auto& [clause, samples] : late.samples) EXPECT_EQ(samples, 0) << clause;
}

TEST_F(SpeechTest, AHeldVoiceWaitsAndGoesOn) {
    voices.chunk_ms = [] { return 10; };
    says("One one one one. Two two two. Three three. Four four. Five five. Six six.", 20);
    auto started = start();
    Heard heard;
    follow(started, heard);
    loop.run_for(150);
    ASSERT_TRUE(loop.wait(turns->hold(owner, started.accepted.turn_id)));
    loop.run_for(1'000);
    EXPECT_TRUE(std::ranges::find(heard.names, "held") != heard.names.end());
    const auto clauses = heard.clauses.size();
    loop.run_for(5'000);
    EXPECT_EQ(heard.clauses.size(), clauses);
    EXPECT_FALSE(heard.done);
    ASSERT_TRUE(loop.wait(turns->go_on(owner, started.accepted.turn_id)));
    loop.run_for(5'000);
    EXPECT_TRUE(std::ranges::find(heard.names, "resumed") != heard.names.end());
    ASSERT_TRUE(heard.done);
    EXPECT_EQ(heard.clauses.size(), 6u);
}

TEST_F(SpeechTest, AHoldThatNobodyEndsEndsByItself) {
    says("One one one one. Two two two. Three three. Four four. Five five. Six six.", 20);
    auto started = start();
    Heard heard;
    follow(started, heard);
    loop.run_for(50);
    ASSERT_TRUE(loop.wait(turns->hold(owner, started.accepted.turn_id)));
    loop.run_for(SpeechLimits{}.hold_ms + 2'000);
    EXPECT_TRUE(heard.done);
}

// While players pause nobody hears a gap: what the model writes meanwhile is not cut for one.
TEST_F(SpeechTest, TheTimeOfAHoldCountsForNoDeadline) {
    says("One two three. And then we went down to the river to swim.", 40);
    for (const bool holds : {false, true}) {
        auto started = start();
        Heard heard;
        follow(started, heard);
        loop.run_for(300);
        if (holds) {
            ASSERT_TRUE(loop.wait(turns->hold(owner, started.accepted.turn_id)));
            loop.run_for(2'000);
            ASSERT_TRUE(loop.wait(turns->go_on(owner, started.accepted.turn_id)));
        }
        loop.run_for(10'000);
        ASSERT_TRUE(heard.done);
        EXPECT_EQ(heard.clauses.size(), holds ? 2u : 3u) << heard.spoken()[1];
    }
}

TEST_F(SpeechTest, AnAnswerIsHeldSoOftenAndNoMore) {
    std::string text;
    for (int i = 0; i < 100; ++i) text += "One more sentence is said here. ";
    says(text, 20);
    auto started = start();
    Heard heard;
    const auto turn = started.accepted.turn_id;
    ASSERT_TRUE(loop.wait(turns->heard(owner, turn, 0, "phone")));
    follow(started, heard);
    loop.run_for(150);
    const auto most = SpeechLimits{}.holds;
    for (std::size_t i = 0; i < most; ++i) {
        ASSERT_TRUE(loop.wait(turns->hold(owner, turn)));
        ASSERT_TRUE(loop.wait(turns->hold(owner, turn))) << "who is held already";
        loop.settle();
        ASSERT_TRUE(loop.wait(turns->go_on(owner, turn)));
        loop.settle();
    }
    const auto refused = loop.wait(turns->hold(owner, turn));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().type, "too-many-holds");
    loop.run_for(200'000);
    EXPECT_EQ(std::ranges::count(heard.names, "held"), static_cast<std::ptrdiff_t>(most));
    EXPECT_EQ(std::ranges::count(heard.names, "resumed"), static_cast<std::ptrdiff_t>(most));
    EXPECT_TRUE(heard.done);
}

TEST_F(SpeechTest, AnAnswerIsHeldSoLongAndNoLonger) {
    std::string text;
    for (int i = 0; i < 100; ++i) text += "One more sentence is said here. ";
    says(text, 20);
    auto started = start();
    Heard heard;
    const auto turn = started.accepted.turn_id;
    ASSERT_TRUE(loop.wait(turns->heard(owner, turn, 0, "phone")));
    follow(started, heard);
    loop.run_for(150);
    const SpeechLimits limits;
    std::int64_t held_ms = 0;
    while (loop.wait(turns->hold(owner, turn))) {
        ASSERT_LE(held_ms, limits.held_ms);
        loop.run_for(limits.hold_ms - 1'000);
        ASSERT_TRUE(loop.wait(turns->go_on(owner, turn)));
        loop.run_for(10);
        held_ms += limits.hold_ms - 1'000;
    }
    EXPECT_GE(held_ms, limits.held_ms);
    loop.run_for(200'000);
    EXPECT_TRUE(heard.done);
}

TEST(WordEnd, WhatIsSeenAsOneCharacterIsNotCut) {
    const std::string text = "Hi 👨‍👩‍👧 and 🇩🇪 👍🏽 e\u0301!";
    EXPECT_EQ(word_end(text, 3), 3);
    for (int at = 4; at <= 8; ++at) EXPECT_EQ(word_end(text, at), 8) << at;  // the family
    EXPECT_EQ(word_end(text, 13), 13);
    EXPECT_EQ(word_end(text, 14), 15);  // the flag
    EXPECT_EQ(word_end(text, 17), 18);  // the skin
    EXPECT_EQ(word_end(text, 20), 21);  // the accent
}

// Whoever held it may be gone, and the composer may wait for something else than room.
TEST_F(SpeechTest, AHoldNeverKeepsTheModelWaitingForLong) {
    std::string prose, code = "Look at this:\n```\n";
    for (int i = 0; i < 100; ++i) prose += i > 0 ? " Many many more words are said here." : "One.";
    for (int i = 0; i < 300; ++i) code += "a = 1; ";
    for (const auto& text : {prose, code + "\n```\nThat is all."}) {
        says(text, 20);
        for (const bool gone : {true, false}) {
            auto started = start();
            Heard heard;
            loop.run_for(150);
            ASSERT_TRUE(loop.wait(turns->hold(owner, started.accepted.turn_id)));
            if (gone)
                started.frames.reset();
            else
                follow(started, heard);
            loop.run_for(60'000);
            EXPECT_EQ(turns->stats().running, 0u) << text.substr(0, 20) << gone;
            EXPECT_EQ(answer(started.accepted.conversation_id).text, text);
            if (!gone) EXPECT_EQ(std::ranges::count(heard.names, "resumed"), 1);
        }
    }
}

TEST_F(SpeechTest, WhoWasToldHeldIsToldResumedAlsoWhenAllIsMade) {
    voices.chunk_ms = [] { return 100; };
    for (const bool asked : {true, false}) {
        says("One one one one.", 1);
        auto started = start();
        Heard heard;
        follow(started, heard);
        loop.run_for(50);
        ASSERT_TRUE(loop.wait(turns->hold(owner, started.accepted.turn_id)));
        loop.run_for(5'000);
        EXPECT_EQ(heard.samples.size(), 1u);
        EXPECT_EQ(std::ranges::count(heard.names, "held"), 1);
        EXPECT_FALSE(heard.done);
        if (asked) ASSERT_TRUE(loop.wait(turns->go_on(owner, started.accepted.turn_id)));
        loop.run_for(asked ? 10 : SpeechLimits{}.hold_ms);
        EXPECT_EQ(std::ranges::count(heard.names, "resumed"), 1);
        EXPECT_TRUE(heard.done);
    }
}

TEST_F(SpeechTest, WhoLeftTheQueueOfVoicesIsNotSpokenTo) {
    voices.seats = 1;
    voices.chunk_ms = [] { return 1'500; };
    const std::string story = "Well, I was thinking about you, and so on and on, and on, and on, and on.";
    says(story, 1);
    auto first = start();
    Heard heard, last;
    follow(first, heard);
    loop.run_for(100);
    says("Nobody hears this. It is said to an empty room.", 1);
    auto gone = start();
    loop.run_for(100);
    says("Somebody hears this.", 1);
    auto waiting = start();
    follow(waiting, last);
    loop.run_for(100);
    gone.frames.reset();
    loop.run_for(120'000);
    EXPECT_TRUE(heard.done);
    EXPECT_TRUE(last.done);
    EXPECT_EQ(last.samples.size(), 1u);
    EXPECT_EQ(std::ranges::count(voices.spoken, "Nobody hears this."), 0);
    EXPECT_EQ(answer(gone.accepted.conversation_id).text, "Nobody hears this. It is said to an empty room.");
}

TEST_F(SpeechTest, WithoutAReaderTheTurnStillEnds) {
    std::string text = "One one one one.";
    for (int i = 0; i < 200; ++i) text += " Many many more words are said here.";
    says(text, 1);
    auto started = start();
    started.frames.reset();  // the client is gone
    loop.run_for(120'000);
    EXPECT_EQ(turns->stats().running, 0u);
    EXPECT_EQ(answer(started.accepted.conversation_id).text, text);
}

TEST_F(SpeechTest, WhoComesBackIsToldWhyNobodySpeaks) {
    voices.chunk_ms = [] { return 1'500; };
    std::string text = "One one one one.";
    for (int i = 0; i < 20; ++i) text += " Many many more words are said here.";
    says(text, 1);
    auto started = start();
    started.frames.reset();
    loop.run_for(20'000);
    started.frames = loop.wait(turns->frames(owner, started.accepted.turn_id, 0)).value();
    Heard heard;
    follow(started, heard);
    loop.run_for(60'000);
    EXPECT_EQ(heard.text, text);
    EXPECT_LT(heard.clauses.size(), 20u);
    ASSERT_EQ(heard.notices.size(), 1u);
    EXPECT_EQ(heard.notices[0].kind, "voice-unheard");
}

TEST_F(SpeechTest, SoundIsBoundedAndTextIsNotLostForIt) {
    std::string text = "One one one one.";
    for (int i = 0; i < 79; ++i) text += " Many many more words are said here.";
    says(text, 0);
    auto started = start();
    Heard heard;
    follow(started, heard);
    loop.run_for(60'000);
    ASSERT_TRUE(heard.done);
    EXPECT_EQ(heard.samples.size(), 80u);
    EXPECT_LT(turns->stats().ring_bytes, Limits{}.ring_bytes);
    // Who comes back gets every frame; of old sound only the number.
    Heard again;
    auto frames = loop.wait(turns->frames(owner, started.accepted.turn_id, 0));
    ASSERT_TRUE(frames);
    loop.wait(read_into(std::shared_ptr(std::move(*frames)), &again));
    EXPECT_EQ(again.text, text);
    EXPECT_EQ(again.names, heard.names);
}

TEST_F(SpeechTest, FeelingsAndThoughtsAreNotSpoken) {
    says("<think>Hmm. What now?</think>\n[happy] Hello there, my friend. [sad] Good bye. [calm]");
    const auto heard = whole();
    EXPECT_EQ(heard.done->text, "Hello there, my friend. Good bye.");
    EXPECT_EQ(voices.spoken, (std::vector<std::string>{"Hello there, my friend.", "Good bye."}));
    ASSERT_EQ(heard.emotions.size(), 3u);
    EXPECT_EQ(heard.emotions[0].emotion, "happy");
    EXPECT_EQ(heard.emotions[0].at, 0);
    EXPECT_EQ(heard.emotions[1].emotion, "sad");
    EXPECT_EQ(heard.emotions[1].at, 23);
    EXPECT_EQ(heard.emotions[2].emotion, "relaxed");
    EXPECT_EQ(heard.emotions[2].at, 33);
}

}  // namespace

}  // namespace lares::turn
