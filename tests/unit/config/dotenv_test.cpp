#include "config/dotenv.h"

#include <gtest/gtest.h>

#include "config/toml.h"

namespace lares::config {
namespace {

std::string value_of(std::string_view text) {
    auto pairs = parse_dotenv(text, ".env");
    if (!pairs) return "error: " + pairs.error().message;
    return pairs->empty() ? "nothing" : pairs->back().first + "=" + pairs->back().second;
}

TEST(Dotenv, ReadsTheUsualForms) {
    EXPECT_EQ(value_of("A=b"), "A=b");
    EXPECT_EQ(value_of("  export A = b c  # comment"), "A=b c");
    EXPECT_EQ(value_of("A=b#c"), "A=b#c");
    EXPECT_EQ(value_of("A= # only a comment"), "A=");
    EXPECT_EQ(value_of("A="), "A=");
    EXPECT_EQ(value_of("A='x # \"y\" $HOME \\n'"), "A=x # \"y\" $HOME \\n");
    EXPECT_EQ(value_of("A=\"x\\n\\\"y\\\" # z\" # comment"), "A=x\n\"y\" # z");
    EXPECT_EQ(value_of("A=\"a\\qb\""), "A=a\\qb");
    EXPECT_EQ(value_of("\xef\xbb\xbf# bom\r\nA=b\r\n\r\n"), "A=b");
    EXPECT_EQ(value_of("A=x=y=="), "A=x=y==");
    EXPECT_EQ(value_of("\n\n# nothing\n"), "nothing");
}

TEST(Dotenv, NamesTheLineOfAnError) {
    EXPECT_EQ(value_of("A=1\nhello"), "error: .env, line 2: must be NAME=value");
    EXPECT_EQ(value_of("1A=2"), "error: .env, line 1: must be NAME=value");
    EXPECT_EQ(value_of("A-B=2"), "error: .env, line 1: must be NAME=value");
    EXPECT_EQ(value_of("A=\"x"), "error: .env, line 1: A has a quote that does not end, or text behind it");
    EXPECT_EQ(value_of("A='x' y"), "error: .env, line 1: A has a quote that does not end, or text behind it");
    EXPECT_EQ(value_of("A=1\nA=2"), "error: .env, line 2: A is set twice; keep one");
}

TEST(Toml, ReadsScalarsAndLists) {
    auto pairs = parse_toml(
        "\xef\xbb\xbf# über alles\r\n"
        "app_port = 3_001 # comment\r\n"
        "CORS_ORIGINS = [\"http://a\", # first\n  'http://b',\n]\n"
        "log_level='warn'\n"
        "a-1 = \"q\\\" \\\\ \\t \\u00e9 \\U0001F600 #\"\n"
        "empty = []\n"
        "flag = true\n"
        "minus = -7",
        "x.toml");
    ASSERT_TRUE(pairs) << pairs.error().message;
    EXPECT_EQ(*pairs, (Pairs{{"APP_PORT", "3001"},
                             {"CORS_ORIGINS", "http://a,http://b"},
                             {"LOG_LEVEL", "warn"},
                             {"A-1", "q\" \\ \t é 😀 #"},
                             {"EMPTY", ""},
                             {"FLAG", "true"},
                             {"MINUS", "-7"}}));
}

TEST(Toml, NamesTheLineOfAnError) {
    for (std::string_view text : {"\na = \n",
                                  "\na = 1.5\n",
                                  "\n[table]\nx = 1\n",
                                  "\na = [[1]]\n",
                                  "\na = [\"x,y\"]\n",
                                  "\na = 1979-05-27\n",
                                  "a = 1\nA = 2\n",
                                  "\na = \"\x01\"\n",
                                  "\n[\x02]]\n",
                                  "\na = '\xff'\n",
                                  "\na = 'x\n'",
                                  "\na = \"x",
                                  "\na = 1 2",
                                  "\na.b = 1",
                                  "\n= 1",
                                  "\na",
                                  "\n\"a\" = 1",
                                  "\na = 0x10",
                                  "\na = 01",
                                  "\na = 1__0",
                                  "\na = _1",
                                  "\na = +",
                                  "\na = [1 2]",
                                  "\na = [1",
                                  "\na = \"\\x41\"",
                                  "\na = \"\\ud800\"",
                                  "\na = \"\"\"x\"\"\"",
                                  "\n# \xff",
                                  "\na = 1 \x01",
                                  "\na = {b = 1}"}) {
        auto pairs = parse_toml(text, "x.toml");
        ASSERT_FALSE(pairs) << text;
        EXPECT_TRUE(pairs.error().message.starts_with("x.toml, line 2: ")) << pairs.error().message;
        EXPECT_GT(pairs.error().message.size(), 20u) << text;
    }
}

}  // namespace
}  // namespace lares::config
