#include "voice/speech_text.h"

#include <gtest/gtest.h>

#include "voice/utf.h"

namespace lares::voice {

namespace {

std::string spoken(std::string_view shown) {
    return to_utf8(speech_text(to_code_points(shown)).text);
}

TEST(SpeechText, MarksAreNotSpoken) {
    EXPECT_EQ(spoken("This is **very, very good** news."), "This is very, very good news.");
    EXPECT_EQ(spoken("*She smiles.* _Hello_ ~~old~~ __you__"), "She smiles. Hello old you");
    EXPECT_EQ(spoken("# A title"), "A title");
    EXPECT_EQ(spoken("> quoted\n> again"), "quoted\nagain");
    EXPECT_EQ(spoken("- milk\n* bread\n- [x] done"), "milk\nbread\n done");
    EXPECT_EQ(spoken("1. Wash"), "1. Wash");
    EXPECT_EQ(spoken("Use `a + b` here"), "Use a + b here");
    EXPECT_EQ(spoken("Read [the *docs*](https://e.com/a_b) now"), "Read the docs now");
    EXPECT_EQ(spoken("![a cat](x.png) sleeps"), "a cat sleeps");
    EXPECT_EQ(spoken("one<br>two <b>three</b> <https://e.com>"), "one two three https://e.com");
    EXPECT_EQ(spoken("one<br/>two<BR>three <img src=\"a b.png\">four <b class='x y'>five</b>"),
              "one two three four five");
    EXPECT_EQ(spoken("a\\*b"), "a*b");
    EXPECT_EQ(spoken("| a | b |\n|---|---|\n| c | d |"), "  a   b  \n\n  c   d  ");
}

// What a clause begins with need not begin its line.
TEST(SpeechText, AFencesMarkWithinALineTakesNothingAway) {
    EXPECT_EQ(spoken("~~~ opens a block, too."), "~~~ opens a block, too.");
    EXPECT_EQ(spoken("`~~~` opens a block, too."), "~~~ opens a block, too.");
}

TEST(SpeechText, ALineThatBeginsWithCodeIsSpokenToItsEndAndBeyond) {
    EXPECT_EQ(spoken("```print``` writes.\nThen more."), "print writes.\nThen more.");
}

TEST(SpeechText, WhatIsNoMarkIsSpoken) {
    EXPECT_EQ(spoken("5 * 3 is 15"), "5 * 3 is 15");
    EXPECT_EQ(spoken("2*3=6, 2**3 is 8"), "2*3=6, 2**3 is 8");
    EXPECT_EQ(spoken("**2**, *3* and un*frigging*believable"), "2, 3 and unfriggingbelievable");
    EXPECT_EQ(spoken("if a<b and c>d then b<c"), "if a<b and c>d then b<c");
    EXPECT_EQ(spoken("snake_case_name"), "snake_case_name");
    EXPECT_EQ(spoken("about ~5 apples"), "about ~5 apples");
    EXPECT_EQ(spoken("a < b and c > d"), "a < b and c > d");
    EXPECT_EQ(spoken("see [1] there"), "see [1] there");
    EXPECT_EQ(spoken("-5 degrees"), "-5 degrees");
    EXPECT_EQ(spoken("#1 fan"), "#1 fan");
}

TEST(SpeechText, EveryCharacterKnowsItsPlace) {
    const auto shown = to_code_points("- Zoë **sagt** [ja](x) `nun`\n```\nx\n```\nEnde.");
    const auto speech = speech_text(shown);
    ASSERT_EQ(speech.text.size(), speech.places.size());
    for (std::size_t i = 0; i < speech.text.size(); ++i) {
        EXPECT_EQ(shown[speech.places[i]], speech.text[i]);
        if (i > 0) EXPECT_GT(speech.places[i], speech.places[i - 1]);
    }
}

}  // namespace

}  // namespace lares::voice
