#include "prompt/lore/regex.h"

#include <gtest/gtest.h>

namespace lares::prompt::lore {
namespace {

// -1: literal text, else whether it matches.
int found(std::string_view key, std::string_view text) {
    const auto literal = regex_literal(key);
    const auto regex = literal ? KeyRegex::compile(*literal) : nullptr;
    RegexBudget budget;
    return regex ? regex->matches(text, budget) : -1;
}

bool linear(std::string_view key) {
    return KeyRegex::compile(*regex_literal(key))->linear() != nullptr;
}

TEST(Regex, needs_slashes_and_known_flags) {
    EXPECT_FALSE(regex_literal("lamp"));
    EXPECT_FALSE(regex_literal("/lamp"));
    EXPECT_FALSE(regex_literal("//"));
    EXPECT_FALSE(regex_literal("/lamp/x"));
    EXPECT_FALSE(regex_literal("/a/b/"));
    EXPECT_TRUE(regex_literal("/a\\/b/i"));
}

TEST(Regex, what_javascript_refuses_is_literal_text) {
    for (const auto* key : {"/(/", "/a**/", "/[/", "/)/", "/a{2,1}/", "/*a/", "/a*+/", "/[b-a]/", "/\\/",
                            "/(?<1>a)/", "/lamp/ii", "/(?<n>a)(?<n>b)/"}) {
        EXPECT_EQ(found(key, "aab"), -1) << key;
    }
}

TEST(Regex, reads_as_javascript_does) {
    const std::tuple<const char*, const char*, int> cases[] = {{"/lamp/", "the lamp", 1},
                                                               {"/LAMP/", "lamp", 0},
                                                               {"/LAMP/i", "lamp", 1},
                                                               {"/^lamp/", "a\nlamp", 0},
                                                               {"/^lamp/m", "a\nlamp", 1},
                                                               {"/a.b/", "a\nb", 0},
                                                               {"/a.b/s", "a\nb", 1},
                                                               {"/a[^]b/", "a\nb", 1},
                                                               {"/[]/", "x", 0},
                                                               {"/\\x41/", "A", 1},
                                                               {"/\\u0041/", "A", 1},
                                                               {"/\\cJ/", "\n", 1},
                                                               {"/a{,2}/", "a{,2}", 1},
                                                               {"/x]/", "x]", 1},
                                                               {"/\\d+\\s\\w/", "12 a", 1},
                                                               {"/[\\w-.]/", "-", 1},
                                                               {"/\\_/", "_", 1},
                                                               {"/b$/", "b\n", 0},
                                                               {"/(?=.*x)(?=.*y)/", "y x", 1},
                                                               {"/(a)\\1/", "aa", 1},
                                                               {"/(?<n>a)\\k<n>/", "aa", 1},
                                                               {"/(?<!a)b/", "ab", 0},
                                                               {"/(?<!a)b/", "cb", 1},
                                                               {"/\\s/",
                                                                "a\xc2\xa0"
                                                                "b",
                                                                1},
                                                               {"/\\u{1F600}/u", "\xf0\x9f\x98\x80", 1},
                                                               {"/\\ud83d\\ude00/", "\xf0\x9f\x98\x80", 1},
                                                               {"/lamp/y", "a lamp", 0},
                                                               {"/lamp/y", "lamp", 1}};
    for (const auto& [key, text, expected] : cases)
        EXPECT_EQ(found(key, text), expected) << key << " in " << text;
}

TEST(Regex, repeats_beyond_the_linear_engine) {
    EXPECT_EQ(found("/a{1001}/", std::string(1'001, 'a')), 1);
    EXPECT_EQ(found("/a{1001}/", std::string(1'000, 'a')), 0);
}

TEST(Regex, is_linear_where_it_can_be) {
    EXPECT_TRUE(linear("/(a+)+b/"));
    EXPECT_FALSE(linear("/(a)\\1/"));
    EXPECT_FALSE(linear("/a(?=b)/"));
}

TEST(Regex, a_pattern_that_explodes_gives_up) {
    EXPECT_EQ(found("/^(?=(a+)+$)b/", std::string(100, 'a') + "c"), 0);
    EXPECT_EQ(found("/(a*)*\\1b/", std::string(5'000, 'a')), 0);
}

TEST(Regex, knows_whether_a_match_may_cross_messages) {
    const auto crosses = [](std::string_view key) {
        return KeyRegex::compile(*regex_literal(key))->crosses();
    };
    EXPECT_FALSE(crosses("/\\bMira(?:s|'s)?\\b/i"));
    EXPECT_FALSE(crosses("/(?:old|young)\\s+Mira/"));
    EXPECT_TRUE(crosses("/lamp[\\s\\S]*rope/"));
    EXPECT_TRUE(crosses("/lamp[^x]*rope/"));
    EXPECT_TRUE(crosses("/^lamp/"));
    EXPECT_FALSE(crosses("/^lamp/m"));
    EXPECT_TRUE(crosses("/lamp.*rope/s"));
}

TEST(Regex, stops_when_the_budget_is_spent) {
    const auto regex = KeyRegex::compile(*regex_literal("/a/"));
    RegexBudget budget{1};
    EXPECT_TRUE(regex->matches("aaaa", budget));
    EXPECT_EQ(budget.left, 0u);
    EXPECT_FALSE(regex->matches("aaaa", budget));
}

}  // namespace
}  // namespace lares::prompt::lore
