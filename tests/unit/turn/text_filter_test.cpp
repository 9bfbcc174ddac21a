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

}  // namespace

}  // namespace lares::turn
