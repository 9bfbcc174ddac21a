// LocalVoices: text in, sound with words and mouth shapes out; missing weights; what cannot be spoken.
#include "voice/local/voices.h"

#include <algorithm>
#include <chrono>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "async/scope.h"
#include "voice/utf.h"

namespace lares::voice {
namespace {

struct Heard {
    bool done = false;
    std::string problem, field, message;
    std::vector<Timeline> timelines;
    std::vector<std::size_t> bytes;
};

Task<void> hear(Voices* voices, Choice choice, std::vector<std::string> clauses, Heard* heard) {
    auto speaker = co_await voices->take(OwnerId{}, choice, {});
    if (!speaker) {
        heard->problem = speaker.error().type;
        heard->message = speaker.error().message;
        heard->field = speaker.error().field;
    } else {
        for (std::size_t i = 0; i < clauses.size(); ++i) {
            auto utterance = co_await (*speaker)->speak(clauses[i], std::chrono::steady_clock::now());
            if (!utterance) {
                heard->problem = utterance.error().type;
                heard->message = utterance.error().message;
                break;
            }
            heard->timelines.push_back((*utterance)->timeline());
            heard->bytes.push_back(0);
            for (;;) {
                const auto chunk = co_await (*utterance)->next();
                if (!chunk || !*chunk) break;
                heard->bytes.back() += (*chunk)->size();
            }
        }
    }
    heard->done = true;
}

class VoicesTest : public ::testing::Test {
protected:
    static LocalVoices& bundled() {
        static LocalVoices voices({});
        voices.start();
        return voices;
    }
    Heard say(Voices& voices, std::vector<std::string> clauses, const Choice& choice = {}) {
        Heard heard;
        scope.spawn(hear(&voices, choice, std::move(clauses), &heard));
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(120);
        while (scope.size() > 0 && std::chrono::steady_clock::now() < end) {
            io.restart();
            io.run_for(std::chrono::milliseconds(5));
        }
        EXPECT_TRUE(heard.done);
        return heard;
    }
    boost::asio::io_context io{1};
    async::TaskScope scope{io.get_executor()};
};

TEST_F(VoicesTest, AClauseBecomesWordsAndMouthShapesOfExactLength) {
    const std::string text = "Hello there, my friend. It costs $5.";
    const auto heard = say(bundled(), {text, "And more."});
    ASSERT_EQ(heard.timelines.size(), 2u) << heard.message;
    const auto& timeline = heard.timelines[0];
    EXPECT_EQ(static_cast<std::int64_t>(heard.bytes[0]), 2 * timeline.samples);
    EXPECT_GT(timeline.samples, std::int64_t{timeline.sample_rate});
    std::vector<std::string> words;
    for (const auto& word : timeline.words) {
        words.push_back(
            to_utf8(to_code_points(text).substr(word.source.begin, word.source.end - word.source.begin)));
        EXPECT_LT(word.begin, word.end);
        EXPECT_LE(word.end, timeline.samples);
    }
    EXPECT_EQ(words, (std::vector<std::string>{"Hello", "there", "my", "friend", "It", "costs", "5"}));
    EXPECT_TRUE(std::ranges::is_sorted(timeline.words, {}, &TimedWord::begin));
    // m of "my" and f of "friend" close the lips; the mouth rests at the end.
    EXPECT_TRUE(std::ranges::any_of(timeline.cues, [](const Cue& cue) { return cue.shape == Viseme::PP; }));
    EXPECT_TRUE(std::ranges::any_of(timeline.cues, [](const Cue& cue) { return cue.shape == Viseme::FF; }));
    EXPECT_EQ(timeline.cues.back().shape, Viseme::sil);
    EXPECT_TRUE(timeline.left_out.empty());
    EXPECT_EQ(bundled().status().taken, 0u);
}

TEST_F(VoicesTest, WhatCannotBeSpokenIsSilentAndNamed) {
    for (const std::string text : {"", "   ", "...", "\xe6\xbc\xa2\xe5\xad\x97"}) {
        const auto heard = say(bundled(), {text});
        ASSERT_EQ(heard.timelines.size(), 1u) << heard.message;
        EXPECT_EQ(heard.timelines[0].samples, 0) << text;
        EXPECT_EQ(heard.bytes[0], 0u);
    }
    const auto heard = say(bundled(), {"Good \xe6\xbc\xa2\xe5\xad\x97 night."});
    EXPECT_FALSE(heard.timelines[0].left_out.empty());
    EXPECT_GT(heard.timelines[0].samples, 0);
}

TEST_F(VoicesTest, AVeryLongClauseEndsInBoundedTime) {
    std::string text;
    for (int i = 0; i < 2'000; ++i) text += "mountain ";
    const auto heard = say(bundled(), {text});
    ASSERT_EQ(heard.timelines.size(), 1u) << heard.message;
    EXPECT_EQ(static_cast<std::int64_t>(heard.bytes[0]), 2 * heard.timelines[0].samples);
    ASSERT_FALSE(heard.timelines[0].left_out.empty());
    EXPECT_LE(heard.timelines[0].left_out.back().source.end, text.size());
}

TEST_F(VoicesTest, AnUnknownVoiceIsRefused) {
    const auto heard = say(bundled(), {"Hello."}, {.voice = "nobody"});
    EXPECT_EQ(heard.problem, "invalid-field");
    EXPECT_EQ(heard.field, "voice");
    for (const auto& voice : bundled().voices())
        EXPECT_EQ(say(bundled(), {"Hello."}, {.voice = voice.id}).problem, "");
}

TEST_F(VoicesTest, WithoutWeightsItSaysWhatToDo) {
    LocalVoices voices({.folders = {"/nonexistent"}});
    EXPECT_EQ(voices.status().state, VoiceState::off);
    voices.start();
    EXPECT_EQ(say(voices, {"Hello."}).problem, "voice-missing");
    EXPECT_EQ(voices.status().state, VoiceState::missing);
    EXPECT_NE(voices.status().reason.find("deps/fetch"), std::string::npos);
    EXPECT_FALSE(check_voice({"/nonexistent"}).has_value());
}

TEST_F(VoicesTest, OffIsOff) {
    LocalVoices voices({.enabled = false});
    voices.start();
    EXPECT_EQ(voices.status().state, VoiceState::off);
    EXPECT_EQ(say(voices, {"Hello."}).problem, "voice-off");
}

}  // namespace
}  // namespace lares::voice
