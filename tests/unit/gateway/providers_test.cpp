// Requests out of the model in each provider's words, breaker, the usage filter.
#include <algorithm>

#include <gtest/gtest.h>

#include "gateway/breaker.h"
#include "gateway/catalog.h"
#include "gateway/foreign.h"
#include "gateway/providers/codec.h"
#include "gateway/providers/local/tools.h"
#include "gateway/providers/upstream.h"
#include "gateway/providers/whole_events.h"

namespace lares::gateway {
namespace {

namespace bj = boost::json;

ChatRequest conversation() {
    ChatRequest request;
    request.model = "alias";
    request.max_tokens = 50;
    request.sampling.seed = 5;
    request.sampling.top_k = 9;
    ChatMessage system{Role::system, "be good", {}}, user{Role::user, "look", {}},
        said{Role::assistant, "", {}}, result{Role::tool, "42", {}}, next{Role::user, "so?", {}};
    user.parts = {{.text = "look"}, {.kind = PartKind::image, .media_type = "image/png", .data = "AAAA"}};
    said.parts = {{.kind = PartKind::thinking, .text = "unsigned"},
                  {.kind = PartKind::tool_call, .text = R"({"x":1})", .id = "call_1", .name = "f"}};
    result.parts = {{.kind = PartKind::tool_result, .text = "42", .id = "call_1"}};
    request.messages = {system, user, said, result, next};
    request.tools = {{.name = "f", .schema = R"({"type":"object"})"}};
    request.tool_choice = ToolChoice::required;
    request.json_schema = R"({"type":"object"})";
    return request;
}

bj::object body_of(const Codec& codec, const ChatRequest& request, std::string_view quirks = "openai") {
    Target target{.provider = "p",
                  .base_url = "https://x",
                  .model = "real",
                  .key = SecretText("k"),
                  .quirks = &quirks_of(quirks)};
    const auto body = codec.body(request, target);
    EXPECT_TRUE(body) << body.error().message;
    return parse_foreign(*body)->get_object();
}

TEST(OpenAiCodec, WritesAConversation) {
    const auto body = body_of(openai_codec(), conversation());
    EXPECT_EQ(text_at(body, "model"), "real");
    EXPECT_EQ(body.at("max_completion_tokens").as_int64(), 50);
    EXPECT_TRUE(body.at("stream_options").at("include_usage").as_bool());
    EXPECT_EQ(text_at(body, "tool_choice"), "required");
    EXPECT_FALSE(body.contains("top_k"));
    const auto& messages = body.at("messages").as_array();
    ASSERT_EQ(messages.size(), 5u);
    EXPECT_EQ(text_at(messages[1].at("content").at(1).at("image_url").as_object(), "url"),
              "data:image/png;base64,AAAA");
    EXPECT_EQ(text_at(messages[2].at("tool_calls").at(0).as_object(), "id"), "call_1");
    EXPECT_EQ(text_at(messages[3].as_object(), "tool_call_id"), "call_1");
}

TEST(OpenAiCodec, KnowsTheQuirksOfTheServer) {
    const auto mistral = body_of(openai_codec(), conversation(), "mistral");
    EXPECT_EQ(mistral.at("random_seed").as_int64(), 5);
    EXPECT_EQ(text_at(mistral, "tool_choice"), "any");
    EXPECT_EQ(mistral.at("max_tokens").as_int64(), 50);
    EXPECT_FALSE(mistral.contains("stream_options"));
    const auto& messages = mistral.at("messages").as_array();
    const auto id = text_at(messages[2].at("tool_calls").at(0).as_object(), "id");
    EXPECT_EQ(id.size(), 9u);
    EXPECT_EQ(text_at(messages[3].as_object(), "tool_call_id"), id);
    EXPECT_EQ(body_of(openai_codec(), conversation(), "vllm").at("top_k").as_int64(), 9);
    const auto deepseek = body_of(openai_codec(), conversation(), "deepseek");
    EXPECT_EQ(text_at(deepseek.at("response_format").as_object(), "type"), "json_object");
    EXPECT_NE(text_at(deepseek.at("messages").at(0).as_object(), "content").find("JSON Schema"),
              std::string_view::npos);
    const Target azure{.provider = "a",
                       .base_url = "https://r.openai.azure.com",
                       .model = "dep",
                       .key = SecretText("k"),
                       .quirks = &quirks_of("azure")};
    EXPECT_EQ(openai_codec().url(azure, {}),
              "https://r.openai.azure.com/openai/deployments/dep/chat/completions?api-version=2024-10-21");
    EXPECT_EQ(openai_codec().credential(azure).name, "api-key");
}

TEST(OpenAiCodec, PassesItsOwnRequestsWithNothingChangedButTheModel) {
    auto request = conversation();
    request.wire = Wire::openai;
    request.raw =
        std::make_shared<const std::string>(R"({"model":"alias","future_field":[1,2],"messages":[]})");
    request.whole = true;
    const auto body = body_of(openai_codec(), request);
    EXPECT_EQ(text_at(body, "model"), "real");
    EXPECT_EQ(body.at("future_field").as_array().size(), 2u);
    EXPECT_FALSE(body.contains("max_completion_tokens"));
    request.whole = false;
    request.usage_asked = false;
    EXPECT_TRUE(body_of(openai_codec(), request).at("stream_options").at("include_usage").as_bool());
}

TEST(AnthropicCodec, WritesAConversation) {
    auto request = conversation();
    request.thinking = Thinking{.effort = "low"};
    const auto body = body_of(anthropic_codec(), request);
    EXPECT_EQ(text_at(body, "system"), "be good");
    EXPECT_EQ(text_at(body.at("tool_choice").as_object(), "type"), "any");
    const auto& messages = body.at("messages").as_array();
    ASSERT_EQ(messages.size(), 3u);  // result and question are one message of the user
    EXPECT_EQ(messages[1].at("content").as_array().size(), 1u);  // unsigned thinking is not sent back
    EXPECT_EQ(text_at(messages[2].at("content").at(0).as_object(), "type"), "tool_result");
    EXPECT_EQ(text_at(messages[2].at("content").at(1).as_object(), "text"), "so?");
    EXPECT_GT(body.at("max_tokens").as_int64(), body.at("thinking").at("budget_tokens").as_int64());
}

TEST(OllamaCodec, WritesAConversation) {
    const auto body = body_of(ollama_codec(), conversation());
    EXPECT_EQ(body.at("options").at("num_predict").as_int64(), 50);
    EXPECT_EQ(text_at(body.at("messages").at(1).at("images").at(0).is_string()
                          ? bj::object{{"x", body.at("messages").at(1).at("images").at(0)}}
                          : bj::object{},
                      "x"),
              "AAAA");
    EXPECT_EQ(
        body.at("messages").at(2).at("tool_calls").at(0).at("function").at("arguments").at("x").as_int64(),
        1);
    EXPECT_EQ(text_at(body.at("messages").at(3).as_object(), "tool_name"), "f");
    auto request = conversation();
    request.messages[1].parts[1] = {.kind = PartKind::image, .url = "https://example.org/x.png"};
    const Target target{
        .provider = "p", .base_url = "http://x", .model = "m", .key = {}, .quirks = &quirks_of("compatible")};
    EXPECT_EQ(ollama_codec().body(request, target).error().type, "not-supported");
}

TEST(OllamaCodec, ThinksInItsOwnWords) {
    const auto think = [](Thinking thinking) {
        auto request = conversation();
        request.thinking = std::move(thinking);
        return bj::value(body_of(ollama_codec(), request).at("think"));
    };
    EXPECT_EQ(think({.on = false}), false);
    EXPECT_EQ(think({.on = false, .effort = "none"}), false);
    EXPECT_EQ(think({}), true);
    EXPECT_EQ(think({.effort = "minimal"}), "low");
    for (const char* effort : {"low", "medium", "high"}) EXPECT_EQ(think({.effort = effort}), effort);
    EXPECT_EQ(think({.effort = "xhigh"}), "high");
}

TEST(UpstreamErrors, AreToldApartAndShowNoKey) {
    const Target target{.provider = "p",
                        .base_url = "http://x",
                        .model = "m",
                        .key = SecretText("very-secret-key"),
                        .quirks = &quirks_of("openai")};
    const auto error = [&](unsigned status, std::string_view body, std::string_view retry = {}) {
        return upstream_error(target, status, retry, body);
    };
    EXPECT_EQ(
        error(400, R"({"error":{"message":"This model's maximum context length is 8192 tokens"}})").type,
        "context-overflow");
    EXPECT_EQ(
        error(
            400,
            R"({"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens"}})")
            .type,
        "context-overflow");
    EXPECT_EQ(error(400, R"({"error":"bad"})").code, Code::bad_request);
    EXPECT_EQ(error(404, R"({"error":"model \"x\" not found"})").type, "model-not-found");
    const auto no_model =
        error(400, R"({"error":{"message":"Invalid model name passed in model=x.","code":"400"}})");
    EXPECT_EQ(no_model.type, "model-not-found");  // LiteLLM
    EXPECT_EQ(no_model.code, Code::not_found);
    EXPECT_EQ(error(429, "{}", "2.5").retry_after_ms, 2500);
    EXPECT_EQ(error(529, "{}").type, "upstream-overloaded");
    EXPECT_EQ(error(500, "<html>").code, Code::upstream);
    EXPECT_EQ(error(500, "").message, "p answered 500.");
    const auto denied = error(401, R"({"error":{"message":"Incorrect API key provided: sk-abc***xyz"}})");
    EXPECT_EQ(denied.type, "upstream-key");
    EXPECT_EQ(denied.code, Code::upstream);  // not the caller's 401
    EXPECT_EQ(denied.message.find("sk-"), std::string::npos);
    const auto leaky = error(
        500, R"({"error":{"message":"key very-secret-key at http://10.0.0.7:8000/v1 failed, sk-proj-12"}})");
    for (const char* secret : {"very-secret", "10.0.0.7", "sk-proj"})
        EXPECT_EQ(leaky.message.find(secret), std::string::npos) << leaky.message;
    const Target rack{.provider = "rack",
                      .base_url = "http://gpu-3.corp.internal:8000/v1",
                      .model = "m",
                      .key = {},
                      .quirks = &quirks_of("vllm")};
    const auto told = upstream_error(
        rack, 500, {},
        R"({"error":"dial tcp 10.20.30.40:8000 for gpu-3.corp.internal:8000, gpu-3.corp.internal, 1.2.3"})");
    EXPECT_EQ(told.message, "rack answered 500: dial tcp […] for […], […], 1.2.3");
    for (const char* wait : {"nan", "inf", "-1", "1e9", "soon", ""})
        EXPECT_FALSE(error(429, "{}", wait).retry_after_ms) << wait;
}

TEST(UpstreamErrors, ARefusalOfWhatWasAskedIsNoneOfTheKey) {
    const Target target{
        .provider = "p", .base_url = "http://x", .model = "m", .key = {}, .quirks = &quirks_of("openai")};
    const auto type = [&](unsigned status, std::string_view body) {
        return upstream_error(target, status, {}, body).type;
    };
    for (const std::string_view body :
         {R"({"error":{"message":"Project `p` does not have access to model `m`","code":"model_not_found"}})",
          R"({"error":{"message":"You do not have access to the model.","type":"forbidden"}})",
          R"({"error":{"message":"Incorrect API key provided is a model","code":"model_not_found"}})"})
        EXPECT_EQ(type(403, body), "model-not-found") << body;
    for (const std::string_view body :
         {R"({"type":"error","error":{"type":"permission_error","message":"no permission"}})",
          R"({"error":{"code":403,"status":"PERMISSION_DENIED","message":"denied"}})",
          R"({"error":{"code":403,"message":"flagged: my words, invalid api key"}})", "<html>", ""})
        EXPECT_EQ(type(403, body), "upstream-forbidden") << body;
    for (
        const std::string_view body :
        {R"({"error":{"message":"x","code":"invalid_api_key"}})",
         R"({"error":{"message":"x","code":"account_deactivated"}})",
         R"({"error":{"code":403,"message":"Key limit exceeded (total limit)."}})",
         R"([{"error":{"code":403,"status":"PERMISSION_DENIED","message":"Your API key was reported as leaked."}}])"})
        EXPECT_EQ(type(403, body), "upstream-key") << body;
    EXPECT_EQ(
        type(400, R"({"error":{"status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}})"),
        "upstream-key");
    EXPECT_EQ(type(401, R"({"error":{"code":"model_not_found"}})"), "upstream-key");
    EXPECT_EQ(type(402, ""), "upstream-key");
    EXPECT_EQ(type(403, R"({"error":{"message":"tokens + max_tokens exceed the context length"}})"),
              "context-overflow");
    EXPECT_EQ(upstream_error(target, 403, {}, "").code, Code::forbidden);
}

TEST(UpstreamErrors, NameNoHostOfANetworkOfOurs) {
    const Target target{.provider = "p",
                        .base_url = "http://x",
                        .model = "m",
                        .key = SecretText("0123456789abcdef0123456789abcdef"),
                        .quirks = &quirks_of("openai")};
    const auto told = [&](std::string_view message) {
        return without_secrets(stream_error("", message), target).message;
    };
    EXPECT_EQ(told("key 0123456789abcdef0123456789abcdef at db.internal.corp:5432 (redis:6379, "
                   "localhost:80, [fd00::1]:8000)"),
              "The model's provider broke off: key [key] at […] ([…], localhost:80, […])");
    // What is no host stays.
    const std::string plain = "at 12:30, llama3.1:70b, gpt-4.1:8000, max_tokens:32768, line 3:14, a: 4096";
    EXPECT_EQ(told(plain), "The model's provider broke off: " + plain);
    EXPECT_LT(told(std::string(100'000, 'x')).size(), 600u);
}

TEST(Azure, AModelsNameStaysWhereNamesStand) {
    Target azure{.provider = "a",
                 .base_url = "https://r.openai.azure.com",
                 .model = "../../files?api-version=x#",
                 .key = SecretText("k"),
                 .quirks = &quirks_of("azure")};
    EXPECT_EQ(
        openai_codec().url(azure, {}),
        "https://r.openai.azure.com/openai/deployments/..%2F..%2Ffiles%3Fapi-version%3Dx%23/chat/completions"
        "?api-version=2024-10-21");
    azure.model = "..";
    EXPECT_EQ(openai_codec().url(azure, {}).find(".."), std::string::npos);
    azure.model = "gpt-4.1_x";
    EXPECT_NE(openai_codec().url(azure, {}).find("/deployments/gpt-4.1_x/chat"), std::string::npos);
}

TEST(Azure, ListsItsModelsWhereItHasThem) {
    Target azure{.provider = "a",
                 .base_url = "https://r.openai.azure.com",
                 .model = {},
                 .key = SecretText("k"),
                 .quirks = &quirks_of("azure")};
    EXPECT_EQ(openai_codec().list_url(azure),
              "https://r.openai.azure.com/openai/models?api-version=2024-10-21");
}

ChatRequest with_part(Part part, Wire wire) {
    ChatRequest request;
    request.wire = wire;
    request.messages.push_back({Role::user, "", {}, {std::move(part)}});
    return request;
}

Error refusal_of(const Codec& codec, const ChatRequest& request) {
    const Target target{
        .provider = "p", .base_url = "http://x", .model = "m", .key = {}, .quirks = &quirks_of("openai")};
    const auto body = codec.body(request, target);
    EXPECT_FALSE(body) << *body;
    return body ? Error() : body.error();
}

TEST(Documents, ByTheirAddressGoWhereAnAddressIsTaken) {
    const auto by_address = [](Wire wire) {
        return with_part({.kind = PartKind::file, .url = "https://x.example/a.pdf"}, wire);
    };
    for (const auto wire : {Wire::anthropic, Wire::openai}) {
        const auto refused = refusal_of(openai_codec(), by_address(wire));
        EXPECT_EQ(refused.type, "not-supported");
        EXPECT_EQ(refused.field, "messages");
        EXPECT_NE(refused.message.find("address"), std::string::npos) << refused.message;
        const auto body = body_of(anthropic_codec(), by_address(wire));
        EXPECT_EQ(body.at("messages").at(0).at("content").at(0).at("source"),
                  (bj::value{{"type", "url"}, {"url", "https://x.example/a.pdf"}}));
    }
    const auto body = body_of(openai_codec(), by_address(Wire::anthropic), "openrouter");
    EXPECT_EQ(body.at("messages").at(0).at("content").at(0).at("file"),
              (bj::value{{"file_data", "https://x.example/a.pdf"}}));
}

TEST(Documents, ThatAProviderKeepsAreItsOwn) {
    for (const auto kind : {PartKind::file, PartKind::image}) {
        const Part part{.kind = kind, .url = "file_011"};
        EXPECT_EQ(refusal_of(openai_codec(), with_part(part, Wire::anthropic)).type, "not-supported");
        EXPECT_EQ(refusal_of(anthropic_codec(), with_part(part, Wire::openai)).type, "not-supported");
        const auto own = body_of(anthropic_codec(), with_part(part, Wire::anthropic));
        EXPECT_EQ(own.at("messages").at(0).at("content").at(0).at("source"),
                  (bj::value{{"type", "file"}, {"file_id", "file_011"}}));
    }
    const auto own =
        body_of(openai_codec(), with_part({.kind = PartKind::file, .url = "file-abc"}, Wire::openai));
    EXPECT_EQ(own.at("messages").at(0).at("content").at(0).at("file"), (bj::value{{"file_id", "file-abc"}}));
}

TEST(AnthropicCodec, AWishForAnyJsonIsSaidInWords) {
    auto request = with_part({.text = "colours"}, Wire::openai);
    request.json_object = true;
    auto body = body_of(anthropic_codec(), request);
    EXPECT_NE(text_at(body, "system").find("JSON object"), std::string_view::npos);
    request.messages.insert(request.messages.begin(), ChatMessage{Role::system, "be good", {}});
    body = body_of(anthropic_codec(), request);
    ASSERT_EQ(body.at("system").as_array().size(), 2u);
    EXPECT_EQ(text_at(body.at("system").at(0).as_object(), "text"), "be good");
    request.json_schema = R"({"type":"object"})";  // has a form of its own
    body = body_of(anthropic_codec(), request);
    EXPECT_EQ(text_at(body, "system"), "be good");
    EXPECT_TRUE(body.contains("output_config"));
}

TEST(Decoders, CallNoMoreToolsThanCanBeTold) {
    std::string body = R"({"content":[)";
    for (std::size_t i = 0; i < 2 * calls_max; ++i)
        body += R"({"type":"tool_use","id":"i","name":"f","input":{"a":1}},)";
    body += R"({"type":"text","text":"x"}],"usage":{"output_tokens":1}})";
    const auto decoder = anthropic_codec().decoder(true);
    std::vector<Event> events;
    ASSERT_TRUE(decoder->feed(body, events));
    ASSERT_TRUE(decoder->finish(events));
    EXPECT_EQ(static_cast<std::size_t>(
                  std::count_if(events.begin(), events.end(),
                                [](const Event& one) { return one.kind == Event::Kind::tool_call; })),
              calls_max);
    EXPECT_EQ(events.back().text, "x");
}

TEST(OtherContent, GoesBackToItsOwnWireAndToNobodyElse) {
    auto request = conversation();
    request.messages[1].parts.push_back({.kind = PartKind::other,
                                         .text = R"({"type":"server_tool_use","id":"s"})",
                                         .name = "server_tool_use"});
    const Target target{
        .provider = "p", .base_url = "http://x", .model = "m", .key = {}, .quirks = &quirks_of("compatible")};
    for (const auto* codec : {&openai_codec(), &anthropic_codec(), &ollama_codec()})
        EXPECT_EQ(codec->body(request, target).error().type, "not-supported");
    request.wire = Wire::anthropic;
    const auto body = body_of(anthropic_codec(), request);
    EXPECT_EQ(text_at(body.at("messages").at(0).at("content").as_array().back().as_object(), "type"),
              "server_tool_use");
}

TEST(Breaker, OpensAfterFailuresAndProbesOnce) {
    Breaker breaker({.failures = 3, .rest_ms = 1000, .rest_max_ms = 3000});
    for (int i = 0; i < 2; ++i) breaker.failed(*breaker.allow(0), 0);
    const auto third = breaker.allow(0);
    ASSERT_TRUE(third);
    breaker.failed(*third, 0);
    EXPECT_FALSE(breaker.allow(999));
    auto probe = breaker.allow(1000);
    ASSERT_TRUE(probe);
    EXPECT_FALSE(breaker.allow(1000));  // nobody beside it
    breaker.neither(*probe);
    probe = breaker.allow(1001);
    ASSERT_TRUE(probe);
    breaker.failed(*probe, 1001);
    EXPECT_FALSE(breaker.allow(3000));  // rests twice as long
    probe = breaker.allow(3001);
    ASSERT_TRUE(probe);
    breaker.succeeded(*probe);
    EXPECT_TRUE(breaker.allow(3001));
    EXPECT_FALSE(breaker.open(3001));
}

TEST(Breaker, ManyCallsThatFailAtOnceAreOneFailure) {
    Breaker breaker({.failures = 3, .rest_ms = 1000, .rest_max_ms = 300'000});
    const std::vector<std::optional<Breaker::Pass>> calls(40, breaker.allow(0));
    for (std::size_t i = 0; i < calls.size(); ++i)  // all under way when the provider went down
        breaker.failed(*calls[i], static_cast<std::int64_t>(i));
    EXPECT_FALSE(breaker.allow(1001));
    EXPECT_TRUE(breaker.allow(1002)) << "it rests once, and not for five minutes";
}

TEST(Breaker, AProbeIsJudgedByItsOwnOutcomeAlone) {
    Breaker breaker({.failures = 1, .rest_ms = 1000, .rest_max_ms = 300'000});
    const auto early = breaker.allow(0);
    breaker.failed(*breaker.allow(0), 0);
    const auto probe = breaker.allow(1000);
    ASSERT_TRUE(probe);
    breaker.neither(*early);  // its client went away
    EXPECT_FALSE(breaker.allow(1000)) << "the probe is still under way";
    breaker.succeeded(*early);
    EXPECT_FALSE(breaker.allow(1000)) << "an answer from before the rest says nothing of now";
    breaker.failed(*early, 1000);
    breaker.succeeded(*probe);
    EXPECT_TRUE(breaker.allow(1000));
    breaker.failed(*early, 1000);
    EXPECT_TRUE(breaker.allow(1000)) << "what failed late is the failure that it rested for";
}

TEST(Breaker, AClockThatIsPutBackMakesNoRestLonger) {
    Breaker breaker({.failures = 1, .rest_ms = 1000, .rest_max_ms = 3000});
    breaker.failed(*breaker.allow(3'600'000), 3'600'000);
    EXPECT_FALSE(breaker.allow(3'600'999));
    EXPECT_LE(breaker.retry_after_ms(0), 1000);
    EXPECT_TRUE(breaker.allow(0));
}

std::string passed(WholeEvents filter, const std::string& all, std::size_t step) {
    std::string out;
    for (std::size_t at = 0; at < all.size(); at += step) out += filter.feed(all.substr(at, step));
    return out + filter.finish();
}

TEST(WholeEvents, TakesOutOnlyWhatWasNotAskedFor) {
    const std::string before = "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}],\"usage\":null}\n\n";
    const std::string usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\r\n\r\n";
    const std::string after = "data: [DONE]\n\n";
    const std::string all = before + usage + after, late = before + after + usage.substr(0, usage.size() - 4);
    for (std::size_t step = 1; step <= all.size(); ++step) {
        EXPECT_EQ(passed(WholeEvents(WholeEvents::Form::events, true), all, step), before + after) << step;
        EXPECT_EQ(passed(WholeEvents(WholeEvents::Form::events), all, step), all) << step;
        EXPECT_EQ(passed(WholeEvents(WholeEvents::Form::events, true), late, step), before + after) << step;
    }
}

TEST(WholeEvents, GivesNoPartOfAnEventBeforeItsEnd) {
    const std::string first = "data: a\ndata: b\r\n\r\n", second = "event: x\ndata: c\n\n", torn = "data: d";
    const std::string all = first + second + torn;
    for (std::size_t cut = 0; cut <= all.size(); ++cut) {
        WholeEvents events(WholeEvents::Form::events);
        const auto out = events.feed(all.substr(0, cut));
        EXPECT_EQ(out, all.substr(0, cut < first.size()                   ? 0
                                     : cut < first.size() + second.size() ? first.size()
                                                                          : first.size() + second.size()))
            << cut;
    }
    EXPECT_EQ(passed(WholeEvents(WholeEvents::Form::events), all, 3), all + "\n\n");
    EXPECT_EQ(passed(WholeEvents(WholeEvents::Form::events), first + "data: ", 3), first);
    EXPECT_EQ(passed(WholeEvents(WholeEvents::Form::lines), "{1}\n{2}", 2), "{1}\n{2}\n");
    EXPECT_EQ(passed(WholeEvents(WholeEvents::Form::bytes), "{1}\n{2}", 2), "{1}\n{2}");
}

TEST(OfferedTools, BecomeWordsAndAGrammarAndComeBackAsCalls) {
    auto request = conversation();
    request.tool_choice = ToolChoice::automatic;
    request.messages[1].parts.clear();
    const OfferedTools offered(request);
    EXPECT_TRUE(offered.any());
    EXPECT_NE(request.messages[0].content.find("- f"), std::string::npos);
    EXPECT_NE(request.json_schema.find("\"reply\""), std::string::npos);
    EXPECT_EQ(request.messages[3].role, Role::user);
    EXPECT_EQ(request.messages[3].content, "Result of the function f: 42");
    const auto called = read_offered_answer(R"({"tool":"f","arguments":{"x":1}})", "id");
    ASSERT_EQ(called.size(), 2u);
    EXPECT_EQ(called[0].name, "f");
    EXPECT_EQ(called[1].text, R"({"x":1})");
    EXPECT_EQ(read_offered_answer(R"({"reply":"no"})", "id")[0].text, "no");
    EXPECT_EQ(read_offered_answer(R"({"reply":"cut of)", "id")[0].text, R"({"reply":"cut of)");
}

TEST(Utf8Joiner, JoinsWhatFallsBetweenPieces) {
    const std::string text = "a\xf0\x9f\x8e\x89\xc3\xbc";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        Utf8Joiner joiner;
        std::string out = joiner.add(std::string_view(text).substr(0, cut));
        out += joiner.add(std::string_view(text).substr(cut));
        EXPECT_EQ(out + joiner.rest(), text) << cut;
    }
    Utf8Joiner joiner;
    EXPECT_EQ(joiner.add("x\xf0\x9f"), "x");
    EXPECT_EQ(joiner.rest(), "\xef\xbf\xbd");
}

}  // namespace
}  // namespace lares::gateway
