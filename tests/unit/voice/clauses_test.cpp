#include "voice/clauses.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "voice/utf.h"

namespace lares::voice {

namespace {

std::vector<std::string> all(ClauseSplitter& splitter) {
    std::vector<std::string> out;
    while (auto clause = splitter.next()) out.push_back(to_utf8(clause->text));
    return out;
}
using Texts = std::vector<std::string>;

TEST(Clauses, KnowTheirPlaceInTheText) {
    const std::string text = "  Zoë said:  hello there, friend. 😀 Then  she left.\n\n```\ncode\n``` ";
    const auto points = to_code_points(text);
    ClauseSplitter splitter;
    splitter.feed(text);
    splitter.finish();
    std::size_t last = 0;
    int count = 0;
    while (auto clause = splitter.next()) {
        ++count;
        EXPECT_GE(clause->start, last);
        EXPECT_GT(clause->end, clause->start);
        EXPECT_EQ(points.substr(clause->start, clause->end - clause->start), clause->text);
        EXPECT_EQ(clause->code, clause->text.starts_with(U"```"));
        last = clause->end;
    }
    EXPECT_EQ(count, 4);
    EXPECT_EQ(splitter.fed(), points.size());
}

TEST(Clauses, TheFirstIsKnownWithTheSpaceAndTheWordBehindIt) {
    ClauseSplitter splitter;
    splitter.feed("Well, I was thinking");
    EXPECT_EQ(splitter.next(), std::nullopt) << "one word and a comma";
    splitter.feed(" about you,");
    EXPECT_EQ(splitter.next(), std::nullopt) << "3,000 would have a comma, too";
    splitter.feed(" and");
    EXPECT_EQ(all(splitter), Texts{"Well, I was thinking about you,"});
}

TEST(Clauses, ASlowModelsWordsAreNotHeldBackForAComma) {
    ClauseSplitter splitter;
    splitter.feed("The old", 1'000);
    EXPECT_EQ(splitter.next(1'449), std::nullopt);
    EXPECT_EQ(splitter.next(1'451), std::nullopt) << "fewer than three words";
    splitter.feed(" house on", 1'600);
    auto clause = splitter.next(1'600);
    ASSERT_TRUE(clause);
    EXPECT_EQ(to_utf8(clause->text), "The old house") << "the last word may still grow";
    // Later ones wait until the voice would fall silent.
    splitter.feed(" the hill was very", 1'700);
    EXPECT_EQ(splitter.next(9'000), std::nullopt);
    splitter.hurry_at(3'000);
    EXPECT_EQ(splitter.deadline_ms(), 3'000);
    EXPECT_EQ(splitter.next(2'999), std::nullopt);
    clause = splitter.next(3'000);
    ASSERT_TRUE(clause);
    EXPECT_EQ(to_utf8(clause->text), "on the hill") << "nobody pauses behind 'was'";
    splitter.feed(" dark.");
    splitter.finish();
    EXPECT_EQ(all(splitter), Texts{"was very dark."});
}

TEST(Clauses, ADeadlineCutsNeitherANumberNorASpan) {
    ClauseSplitter splitter;
    splitter.feed("He paid about 10 000 **gold and", 0);
    auto clause = splitter.next(10'000);
    ASSERT_TRUE(clause);
    EXPECT_EQ(to_utf8(clause->text), "He paid about") << "the number is whole, and with what it counts";
    splitter.hurry_at(0);
    EXPECT_EQ(splitter.next(20'000), std::nullopt) << "the span is open";
    splitter.feed(" silver** coins, you know.");
    splitter.finish();
    EXPECT_EQ(all(splitter), Texts{"10 000 **gold and silver** coins, you know."});
}

// However slow a model is: a word at a time, each long after the one before.
TEST(Clauses, ADeadlineLeavesNumbersAndAbbreviationsWithTheirWords) {
    const std::pair<std::string_view, Texts> cases[] = {
        {"It cost us $3 million in all.", {"It cost us", "$3 million in", "all."}},
        {"Then we raised 3.5 million of it.", {"Then we raised", "3.5 million of", "it."}},
        {"We wait until 3 p.m. today.", {"We wait until", "3 p.m. today."}},
        {"She was born in 2026 and then left.", {"She was born", "in 2026 and", "then left."}},
        {"Yesterday I saw Dr. Smith again.", {"Yesterday I saw", "Dr. Smith again."}},
        {"Yesterday I saw Dr Smith again.", {"Yesterday I saw", "Dr Smith again."}},
        {"They sell things e.g. this one here.", {"They sell things", "e.g. this one", "here."}},
        {"Books by old J. R. R. Tolkien sell.", {"Books by old", "J. R. R. Tolkien", "sell."}},
        {"Please look at Fig. 5 for that.", {"Please look at", "Fig. 5 for", "that."}},
        {"Please turn to page 12 now and read.", {"Please turn to", "page 12 now", "and read."}},
        {"Come back on Jan. 5 at noon.", {"Come back on", "Jan. 5 at", "noon."}},
    };
    for (const auto& [text, expected] : cases) {
        ClauseSplitter splitter;
        splitter.hurry_at(0);
        Texts got;
        std::int64_t now = 0;
        for (std::size_t i = 0; i < text.size();) {
            const auto end = std::min(text.find(' ', i), text.size() - 1) + 1;
            splitter.feed(text.substr(i, end - i), now);
            now += 1'000;
            while (auto clause = splitter.next(now)) got.push_back(to_utf8(clause->text));
            i = end;
        }
        splitter.finish();
        while (auto clause = splitter.next(now)) got.push_back(to_utf8(clause->text));
        EXPECT_EQ(got, expected) << text;
    }
}

TEST(Clauses, ALongMarkAtTheEndOfASpanIsWaitedFor) {
    const std::string mark(20, '`');
    const std::string inside = std::string(100, 'a') + ". B" + std::string(ClauseRules{}.span_max - 103, 'b');
    const std::string text = "One two " + mark + inside + mark + " and so on it goes.";
    ClauseSplitter at_once, in_pieces;
    at_once.feed(text);
    auto expected = all(at_once);
    at_once.finish();
    for (auto& clause : all(at_once)) expected.push_back(std::move(clause));
    Texts got;
    for (const char c : text) {
        in_pieces.feed(std::string(1, c));
        for (auto& clause : all(in_pieces)) got.push_back(std::move(clause));
    }
    in_pieces.finish();
    for (auto& clause : all(in_pieces)) got.push_back(std::move(clause));
    EXPECT_EQ(got, expected);
}

// A model that writes many words at once and then thinks: the voice does not fall silent with words at hand.
TEST(Clauses, WhatCameWithTheLastClauseIsHurriedToo) {
    ClauseSplitter splitter;
    splitter.feed("Well my dear friend, there are some more words here", 10);
    EXPECT_EQ(splitter.next(10)->text, U"Well my dear friend,");
    splitter.hurry_at(500);
    EXPECT_EQ(splitter.deadline_ms(), 500);
    EXPECT_FALSE(splitter.next(499));
    EXPECT_EQ(splitter.next(500)->text, U"there are some more words");
}

TEST(Clauses, TenThousandLettersWithoutASpaceComeInPieces) {
    ClauseSplitter splitter;
    splitter.feed(std::string(10'000, 'a'));
    std::size_t sum = 0, pieces = 0;
    splitter.finish();
    while (auto clause = splitter.next()) {
        EXPECT_LE(clause->text.size(), ClauseRules{}.length_max);
        sum += clause->text.size();
        ++pieces;
    }
    EXPECT_EQ(sum, 10'000u);
    EXPECT_GE(pieces, 25u);
}

TEST(Clauses, ALineThatBeginsWithCodeIsNoBlockOfIt) {
    const std::string text = "```print(1)``` writes a one. Then it is over.\nThat was all of it.";
    for (const bool whole : {true, false}) {
        ClauseSplitter splitter;
        Texts got;
        for (std::size_t i = 0; i < text.size(); i += whole ? text.size() : 1) {
            splitter.feed(text.substr(i, whole ? text.size() : 1));
            while (auto clause = splitter.next()) {
                EXPECT_FALSE(clause->code) << to_utf8(clause->text);
                got.push_back(to_utf8(clause->text));
            }
        }
        splitter.finish();
        while (auto clause = splitter.next()) {
            EXPECT_FALSE(clause->code) << to_utf8(clause->text);
            got.push_back(to_utf8(clause->text));
        }
        ASSERT_FALSE(got.empty());
        EXPECT_EQ(got.back(), "That was all of it.");
    }
}

// Joined by |: what is spoken, that is all but the blocks of code.
std::string spoken(std::string_view text, std::size_t step) {
    ClauseSplitter splitter;
    std::string out;
    const auto take = [&] {
        while (auto clause = splitter.next())
            if (!clause->code) out += (out.empty() ? "" : "|") + to_utf8(clause->text);
    };
    for (std::size_t i = 0; i < text.size(); i += step) {
        splitter.feed(text.substr(i, step));
        take();
    }
    splitter.finish();
    take();
    return out;
}

TEST(Clauses, BlocksOfCodeEndWhereCommonMarkEndsThem) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"So:\n```js\nlet a = 1;\n```\nDone.", "So:|Done."},
        {"~~~\nnever closed", ""},
        {"Look:\n```\n~~~\nsecret();\n```\nDone.", "Look:|Done."},
        {"Look:\n~~~\n```\nsecret();\n~~~\nDone.", "Look:|Done."},
        {"Look:\n````\n```\nsecret();\n```\n````\nDone.", "Look:|Done."},
        {"Look:\n```\nsecret();\n`````  \nDone.", "Look:|Done."},
        {"Look:\n```\n``` secret();\nagain();\n```\nDone.", "Look:|Done."},
        {"Look:\n```\n    ```\nsecret();\n```\nDone.", "Look:|Done."},
        {"Look:\n\n    ```\n    secret();\nDone.", "Look:|Done."},
        {"Look:\n    ~~~sh\n\n    secret();\n    ~~~\nDone.", "Look:|Done."},
        {"- Look:\n\n      ```\n      secret();\n\n  Done.", "- Look:|Done."},
        {"-     ```\n      secret();\n\n  Done.", "Done."},
        {">     ```\n>     secret();\n> Done.", "> Done."},
        {"\t```\n\tsecret();\nDone.", "Done."},
        {"> ```\n> secret();\n>    ```\n> Done.", "> Done."},
        {"   ```\n   secret();\n   ```\nDone.", "Done."},
        {"1. Run:\n   ```\n   secret();\n2. Then stop.", "1. Run:|2. Then stop."},
        {"- ```sh\n  secret\n\n  more\n- Then stop.", "- Then stop."},
        {"- Run:\n\n    ```\n    secret();\n    ```\n\n  Then stop.", "- Run:|Then stop."},
        {"10) ~~~\n    secret\n    ~~~\n    Then stop.", "Then stop."},
        {"> ```\n> secret\n\nDone.", "Done."},
        {"> ```\n> > secret\n> ```\n> Done.", "> Done."},
        {"> ```\n> secret\nDone.", "Done."},
        {"- Run:\n  ```\n  secret\n```\nhidden\n```\nDone.", "- Run:|Done."},
        {"Then write `~~~` and it is code.\nDone.", "Then write `~~~` and it is code.|Done."},
        {"Then write ~~~ and it is code.\nDone.", "Then write ~~~ and it is code.|Done."},
        {"-``` is no item.\nDone.", "-``` is no item.|Done."},
    };
    for (const auto& [text, expected] : cases)
        for (std::size_t step = 1; step <= text.size(); ++step)
            EXPECT_EQ(spoken(text, step), expected) << text << " by " << step;
}

TEST(Clauses, ALongBlockOfCodeIsNotKeptUntilItsEnd) {
    ClauseSplitter splitter;
    splitter.feed("Look:\n```\n");
    EXPECT_EQ(all(splitter), Texts{"Look:"});
    std::size_t code = 0;
    for (int i = 0; i < 1'000; ++i) {
        splitter.feed("one, two. three\n");
        while (auto clause = splitter.next()) {
            EXPECT_TRUE(clause->code);
            code += clause->text.size();
        }
    }
    EXPECT_GT(code, 10'000u);
    splitter.feed("```\nNow you know.");
    splitter.finish();
    const auto rest = all(splitter);
    EXPECT_EQ(rest.back(), "Now you know.");
}

}  // namespace

}  // namespace lares::voice
