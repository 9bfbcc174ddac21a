#include "turn/hearing.h"

#include <chrono>

#include <gtest/gtest.h>

namespace lares::turn {
namespace {

using namespace std::chrono_literals;

// Three clauses of ten characters and two seconds each, shown and sent at once.
void speak_three(Hearing& hearing, async::SteadyTime now) {
    hearing.begin(0);
    hearing.shown(30);
    for (std::int64_t clause = 0; clause < 3; ++clause) {
        Visemes visemes;
        visemes.clause = clause;
        visemes.for_ms = 2000;
        const auto at = clause * 10;
        visemes.words = {{.start = at, .end = at + 5, .at_ms = 0, .for_ms = 1000},
                         {.start = at + 5, .end = at + 10, .at_ms = 1000, .for_ms = 1000}};
        hearing.sent(visemes, at + 10, now);
    }
}

TEST(Hearing, ToldAgainAndAgainTheSamePlaceTimeRunsOn) {
    Hearing hearing;
    const async::SteadyTime start{1h};
    speak_three(hearing, start);
    EXPECT_TRUE(hearing.report("one", 5, start + 1s));
    EXPECT_EQ(hearing.clauses_heard(start + 1s), 0);
    for (auto now = start + 1s; now < start + 60s; now += 1s) {
        EXPECT_FALSE(hearing.report("one", 5, now));
        EXPECT_FALSE(hearing.report("one", 3, now));
    }
    EXPECT_EQ(hearing.clauses_heard(start + 60s), 3);
}

TEST(Hearing, ALittleAtATimeKeepsNoVoice) {
    Hearing hearing;
    const async::SteadyTime start{1h};
    speak_three(hearing, start);
    const auto creep = [&](auto from, auto to, std::int64_t characters) {
        for (auto at = from; at <= to; at += 2s) hearing.report("one", ++characters, start + at);
    };
    creep(1s, 33s, 0);
    EXPECT_EQ(hearing.clauses_heard(start + 33s), 1) << "it may be slow";
    hearing.hold(start + 33s);
    EXPECT_EQ(hearing.clauses_heard(start + 60s), 1);
    hearing.go_on(start + 60s);
    creep(60s, 70s, 18);
    EXPECT_EQ(hearing.clauses_heard(start + 70s), 3) << "42 s of 6 are enough";
    EXPECT_LT(hearing.far(start + 70s, true)->characters, 25) << "what was heard is what was told";
}

TEST(Hearing, WhoGoesOnIsTakenAtTheirWord) {
    Hearing hearing;
    const async::SteadyTime start{1h};
    speak_three(hearing, start);
    EXPECT_TRUE(hearing.report("one", 5, start + 1s));
    // Slower than the sound: it stood still in between, and stands where it says.
    EXPECT_TRUE(hearing.report("one", 10, start + 9s));
    EXPECT_EQ(hearing.clauses_heard(start + 9s), 1);
}

}  // namespace
}  // namespace lares::turn
