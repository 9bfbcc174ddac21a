// Bodies that pass through and are only looked at: what is seen of them is what reading them whole would say.
#include "gateway/passing.h"

#include <gtest/gtest.h>

#include "gateway/foreign.h"
#include "gateway/providers/codec.h"
#include "gateway/raw_json.h"

namespace lares::gateway {
namespace {

std::string members(std::string_view json) {
    std::string out;
    const bool whole = each_member(json, [&](std::string_view key, std::string_view value) {
        out.append(key).append("=").append(value).append(";");
    });
    return whole ? out : "no";
}

TEST(RawJson, TellsMembersFromEachOther) {
    EXPECT_EQ(members(R"({})"), "");
    EXPECT_EQ(members(R"( {"a" : 1 , "b":[{"a":"]}"},2],"c":"x\\\"y", "d":{"e":null} ,"f":-1.5e3} )"),
              R"(a=1;b=[{"a":"]}"},2];c="x\\\"y";d={"e":null};f=-1.5e3;)");
    for (const std::string_view json :
         {"", " ", "[]", "1", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{\"a\":}",
          "{\"a\" 1}", "{\"a\":\"x}", "{\"a\":[1}", "{\"a\":1}x", "{\"a\\u0062\":1}", "{a:1}", "{\"a\":1 2}"})
        EXPECT_EQ(members(json), "no") << json;
}

// How a decoder says that the answer ended: with what, at what cost.
std::string told(bool whole, bool passes, std::string_view bytes, std::size_t piece) {
    const auto decoder = openai_codec().decoder(whole, passes);
    std::vector<Event> events;
    Result<void> went;
    for (std::size_t at = 0; went && at < bytes.size(); at += piece)
        went = decoder->feed(bytes.substr(at, piece), events);
    if (went) went = decoder->finish(events);
    if (!went) return went.error().type + " " + went.error().message;
    const auto& end = decoder->end();
    return std::to_string(end.usage.prompt) + " " + std::to_string(end.usage.reused) + " " +
           std::to_string(end.usage.completion) + " " + std::to_string(end.usage.reasoning) +
           (end.usage_known ? " known" : " unknown");
}

std::string chunk(std::string_view choice, std::string_view more = {}) {
    return R"(data: {"id":"c","object":"chat.completion.chunk","model":"m","choices":[{"index":0,)" +
           std::string(choice) + "}]" + std::string(more) + "}\n\n";
}

TEST(PassingDecoder, ReadsOfAStreamWhatReadingItWholeWould) {
    const std::string word =
        chunk(R"("delta":{"role":"assistant","content":"a \"usage\" error"},"finish_reason":null)");
    const std::string stop = chunk(R"("delta":{},"finish_reason":"stop")");
    const std::string usage =
        "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":64,"
        "\"prompt_tokens_details\":{\"cached_tokens\":5},\"completion_tokens_details\":{\"reasoning_tokens\":"
        "3}}}\n\n";
    const std::string done = "data: [DONE]\n\n";
    const std::string call = chunk(
        R"("delta":{"tool_calls":[{"index":0,"id":"t","function":{"name":"f","arguments":"{}"}}]},"finish_reason":null)");
    for (const auto& stream :
         {word + word + stop + usage + done, word + stop + done, word + stop, word + word, done,
          std::string(), ": ping\n\n" + word + ": ping\r\n\r\n" + stop + usage + done,
          call + stop + usage + done,
          word +
              chunk(R"("delta":{"content":"x"},"finish_reason" : "length")",
                    R"(,"usage":{"prompt_tokens":1})") +
              done,
          word + "data: {\"error\":{\"message\":\"m\",\"type\":\"server_error\"}}\n\n" + done,
          word + chunk(R"("delta":{},"finish_reason":"error")"), word + "data: not json\n\n" + done,
          word + "event: error\ndata: {\"object\":\"error\",\"message\":\"m\"}\n\n",
          word + "data: {\"x_groq\":{\"usage\":{\"prompt_tokens\":7}}}\n\n" + stop + done})
        for (const std::size_t piece :
             {std::size_t{1}, std::size_t{7}, std::size_t{64}, std::size_t{100'000}})
            EXPECT_EQ(told(false, true, stream, piece), told(false, false, stream, piece)) << stream;
}

TEST(PassingDecoder, ReadsOfAWholeAnswerWhatReadingItWholeWould) {
    const std::string choices =
        R"("choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}])";
    for (const std::string& body : std::vector<std::string>{
             "{\"object\":\"chat.completion\"," + choices +
                 R"(,"usage":{"prompt_tokens":12,"completion_tokens":3}})",
             "{" + choices + "}", "{" + choices + R"(,"usage":null})", "{" + choices + R"(,"usage":{}})",
             R"({"usage":{"prompt_tokens":12}})", R"({"object":"error","message":"m"})",
             R"({"error":{"message":"m"},)" + choices + "}",
             "{" + choices + R"(,"x_groq":{"usage":{"prompt_tokens":7}}})", "{" + choices, std::string("[]"),
             std::string("garbage"), std::string()})
        EXPECT_EQ(told(true, true, body, 100), told(true, false, body, 100)) << body;
}

TEST(PassingDecoder, ReadsHowLongTheSoundWas) {
    EXPECT_EQ(seconds_of_answer(R"({"text":"hi","usage":{"type":"duration","seconds":12}})"), 12);
    EXPECT_EQ(seconds_of_answer(R"({"task":"transcribe","duration":8.5,"text":"hi"})"), 8.5);
    EXPECT_EQ(seconds_of_answer(R"({"text":"hi"})"), 0);
    EXPECT_EQ(seconds_of_answer(R"({"duration":"long"})"), 0);
    EXPECT_EQ(seconds_of_answer("[]"), 0);
}

TEST(PassingBody, OnlyTheModelAndTheUsageThatIsNeededAreChanged) {
    const auto passed = [](const std::string& body, bool whole, bool usage_asked) {
        ChatRequest request;
        request.raw = std::make_shared<const std::string>(body);
        request.raw_model = "alias";
        request.wire = Wire::openai;
        request.whole = whole;
        request.usage_asked = usage_asked;
        const Target target{.provider = "p",
                            .base_url = "https://x",
                            .model = "re\"al",
                            .key = {},
                            .quirks = &quirks_of("compatible")};
        return *openai_codec().body(request, target);
    };
    EXPECT_EQ(passed(R"({ "messages": [{"model":1}], "model" : "alias" ,"x":1.50})", true, false),
              R"({ "messages": [{"model":1}], "model" : "re\"al" ,"x":1.50})");
    EXPECT_EQ(passed(R"({"model":"alias","stream":true})", false, false),
              R"({"model":"re\"al","stream_options":{"include_usage":true},"stream":true})");
    const auto given = parse_foreign(passed(
        R"({"model":"alias","stream":true,"stream_options":{"include_usage":false,"y":2}})", false, false));
    EXPECT_EQ(given->at("model").as_string(), "re\"al");
    EXPECT_TRUE(given->at("stream_options").at("include_usage").as_bool());
    EXPECT_EQ(given->at("stream_options").at("y").as_int64(), 2);
    const auto twice = parse_foreign(passed(R"({"model":"x","model":"alias"})", true, true));
    EXPECT_EQ(twice->at("model").as_string(), "re\"al");
    const auto escaped = parse_foreign(passed(R"({"mod\u0065l":"alias"})", true, true));
    EXPECT_EQ(escaped->at("model").as_string(), "re\"al");
}

}  // namespace
}  // namespace lares::gateway
