#include "prompt/lore/reason.h"

#include <set>

#include <gtest/gtest.h>

namespace lares::prompt {
namespace {

TEST(Reason, EachHasACodeOfItsOwnAndWords) {
    std::set<std::string> codes, texts;
    for (int i = 0; i <= static_cast<int>(Why::group_score); ++i) {
        const Reason reason(static_cast<Why>(i), "about");
        EXPECT_TRUE(codes.insert(reason.code()).second) << reason.code();
        EXPECT_TRUE(texts.insert(reason.text()).second) << reason.text();
        EXPECT_EQ(reason.code().find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string::npos);
    }
}

TEST(Reason, SaysWhatItIsAbout) {
    EXPECT_EQ(Reason(Why::key, "fox {}").text(), "key \"fox {}\"");
    EXPECT_EQ(Reason(Why::budget, "100").text(), "does not fit into the budget of 100 tokens");
    EXPECT_EQ(Reason(Why::group_other, "den").code(), "group_other");
    EXPECT_EQ(Reason(Why::sticky).text(), "still active");
}

}  // namespace
}  // namespace lares::prompt
