#include "turn/titles.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace lares::turn {
namespace {

TEST(TitleFrom, TakesTheFirstLineThatSaysSomethingWithoutItsMarks) {
    EXPECT_EQ(title_from("Tea in the rain"), "Tea in the rain");
    EXPECT_EQ(title_from("\n \"**Tea in the rain**.\"\nand more"), "Tea in the rain");
    EXPECT_EQ(title_from("Title: Tea in the rain."), "Tea in the rain");
    EXPECT_EQ(title_from("\u201cTea\u201d"), "Tea");
    EXPECT_EQ(title_from("And then..."), "And then...");
    EXPECT_EQ(title_from(" \n\"\"\n***\n"), "");
    EXPECT_EQ(title_from(""), "");
}

TEST(TitleFrom, SaysNothingTwice) {
    EXPECT_EQ(title_from("You're a flower. You're a flower. You're a flower. You're a"), "You're a flower");
    EXPECT_EQ(title_from("Dr. Moor calls. Dr. Moor calls."), "Dr. Moor calls");
    EXPECT_EQ(title_from("Mr. Moor and Mr. Fell"), "Mr. Moor and Mr. Fell");
}

TEST(TitleFrom, IsValidAndBounded) {
    std::string longest;
    for (int i = 0; i < 1000; ++i) longest += "\u00e9";
    const auto title = title_from(longest);
    EXPECT_TRUE(is_utf8(title));
    EXPECT_EQ(title.size(), 2 * chat::Limits::title_max);
    EXPECT_EQ(title_from("a\xff\nb"), "b");
}

}  // namespace
}  // namespace lares::turn
