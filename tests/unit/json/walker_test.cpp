#include <gtest/gtest.h>

#include "json/json.h"

namespace lares::json {
namespace {

struct MessageTag {
    static constexpr std::string_view kind = "message";
};
enum class Tone { calm, loud, new_ };
BOOST_DESCRIBE_ENUM(Tone, calm, loud, new_)

bool is_slug(std::string_view text) {
    return text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == text.npos;
}
constexpr Pattern slug{"^[a-z-]+$", "lower-case letters and dashes", is_slug};

struct Part {
    std::string text;
    std::optional<Id<MessageTag>> parent_id;
    Tone tone = Tone::calm;
};
BOOST_DESCRIBE_STRUCT(Part, (), (text, parent_id, tone))
constexpr auto json_rules(const Part*) {
    return std::array{length("text", 1, 5)};
}
constexpr auto json_optional(const Part*) {
    return std::array<std::string_view, 1>{"tone"};
}

struct Request {
    Id<MessageTag> id;
    std::vector<Part> parts;
    std::optional<double> temperature;
    int count = 3;
    bool class_ = false;
    std::vector<std::string> tags;
    std::map<std::string, std::int64_t> weights;
    boost::json::object extra;
    std::string name;
};
BOOST_DESCRIBE_STRUCT(Request, (), (id, parts, temperature, count, class_, tags, weights, extra, name))
constexpr auto json_rules(const Request*) {
    return std::array{items("parts", 1, 2), range("temperature", 0, 2), range("count", 1, 9),
                      length("tags", 1, 3), pattern_name("name", slug)};
}
constexpr auto json_optional(const Request*) {
    return std::array<std::string_view, 6>{"count", "class", "tags", "weights", "extra", "name"};
}

struct Sparse {
    std::optional<int> a;
    std::optional<int> b;
};
BOOST_DESCRIBE_STRUCT(Sparse, (), (a, b))
constexpr bool json_omits_empty(const Sparse*) {
    return true;
}

struct Credentials {
    SecretText password;
};
BOOST_DESCRIBE_STRUCT(Credentials, (), (password))

struct Widths {
    std::uint8_t small = 0;
    std::int32_t medium = 0;
    std::uint64_t large = 0;
};
BOOST_DESCRIBE_STRUCT(Widths, (), (small, medium, large))

constexpr std::string_view id_text = "01hf3v6gk2000000000000000g";

std::string request(std::string_view rest) {
    return R"({"id":")" + std::string(id_text) + "\"," + std::string(rest) + "}";
}

// field: rule, of the first error.
std::string refusal(std::string_view text) {
    auto parsed = parse<Request>(text);
    if (parsed) return "accepted";
    EXPECT_EQ(parsed.error().code, Code::bad_request);
    EXPECT_EQ(parsed.error().type, "invalid-field");
    EXPECT_EQ(parsed.error().message.substr(0, parsed.error().field.size()), parsed.error().field);
    return parsed.error().message;
}

TEST(JsonWalker, ReadsNestedStructsAndKeepsDefaults) {
    auto parsed = parse<Request>(request(
        R"("parts":[{"text":"hé","tone":"new"},{"text":"b","parent_id":null}],"class":true,"temperature":1,)"
        R"("tags":["a"],"weights":{"x":7},"extra":{"deep":[1]},"unknown":{"ignored":1})"));
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->id.text(), id_text);
    ASSERT_EQ(parsed->parts.size(), 2u);
    EXPECT_EQ(parsed->parts[0].tone, Tone::new_);
    EXPECT_EQ(parsed->parts[1].tone, Tone::calm);
    EXPECT_FALSE(parsed->parts[1].parent_id);
    EXPECT_EQ(parsed->temperature, 1.0);
    EXPECT_EQ(parsed->count, 3);
    EXPECT_TRUE(parsed->class_);
    EXPECT_EQ(parsed->weights.at("x"), 7);
    EXPECT_EQ(write(parsed->extra), R"({"deep":[1]})");
}

TEST(JsonWalker, NullEqualsAbsent) {
    auto parsed = parse<Request>(request(R"("parts":[{"text":"a"}],"temperature":null,"count":null)"));
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_FALSE(parsed->temperature);
    EXPECT_EQ(parsed->count, 3);
    EXPECT_EQ(refusal(request(R"("parts":null)")), "parts: is required");
}

TEST(JsonWalker, NamesThePathAndTheRule) {
    EXPECT_EQ(refusal("[]"), "body: must be an object");
    EXPECT_EQ(refusal(R"({"parts":[]})"), "id: is required");
    EXPECT_EQ(refusal(R"({"id":"x"})"), "id: must be the 26-character id of a message");
    EXPECT_EQ(refusal(request(R"("parts":{})")), "parts: must be a list");
    EXPECT_EQ(refusal(request(R"("parts":[])")), "parts: must be 1 to 2 items");
    EXPECT_EQ(refusal(request(R"("parts":[{"text":"a"},{}])")), "parts[1].text: is required");
    EXPECT_EQ(refusal(request(R"("parts":[{"text":"a"},{"text":"abcdef"}])")),
              "parts[1].text: must be 1 to 5 characters");
    EXPECT_EQ(refusal(request(R"("parts":[{"text":"ééééé"}])")), "accepted");
    EXPECT_EQ(refusal(request(R"("parts":[{"text":"a\u0000"}])")), "parts[0].text: must not contain U+0000");
    EXPECT_EQ(refusal(request(R"("parts":[{"text":"a","tone":"shy"}])")),
              "parts[0].tone: must be one of: calm, loud, new");
    EXPECT_EQ(refusal(request(R"("parts":[{"text":"a"}],"temperature":2.5)")), "temperature: must be 0 to 2");
    EXPECT_EQ(refusal(request(R"("parts":[{"text":"a"}],"temperature":"1")")),
              "temperature: must be a number");
    EXPECT_EQ(refusal(request(R"("parts":[{"text":"a"}],"count":1.5)")), "count: must be an integer");
    EXPECT_EQ(refusal(request(R"("parts":[{"text":"a"}],"count":0)")), "count: must be 1 to 9");
    EXPECT_EQ(refusal(request(R"("parts":[{"text":"a"}],"class":1)")), "class: must be true or false");
    EXPECT_EQ(refusal(request(R"("parts":[{"text":"a"}],"tags":["a","abcd"])")),
              "tags[1]: must be 1 to 3 characters");
    EXPECT_EQ(refusal(request(R"("parts":[{"text":"a"}],"weights":{"x":"y"})")),
              "weights.x: must be an integer");
    // A key that is no name is not repeated.
    EXPECT_EQ(refusal(request(R"("parts":[{"text":"a"}],"weights":{"what I said":"y"})")),
              "weights.*: must be an integer");
    EXPECT_EQ(refusal(request(R"("parts":[{"text":"a"}],"name":"A!")")),
              "name: must be lower-case letters and dashes");
}

TEST(JsonWalker, IntegersKeepTheirWidth) {
    auto parsed = parse<Widths>(R"({"small":255,"medium":-2147483648,"large":18446744073709551615})");
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->large, 18446744073709551615ull);
    EXPECT_TRUE(parse<Widths>(R"({"small":16.0,"medium":1e3,"large":5})"));
    EXPECT_EQ(parse<Widths>(R"({"small":256,"medium":0,"large":0})").error().message,
              "small: must be an integer from 0 to 255");
    EXPECT_FALSE(parse<Widths>(R"({"small":-1,"medium":0,"large":0})"));
    EXPECT_FALSE(parse<Widths>(R"({"small":0,"medium":2147483648,"large":0})"));
    EXPECT_FALSE(parse<Widths>(R"({"small":0,"medium":0,"large":-1})"));
    EXPECT_FALSE(parse<Widths>(R"({"small":0,"medium":0,"large":1e30})"));
    EXPECT_FALSE(parse<Widths>(R"({"small":true,"medium":0,"large":1})"));
}

TEST(JsonWalker, ReadsTextOfAQuery) {
    const boost::json::object query{{"id", id_text}, {"parts", boost::json::array{{{"text", "a"}}}},
                                    {"count", "7"},  {"class", "true"},
                                    {"tags", "one"}, {"temperature", "0.5"}};
    auto parsed = from_value<Request>(query, "", Source::text);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->count, 7);
    EXPECT_TRUE(parsed->class_);
    EXPECT_EQ(parsed->tags, std::vector<std::string>{"one"});
    EXPECT_EQ(parsed->temperature, 0.5);
    EXPECT_EQ(from_value<Request>(
                  {{"id", id_text}, {"parts", boost::json::array{{{"text", "a"}}}}, {"count", "10"}}, "q",
                  Source::text)
                  .error()
                  .field,
              "q.count");
    EXPECT_FALSE(from_value<Request>(query));  // as JSON, text is no number
}

TEST(JsonWalker, SecretsAreReadAndNeverWritten) {
    auto parsed = parse<Credentials>(R"({"password":"hunter22"})");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->password.reveal(), "hunter22");
    EXPECT_EQ(write(schema<Credentials>()["properties"]),
              R"({"password":{"type":"string","format":"password","writeOnly":true}})");
}

TEST(JsonWalker, WritesWhatItReads) {
    auto parsed = parse<Request>(request(
        R"("parts":[{"text":"\"\\\n\u0001é","parent_id":"01hf3v6gk2000000000000001g","tone":"loud"}],"tags":["b"],"name":"x")"));
    ASSERT_TRUE(parsed) << parsed.error().message;
    const std::string text = write(*parsed);
    EXPECT_EQ(
        text,
        R"({"id":"01hf3v6gk2000000000000000g","parts":[{"text":"\"\\\n\u0001é",)"
        R"("parent_id":"01hf3v6gk2000000000000001g","tone":"loud"}],"temperature":null,"count":3,"class":false,)"
        R"("tags":["b"],"weights":{},"extra":{},"name":"x"})");
    EXPECT_EQ(write(to_value(*parsed)), text);
    EXPECT_EQ(write(*parse<Request>(text)), text);
}

TEST(JsonWalker, LeavesOutEmptyOptionalsWhereAsked) {
    EXPECT_EQ(write(Sparse{{}, 2}), R"({"b":2})");
    EXPECT_EQ(write(to_value(Sparse{1, {}})), R"({"a":1})");
    EXPECT_EQ(write(Sparse{}), "{}");
}

TEST(JsonWalker, WritesOnlyValidJson) {
    EXPECT_EQ(write(std::string("a\xff\xe2\x82"
                                "b")),
              "\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
              "b\"");
    EXPECT_EQ(write(std::numeric_limits<double>::infinity()), "null");
    EXPECT_EQ(write(0.1), "0.1");
    EXPECT_EQ(write(std::vector<bool>{}.size()), "0");
    EXPECT_TRUE(to_value(std::numeric_limits<double>::quiet_NaN()).is_null());
}

TEST(JsonWalker, CollectsEveryTypedId) {
    auto parsed = parse<Request>(
        request(R"("parts":[{"text":"a"},{"text":"b","parent_id":"01hf3v6gk2000000000000001g"}])"));
    ASSERT_TRUE(parsed);
    const auto found = ids(*parsed);
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].field, "id");
    EXPECT_EQ(found[0].kind, "message");
    EXPECT_EQ(found[0].value.text(), id_text);
    EXPECT_EQ(found[1].field, "parts[1].parent_id");
    EXPECT_EQ(found[1].value.text(), "01hf3v6gk2000000000000001g");
}

}  // namespace
}  // namespace lares::json
