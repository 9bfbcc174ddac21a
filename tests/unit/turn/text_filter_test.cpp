#include "turn/text_filter.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace lares::turn {

namespace {

std::string whole(std::string_view bytes, std::size_t cut) {
    TextFilter filter;
    auto out = filter.feed(bytes.substr(0, cut));
    EXPECT_TRUE(is_utf8(out));
    out += filter.feed(bytes.substr(cut));
    return out + filter.finish();
}

TEST(TextFilter, CutAtEveryByteTheTextIsTheSame) {
    const std::string text = "Zoë said: „naïve“ 😀 漢字.";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) EXPECT_EQ(whole(text, cut), text);
}

TEST(TextFilter, WhatIsNotTextBecomesTheReplacement) {
    const std::string bad[] = {
        "a\xff"
        "b",
        std::string("a\0b", 3),
        "a\xed\xa0\x80"
        "b",
        "a\xf0\x9f\x98"};
    for (const auto& bytes : bad) {
        const auto at_once = whole(bytes, bytes.size());
        EXPECT_TRUE(is_utf8(at_once));
        EXPECT_EQ(at_once.find('\0'), std::string::npos);
        EXPECT_NE(at_once.find("\xEF\xBF\xBD"), std::string::npos);
        EXPECT_TRUE(at_once.starts_with('a'));
        for (std::size_t cut = 0; cut <= bytes.size(); ++cut) EXPECT_EQ(whole(bytes, cut), at_once);
    }
}

struct Filtered {
    std::string text;
    std::vector<std::pair<std::string, std::int64_t>> feelings;
};

Filtered filtered(std::string_view raw, std::size_t step) {
    TextFilter filter;
    Filtered out;
    const auto take = [&](std::string text) {
        out.text += text;
        for (auto& feeling : filter.take_feelings()) out.feelings.emplace_back(feeling.emotion, feeling.at);
    };
    for (std::size_t at = 0; at < raw.size(); at += step) take(filter.feed(raw.substr(at, step)));
    take(filter.finish());
    return out;
}

TEST(TextFilter, ThoughtsAndFeelingsAreTakenAway) {
    struct Case {
        std::string raw, text;
        std::vector<std::pair<std::string, std::int64_t>> feelings;
    };
    const Case cases[] = {
        {"<think>a [sad] <b> c</think>\n\nHello", "Hello", {}},
        {"Hi\n<THINKING>no</thinking> you", "Hi\nyou", {}},
        {"[happy] Hello [emotion: angry]there", "Hello there", {{"happy", 0}, {"angry", 5}}},
        {"Zoë [joy]! a<b [1] [link](x) [hap", "Zoë! a<b [1] [link](x) [hap", {{"happy", 3}}},
        {"<think>never closed", "", {}},
        {"a <thin line", "a <thin line", {}},
        {"x </think> y", "x y", {}},
        {"[Surprised]", "", {{"surprised", 0}}},
        {"[emotion:      surprised, he said] on", "[emotion:      surprised, he said] on", {}},
        {"[emotion:     surprised]a", "a", {{"surprised", 0}}},
        {"[emotion:      surprised]a", "[emotion:      surprised]a", {}},
    };
    for (const auto& each : cases)
        for (std::size_t step = 1; step <= each.raw.size(); ++step) {
            const auto out = filtered(each.raw, step);
            EXPECT_EQ(out.text, each.text) << each.raw << " by " << step;
            EXPECT_EQ(out.feelings, each.feelings) << each.raw << " by " << step;
        }
}

TEST(TextFilter, WhoWritesAboutTagsKeepsThem) {
    const std::string kept[] = {
        "The `<think>` tag marks reasoning. Models write it before `</think>` and the answer.",
        "I love you. <thought> Is that so? Yes.",
        "Hi <think>no</think> you",
        "Hello.\n<think>\nIt never ends [sad].",
        "Write `row[calm]` here, or list[joy] = 1, Ä[joy], x_[sad]",
        "[calm](https://x.org) [calm][1]\n[calm]: https://x.org",
        "<b>[content]</b>",
        "```py\n[happy]\n<think>\n~~~\n```\n",
        "- ````\n  ```\n  <think>\n  ````x\n  [sad]",
        "~~~\n[happy]",
    };
    for (const auto& text : kept)
        for (std::size_t step = 1; step <= text.size(); ++step) {
            const auto out = filtered(text, step);
            EXPECT_EQ(out.text, text) << "by " << step;
            EXPECT_TRUE(out.feelings.empty()) << text << " by " << step;
        }
}

TEST(TextFilter, BehindCodeTagsAreTagsAgain) {
    const std::pair<std::string, std::string> cases[] = {
        {"`a`\n[happy] b", "`a`\nb"},
        {"a ` b\n[happy] c", "a ` b\nc"},
        {"```x``` y [happy] z", "```x``` y z"},
        {"```\nx\n```\n[happy] z", "```\nx\n```\nz"},
        {"~~~\nx\n~~~~ \n<think>no</think> z", "~~~\nx\n~~~~ \nz"},
        {"- ```\n  [sad]\n[happy] z", "- ```\n  [sad]\nz"},
        {"> ~~~\n> [sad]\n\n[happy] z", "> ~~~\n> [sad]\n\nz"},
        {"Hello. [happy]\nYou.", "Hello.\nYou."},
        {"Hello. [happy] \n\n[sad]\nYou.", "Hello.\n\nYou."},
        {"你好[happy]。", "你好。"},
    };
    for (const auto& [raw, text] : cases)
        for (std::size_t step = 1; step <= raw.size(); ++step)
            EXPECT_EQ(filtered(raw, step).text, text) << raw << " by " << step;
}

TEST(TextFilter, NoSpaceStandsInForAFeeling) {
    const std::pair<std::string, std::string> cases[] = {
        {"Hello [happy] world", "Hello world"},
        {"Hello  [happy]  [sad] world ", "Hello  world "},
        {"Hello [happy]world", "Hello world"},
        {"Well [happy]! And [sad], then [calm].", "Well! And, then."},
        {"(Yes [happy]) “No [sad]” 好 [joy]。", "(Yes) “No” 好。"},
        {"Hello [happy] :)", "Hello :)"},
        {"Hello\u2000 [happy] \u2000you", "Hello\u2000\u2000you"},
        {"Hello. [happy]", "Hello."},
        {"Hello. \t[happy] ", "Hello."},
        {"Hello. [happy]\r\nYou. [sad]", "Hello.\r\nYou."},
        {"Hello. [happy] \n  - a [sad]\n  - [joy] b", "Hello.\n  - a\n  - b"},
        {"1. [happy] One\n    [sad] two", "1. One\n    two"},
        {"He said: [happy] \"Hi\" `a [sad] b`", "He said: \"Hi\" `a [sad] b`"},
    };
    for (const auto& [raw, text] : cases)
        for (std::size_t step = 1; step <= raw.size(); ++step)
            EXPECT_EQ(filtered(raw, step).text, text) << raw << " by " << step;
    // Without a tag not a blank is lost.
    const std::string plain = "  a  b \t\n\t c [d] \n ";
    for (std::size_t cut = 0; cut <= plain.size(); ++cut) EXPECT_EQ(whole(plain, cut), plain);
}

TEST(TextFilter, WhatMayStillGoIsHeld) {
    TextFilter filter;
    EXPECT_EQ(filter.feed("Hello "), "Hello");
    EXPECT_TRUE(filter.holds());
    EXPECT_EQ(filter.feed("you"), " you");
    EXPECT_FALSE(filter.holds());
    EXPECT_EQ(filter.feed(" [hap"), "");
    EXPECT_TRUE(filter.holds());
    EXPECT_EQ(filter.feed("py].\n"), ".\n");
    EXPECT_FALSE(filter.holds());
}

TEST(TextFilter, EveryCharacterKnowsItsPlaceInTheRawText) {
    const std::string raw = "<think>äö</think> Zoë [happy] sagt [sad]: „ja [joy]“ [calm]. Wer? [smile] Ich.";
    TextFilter filter;
    auto text = filter.feed(raw);
    text += filter.finish();
    EXPECT_FALSE(filter.untouched());
    for (std::size_t i = 0; i < count_code_points(text); ++i) {
        const auto shown = text.substr(utf8_offset(text, i), utf8_offset(text, i + 1) - utf8_offset(text, i));
        EXPECT_EQ(raw.substr(utf8_offset(raw, filter.raw_place(i)), shown.size()), shown) << i;
    }
    TextFilter plain;
    plain.feed("plain [text](here)");
    plain.finish();
    EXPECT_TRUE(plain.untouched());
}

}  // namespace

}  // namespace lares::turn
