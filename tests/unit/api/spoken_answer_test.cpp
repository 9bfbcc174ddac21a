#include "api/chat/spoken_answer.h"

#include <gtest/gtest.h>

namespace lares::api {
namespace {

turn::Frame audio(std::int64_t clause, std::int64_t chunk, std::size_t bytes) {
    turn::Frame frame;
    frame.body = turn::Audio{clause, chunk, 24'000, std::string(bytes, 'x')};
    return frame;
}

turn::Frame visemes(std::int64_t clause) {
    turn::Visemes body;
    body.clause = clause;
    turn::Frame frame;
    frame.body = std::move(body);
    return frame;
}

TEST(SpokenAnswer, WhatDoesNotFitIsTheEndAndNoHole) {
    SpokenAnswer spoken(1'000);
    for (const std::int64_t clause : {0, 1, 2}) spoken.take(visemes(clause));
    spoken.take(audio(0, 0, 400));
    spoken.take(audio(1, 0, 400));
    spoken.take(audio(1, 1, 400));  // too much
    spoken.take(audio(1, 2, 10));   // would fit
    spoken.take(audio(2, 0, 10));
    ChatAnswer answer;
    spoken.give(answer);
    ASSERT_EQ(answer.audio.size(), 1u) << "half a clause is none";
    EXPECT_EQ(answer.audio[0].clause, 0);
    ASSERT_EQ(answer.visemes.size(), 1u);
    EXPECT_EQ(answer.visemes[0].clause, 0);
    EXPECT_TRUE(answer.voice_notice);
}

TEST(SpokenAnswer, WhatFitsIsAllThere) {
    SpokenAnswer spoken(1'000);
    spoken.take(audio(0, 0, 400));
    spoken.take(audio(1, 0, 400));
    spoken.take(audio(1, 1, 200));
    ChatAnswer answer;
    spoken.give(answer);
    ASSERT_EQ(answer.audio.size(), 2u);
    EXPECT_EQ(answer.audio[1].clause, 1);
    EXPECT_FALSE(answer.voice_notice);
}

}  // namespace
}  // namespace lares::api
