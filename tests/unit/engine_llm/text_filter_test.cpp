#include "engine/llm/text_filter.h"

#include <gtest/gtest.h>

namespace lares::engine::llm {
namespace {

struct Feed {
    explicit Feed(std::vector<std::string> stops = {}) : filter(std::move(stops)) {}
    bool push(std::string_view bytes) { return filter.push(++next, bytes, text, tokens); }
    TextFilter filter;
    std::string text;
    std::vector<Token> tokens;
    Token next = 0;
};

TEST(TextFilter, HoldsHalfACodePointAndItsIds) {
    Feed run;
    run.push("a\xE2");
    EXPECT_EQ(run.text, "a");
    EXPECT_TRUE(run.tokens.empty());  // its text is not whole yet
    run.push("\x82");
    run.push("\xAC!");
    EXPECT_EQ(run.text, "a\xE2\x82\xAC!");
    EXPECT_EQ(run.tokens, (std::vector<Token>{1, 2, 3}));
}

TEST(TextFilter, ReplacesWhatIsNoUtf8) {
    Feed run;
    run.push("x\xFFy\xC0\xAFz");
    EXPECT_EQ(run.text, "x\xEF\xBF\xBDy\xEF\xBF\xBD\xEF\xBF\xBDz");
    Feed surrogate;
    surrogate.push("\xED\xA0\x80");
    EXPECT_EQ(surrogate.text, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(TextFilter, HalfACodePointAtTheEndDoesNotComeOut) {
    Feed run;
    run.push("ok\xF0\x9F\x98");
    run.filter.finish(run.text, run.tokens);
    EXPECT_EQ(run.text, "ok");
}

TEST(TextFilter, StopStringNeverComesOutHoweverItIsCut) {
    for (std::size_t cut = 1; cut < 6; ++cut) {
        Feed run({"\nUser:"});
        const std::string_view text = "Hello\nUser: hi";
        bool stopped = run.push("Hello");
        for (std::size_t at = 5; at < text.size() && !stopped; at += cut)
            stopped = run.push(text.substr(at, cut));
        EXPECT_TRUE(stopped);
        EXPECT_EQ(run.text, "Hello");
        EXPECT_EQ(run.tokens, std::vector<Token>{1});  // the ids end where the text ends
    }
}

TEST(TextFilter, WhatOnlyBeganAStopComesOutAfterAll) {
    Feed run({"###"});
    run.push("a##");
    EXPECT_EQ(run.text, "a");
    run.push("b");
    EXPECT_EQ(run.text, "a##b");
    run.push("#");
    run.filter.finish(run.text, run.tokens);
    EXPECT_EQ(run.text, "a##b#");
    EXPECT_EQ(run.tokens, (std::vector<Token>{1, 2, 3}));
}

TEST(TextFilter, EarliestOfSeveralStops) {
    Feed run({"cd", "b"});
    EXPECT_TRUE(run.push("abcd"));
    EXPECT_EQ(run.text, "a");
}

}  // namespace
}  // namespace lares::engine::llm
