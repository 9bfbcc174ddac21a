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
        "app_port = 3001\nCORS_ORIGINS = [\"http://a\", \"http://b\"]\nlog_level = 'warn'\n", "x.toml");
    ASSERT_TRUE(pairs) << pairs.error().message;
    EXPECT_EQ(*pairs,
              (Pairs{{"CORS_ORIGINS", "http://a,http://b"}, {"APP_PORT", "3001"}, {"LOG_LEVEL", "warn"}}));
}

TEST(Toml, NamesTheLineOfAnError) {
    for (std::string_view text :
         {"a = \n", "\na = 1.5\n", "[table]\nx = 1\n", "a = [[1]]\n", "a = [\"x,y\"]\n", "a = 1979-05-27\n",
          "a = 1\nA = 2\n", "a = \"\x01\"\n", "\n[\x02]]\n", "a = '\xff'\n"}) {
        auto pairs = parse_toml(text, "x.toml");
        ASSERT_FALSE(pairs) << text;
        EXPECT_TRUE(pairs.error().message.starts_with("x.toml, line ")) << pairs.error().message;
    }
}

}  // namespace
}  // namespace lares::config
