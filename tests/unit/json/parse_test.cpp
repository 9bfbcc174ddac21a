#include "json/parse.h"

#include <array>
#include <charconv>

#include <gtest/gtest.h>

#include "json/write.h"

namespace lares::json {
namespace {

std::string round_trip(std::string_view text) {
    auto value = parse_value(text);
    return value ? write(*value) : "error: " + value.error().message;
}

TEST(JsonParse, RoundTripsEveryKind) {
    EXPECT_EQ(round_trip(R"({"a":[1,-2,3.5,true,false,null],"b":{"c":"\u00e9\n"}})"),
              "{\"a\":[1,-2,3.5,true,false,null],\"b\":{\"c\":\"é\\n\"}}");
    EXPECT_EQ(round_trip("18446744073709551615"), "18446744073709551615");
    EXPECT_EQ(round_trip(" \"x\" "), "\"x\"");
}

TEST(JsonParse, NumbersAreTheNearestDouble) {
    for (const double number :
         {1199999999999999999999999999.0, 0.1, 2.2250738585072011e-308, 1.7976931348623157e308}) {
        std::array<char, 32> text;
        const auto end =
            std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::scientific).ptr;
        const auto value = parse_value({text.data(), static_cast<std::size_t>(end - text.data())});
        ASSERT_TRUE(value);
        EXPECT_EQ(value->as_double(), number);
    }
    EXPECT_EQ(parse_value("1199999999999999999999999999")->as_double(), 1199999999999999999999999999.0);
}

TEST(JsonParse, NegativeZeroKeepsItsSign) {
    EXPECT_EQ(round_trip("-0e1"), "-0.0");
    EXPECT_EQ(round_trip("-0.0"), "-0.0");
}

TEST(JsonParse, RefusesWhatTwoReadersCouldReadDifferently) {
    for (std::string_view text : {R"({"a":1,"a":2})",
                                  R"({"a":1,"\u0061":2})",
                                  R"([{"x":{"k":1,"k":1}}])",
                                  "1e999",
                                  "[-1e400]",
                                  "",
                                  "{",
                                  "[1,]",
                                  "{} {}",
                                  "nul",
                                  "'a'",
                                  "{a:1}",
                                  "[1] x",
                                  "// c\n1",
                                  "\"\xff\"",
                                  "\"\\ud800\"",
                                  "\"\xed\xa0\x80\"",
                                  "NaN",
                                  "Infinity",
                                  "01",
                                  "+1",
                                  ".5",
                                  "\"a\nb\""}) {
        auto value = parse_value(text);
        ASSERT_FALSE(value) << text;
        EXPECT_EQ(value.error().type, "invalid-json") << text;
        EXPECT_EQ(value.error().code, Code::bad_request);
        EXPECT_NE(value.error().message.find("at byte"), std::string::npos);
    }
}

TEST(JsonParse, NamesTheFieldWhoseTextIsNotUnicode) {
    const auto refused = [](std::string_view text) { return parse_value(text).error(); };
    const auto bytes = refused("{\"message\":\"a\xff\"}");
    EXPECT_EQ(bytes.field, "message");
    EXPECT_NE(bytes.message.find("must be valid UTF-8 (at byte 13)"), std::string::npos) << bytes.message;
    const auto nested =
        refused("{\"model\":\"m\",\"messages\":[{\"role\":\"user\"},{\"content\":\"\\ud800\"}]}");
    EXPECT_EQ(nested.field, "messages[1].content");
    EXPECT_NE(nested.message.find("surrogate"), std::string::npos) << nested.message;
    EXPECT_EQ(refused("{\"a\":tru}").field, "");
}

TEST(JsonParse, ReadsOtherProgramsLenientlyAndExactly) {
    Limits limits;
    limits.lenient = true;
    EXPECT_EQ(write(parse_value(R"({"a":1,"b":1e25,"a":0.1})", limits).value()), R"({"a":0.1,"b":1e+25})");
}

TEST(JsonParse, HalvesOfSurrogatePairsBecomeTheReplacement) {
    EXPECT_EQ(without_lone_surrogates(R"({"a":"\ud83d"})"), R"({"a":"\ufffd"})");
    EXPECT_EQ(without_lone_surrogates(R"("\ud83d\ud83d\ude00\ude00x")"), R"("\ufffd\ud83d\ude00\ufffdx")");
    EXPECT_EQ(without_lone_surrogates(R"("\\ud83d \ud83d\ude00 \u00e9")"), "");
    EXPECT_EQ(without_lone_surrogates(R"("\ud83d)"), R"("\ufffd)");
    EXPECT_EQ(without_lone_surrogates("\"\\"), "");
}

TEST(JsonParse, BoundsDepthBytesMembersAndValues) {
    const auto nested = [](int depth) {
        return std::string(static_cast<std::size_t>(depth), '[') +
               std::string(static_cast<std::size_t>(depth), ']');
    };
    EXPECT_TRUE(parse_value(nested(64)));
    EXPECT_FALSE(parse_value(nested(65)));
    EXPECT_FALSE(parse_value(nested(1'000'000)));
    EXPECT_EQ(parse_value("[1,2,3]", {.bytes = 6}).error().code, Code::too_large);
    EXPECT_TRUE(parse_value(R"({"a":1,"b":2})", {.members = 2}));
    EXPECT_FALSE(parse_value(R"({"a":1,"b":2,"c":3})", {.members = 2}));
    EXPECT_TRUE(parse_value(R"({"a":[0,[]]})", {.values = 4}));
    const auto many = parse_value(R"({"a":[0,[]]})", {.values = 3});
    ASSERT_FALSE(many);
    EXPECT_NE(many.error().message.find("more than 3 values"), std::string::npos) << many.error().message;
    std::string zeros = "[0";
    for (int i = 0; i < 1'000'000; ++i) zeros += ",0";
    EXPECT_FALSE(parse_value(zeros + "]"));
}

}  // namespace
}  // namespace lares::json
