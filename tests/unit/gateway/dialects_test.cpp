// Requests into the model, and refusals out of it, in each dialect.
#include <gtest/gtest.h>

#include "gateway/dialects/anthropic/anthropic.h"
#include "gateway/dialects/ollama/ollama.h"
#include "gateway/dialects/openai/openai.h"
#include "gateway/foreign.h"
#include "json/parse.h"
#include "json/write.h"

namespace lares::gateway {
namespace {

namespace bj = boost::json;

Result<Asked> parse(const Endpoint& endpoint, std::string_view json) {
    auto value = json::parse_value(json);
    EXPECT_TRUE(value) << json;
    return endpoint.parse(value->get_object());
}

std::string field_of(const Endpoint& endpoint, std::string_view json) {
    const auto asked = parse(endpoint, json);
    return asked ? "" : asked.error().field;
}

TEST(OpenAiDialect, ReadsAllThatARequestSays) {
    const auto asked = parse(openai::chat_completions(), R"({"model":"m","stream":true,
        "stream_options":{"include_usage":true},"temperature":0.5,"top_p":0.9,"seed":7,"stop":["a","b"],
        "max_completion_tokens":64,"user":"u","reasoning_effort":"low","parallel_tool_calls":false,"store":false,
        "logprobs":true,"top_logprobs":3,
        "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true}}],
        "tool_choice":{"type":"function","function":{"name":"f"}},
        "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}},
        "messages":[{"role":"developer","content":"be good"},
          {"role":"user","content":[{"type":"text","text":"look"},
            {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"low"}},
            {"type":"input_audio","input_audio":{"data":"BBBB","format":"wav"}}]},
          {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},
          {"role":"tool","tool_call_id":"c1","content":"42"}]})");
    ASSERT_TRUE(asked) << asked.error().message;
    const auto& request = asked->request;
    EXPECT_TRUE(asked->stream);
    EXPECT_FALSE(request.whole);
    EXPECT_TRUE(request.usage_asked);
    EXPECT_EQ(request.sampling.temperature, 0.5);
    EXPECT_EQ(request.sampling.seed, 7u);
    EXPECT_EQ(request.stop, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(request.max_tokens, 64u);
    EXPECT_EQ(request.logprobs, 3u);
    EXPECT_EQ(request.parallel_tools, false);
    EXPECT_EQ(request.thinking->effort, "low");
    EXPECT_EQ(request.extras, R"({"store":false})");
    ASSERT_EQ(request.tools.size(), 1u);
    EXPECT_EQ(request.tools[0].schema, R"({"type":"object"})");
    EXPECT_EQ(request.tool_choice, ToolChoice::named);
    EXPECT_EQ(request.json_schema, R"({"type":"object"})");
    ASSERT_EQ(request.messages.size(), 4u);
    EXPECT_EQ(request.messages[0].role, Role::system);
    const auto& parts = request.messages[1].parts;
    ASSERT_EQ(parts.size(), 3u);
    EXPECT_EQ(parts[1].media_type, "image/png");
    EXPECT_EQ(parts[1].data, "AAAA");
    EXPECT_EQ(parts[1].extras, R"({"detail":"low"})");
    EXPECT_EQ(parts[2].media_type, "audio/wav");
    EXPECT_EQ(request.messages[1].content, "look");
    EXPECT_EQ(request.messages[2].parts[0].kind, PartKind::tool_call);
    EXPECT_EQ(request.messages[3].parts[0].id, "c1");
}

TEST(OpenAiDialect, ErrorsNameTheField) {
    const auto& chat = openai::chat_completions();
    EXPECT_EQ(field_of(chat, R"({"messages":[{"role":"user","content":"x"}]})"), "model");
    EXPECT_EQ(field_of(chat, R"({"model":"m"})"), "messages");
    EXPECT_EQ(field_of(chat, R"({"model":"m","messages":[]})"), "messages");
    EXPECT_EQ(field_of(chat, R"({"model":"m","messages":[{"role":"friend","content":"x"}]})"),
              "messages[0].role");
    EXPECT_EQ(field_of(chat, R"({"model":"m","messages":[{"role":"user","content":[{"type":"film"}]}]})"),
              "messages[0].content[0].type");
    EXPECT_EQ(field_of(chat, R"({"model":"m","temperature":3,"messages":[{"role":"user","content":"x"}]})"),
              "temperature");
    EXPECT_EQ(field_of(chat, R"({"model":"m","n":2,"messages":[{"role":"user","content":"x"}]})"), "n");
    EXPECT_EQ(
        field_of(
            chat,
            R"({"model":"m","tools":[{"type":"function","function":{}}],"messages":[{"role":"user","content":"x"}]})"),
        "tools[0].function.name");
    EXPECT_EQ(field_of(openai::responses(), R"({"model":"m","input":"x","previous_response_id":"r"})"),
              "previous_response_id");
}

TEST(AnthropicDialect, ResultsBecomeMessagesOfTheirOwn) {
    const auto asked = parse(anthropic::messages(), R"({"model":"m","max_tokens":10,
        "system":[{"type":"text","text":"sys","cache_control":{"type":"ephemeral"}}],
        "thinking":{"type":"enabled","budget_tokens":2048},"stop_sequences":["#"],
        "tools":[{"name":"f","input_schema":{"type":"object"}},{"type":"web_search_20250305","name":"web_search"}],
        "tool_choice":{"type":"any","disable_parallel_tool_use":true},
        "messages":[{"role":"user","content":"hi"},
          {"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"s"},
            {"type":"tool_use","id":"t1","name":"f","input":{"x":1}}]},
          {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"42","is_error":true},
            {"type":"text","text":"and?"}]}]})");
    ASSERT_TRUE(asked) << asked.error().message;
    const auto& request = asked->request;
    ASSERT_EQ(request.messages.size(), 5u);
    EXPECT_EQ(request.messages[0].parts[0].extras, R"({"cache_control":{"type":"ephemeral"}})");
    EXPECT_EQ(request.messages[2].parts[0].signature, "s");
    EXPECT_EQ(request.messages[2].parts[1].text, R"({"x":1})");
    EXPECT_EQ(request.messages[3].role, Role::tool);
    EXPECT_TRUE(request.messages[3].parts[0].is_error);
    EXPECT_EQ(request.messages[4].content, "and?");
    EXPECT_TRUE(request.tools[1].hosted);
    EXPECT_EQ(request.tool_choice, ToolChoice::required);
    EXPECT_EQ(request.parallel_tools, false);
    EXPECT_EQ(request.thinking->budget_tokens, 2048u);
}

TEST(AnthropicDialect, NeedsMaxTokensButNotToCount) {
    const std::string body = R"({"model":"m","messages":[{"role":"user","content":"x"}]})";
    EXPECT_EQ(field_of(anthropic::messages(), body), "max_tokens");
    EXPECT_TRUE(anthropic::parse_count(json::parse_value(body)->get_object()));
}

TEST(OllamaDialect, StreamsUnlessToldAndMatchesResultsByName) {
    const auto asked = parse(ollama::chat(), R"({"model":"llama3.2:latest","format":"json","think":"high",
        "options":{"temperature":0,"num_predict":-1,"stop":"x","top_k":20},
        "messages":[{"role":"user","content":"w","images":["/9j/4AAQ"]},
          {"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"a":1}}},{"function":{"name":"g","arguments":{}}}]},
          {"role":"tool","content":"G","tool_name":"g"},{"role":"tool","content":"F","tool_name":"f"}]})");
    ASSERT_TRUE(asked) << asked.error().message;
    EXPECT_TRUE(asked->stream);
    EXPECT_EQ(asked->request.model, "llama3.2");
    EXPECT_TRUE(asked->request.json_object);
    EXPECT_FALSE(asked->request.max_tokens);
    EXPECT_EQ(asked->request.thinking->effort, "high");
    const auto& messages = asked->request.messages;
    EXPECT_EQ(messages[0].parts[1].media_type, "image/jpeg");
    EXPECT_EQ(messages[2].parts[0].id, messages[1].parts[1].id);
    EXPECT_EQ(messages[3].parts[0].id, messages[1].parts[0].id);
}

TEST(OpenAiDialect, WhoAsksWithFunctionsIsAnsweredWithOne) {
    const auto parse = [](std::string_view more) {
        return openai::chat_completions().parse(
            parse_foreign(R"({"model":"m","messages":[{"role":"user","content":"x"}],)" + std::string(more) +
                          "}")
                ->get_object());
    };
    const std::string functions =
        R"("functions":[{"name":"f","description":"d","parameters":{"type":"object"}}])";
    const auto asked = parse(functions + R"(,"function_call":{"name":"f"})");
    ASSERT_TRUE(asked) << asked.error().message;
    ASSERT_EQ(asked->request.tools.size(), 1u);
    EXPECT_EQ(asked->request.tools[0].name, "f");
    EXPECT_EQ(asked->request.tools[0].schema, R"({"type":"object"})");
    EXPECT_EQ(asked->request.tool_choice, ToolChoice::named);
    EXPECT_EQ(asked->request.tool_name, "f");
    EXPECT_EQ(asked->request.extras.find("function"), std::string::npos);
    EXPECT_EQ(parse(functions + R"(,"function_call":"none")")->request.tool_choice, ToolChoice::none);
    EXPECT_EQ(parse(functions + R"(,"function_call":"sometimes")").error().field, "function_call");
    EXPECT_EQ(parse(functions + R"(,"function_call":{})").error().field, "function_call");
    EXPECT_EQ(parse(functions + R"(,"tools":[{"type":"function","function":{"name":"g"}}])").error().field,
              "functions");

    Answer answer;
    answer.parts = {{.kind = PartKind::tool_call, .text = R"({"x":1})", .id = "c", .name = "f"},
                    {.kind = PartKind::tool_call, .text = "{}", .id = "d", .name = "f"}};
    answer.end.finish = FinishReason::tool_calls;
    const auto whole =
        parse_foreign(openai::chat_completions().whole(*asked, {"id", "m", 0}, answer))->get_object();
    const auto& choice = whole.at("choices").at(0).as_object();
    EXPECT_EQ(text_at(choice, "finish_reason"), "function_call");
    EXPECT_EQ(choice.at("message").at("function_call"),
              (boost::json::value{{"name", "f"}, {"arguments", R"({"x":1})"}}));
    EXPECT_FALSE(choice.at("message").as_object().contains("tool_calls"));

    auto encoder = openai::chat_completions().stream(*asked, {"id", "m", 0});
    std::string out = encoder->event({.kind = Event::Kind::tool_call, .index = 0, .id = "c", .name = "f"});
    out += encoder->event({.kind = Event::Kind::arguments, .index = 0, .text = R"({"x":1})"});
    EXPECT_EQ(encoder->event({.kind = Event::Kind::tool_call, .index = 1, .id = "d", .name = "f"}), "");
    EXPECT_EQ(encoder->event({.kind = Event::Kind::arguments, .index = 1, .text = "{}"}), "");
    out += encoder->close(answer.end);
    EXPECT_NE(out.find(R"("delta":{"function_call":{"name":"f","arguments":""}})"), out.npos) << out;
    EXPECT_NE(out.find(R"("delta":{"function_call":{"arguments":"{\"x\":1}"}})"), out.npos) << out;
    EXPECT_NE(out.find(R"("finish_reason":"function_call")"), out.npos);
    EXPECT_EQ(out.find("tool_calls"), out.npos);
}

TEST(OpenAiDialect, AChoiceAmongSomeToolsOffersThese) {
    const auto parse = [](const Endpoint& endpoint, std::string_view body) {
        return endpoint.parse(parse_foreign(body)->get_object());
    };
    const auto chat =
        parse(openai::chat_completions(), R"({"model":"m","messages":[{"role":"user","content":"x"}],
        "tools":[{"type":"function","function":{"name":"a"}},{"type":"function","function":{"name":"b"}}],
        "tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required",
                       "tools":[{"type":"function","function":{"name":"b"}}]}}})");
    ASSERT_TRUE(chat) << chat.error().message;
    EXPECT_EQ(chat->request.tool_choice, ToolChoice::required);
    ASSERT_EQ(chat->request.tools.size(), 1u);
    EXPECT_EQ(chat->request.tools[0].name, "b");
    const std::string responses = R"({"model":"m","input":"x","tools":[{"type":"function","name":"a"},
        {"type":"function","name":"b"}],"tool_choice":)";
    const auto asked = parse(openai::responses(), responses + R"({"type":"allowed_tools","mode":"auto",
                                             "tools":[{"type":"function","name":"a"}]}})");
    ASSERT_TRUE(asked) << asked.error().message;
    EXPECT_EQ(asked->request.tool_choice, ToolChoice::automatic);
    ASSERT_EQ(asked->request.tools.size(), 1u);
    EXPECT_EQ(asked->request.tools[0].name, "a");
    for (const char* bad : {R"({"type":"allowed_tools","mode":"auto","tools":[]}})",
                            R"({"type":"allowed_tools","tools":[{"type":"function","name":"a"}]}})",
                            R"({"type":"file_search"}})"})
        EXPECT_EQ(parse(openai::responses(), responses + bad).error().field, "tool_choice") << bad;
}

struct Expected {
    Error error;
    unsigned openai, anthropic, ollama;
    std::string_view type, code, anthropic_type;
};

TEST(Dialects, RefusalsHaveTheStatusAndShapeThatTheirClientsExpect) {
    const auto make = [](Code code, std::string type) {
        return Error{code, std::move(type), "why", {}, {}, {}};
    };
    const Expected all[] = {
        {make(Code::unauthorized, "token-invalid"), 401, 401, 401, "invalid_request_error", "invalid_api_key",
         "authentication_error"},
        {make(Code::not_found, "model-not-found"), 404, 404, 404, "invalid_request_error", "model_not_found",
         "not_found_error"},
        {make(Code::rate_limited, "rate-limited"), 429, 429, 429, "requests", "rate_limit_exceeded",
         "rate_limit_error"},
        {make(Code::unprocessable, "context-overflow"), 400, 400, 400, "invalid_request_error",
         "context_length_exceeded", "invalid_request_error"},
        {make(Code::unavailable, "model-loading"), 503, 529, 503, "server_error", "service_unavailable",
         "overloaded_error"},
        {make(Code::upstream, "upstream-failed"), 502, 502, 502, "upstream_error", "upstream_error",
         "api_error"},
        {make(Code::rate_limited, "upstream-rate-limited"), 429, 429, 429, "upstream_error",
         "upstream_rate_limited", "rate_limit_error"},
        {make(Code::unavailable, "upstream-overloaded"), 503, 529, 503, "upstream_error",
         "upstream_overloaded", "overloaded_error"},
        {make(Code::forbidden, "upstream-forbidden"), 403, 403, 403, "upstream_error", "permission_denied",
         "permission_error"},
        {make(Code::too_large, "too-large"), 413, 413, 413, "invalid_request_error", "request_too_large",
         "request_too_large"},
    };
    for (const auto& one : all) {
        const auto openai = openai::refusal(one.error), anthropic = anthropic::refusal(one.error),
                   ollama = ollama::refusal(one.error);
        EXPECT_EQ(openai.status, one.openai) << one.error.type;
        EXPECT_EQ(anthropic.status, one.anthropic) << one.error.type;
        EXPECT_EQ(ollama.status, one.ollama) << one.error.type;
        const auto shape = parse_foreign(openai.json)->get_object().at("error").as_object();
        EXPECT_EQ(text_at(shape, "type"), one.type);
        EXPECT_EQ(text_at(shape, "code"), one.code);
        EXPECT_TRUE(shape.at("param").is_null());
        const auto other = parse_foreign(anthropic.json)->get_object();
        EXPECT_EQ(text_at(other, "type"), "error");
        EXPECT_EQ(text_at(other.at("error").as_object(), "type"), one.anthropic_type);
        EXPECT_EQ(text_at(parse_foreign(ollama.json)->get_object(), "error"), "why");
    }
}

TEST(Dialects, AWholeAnswerSaysWhatItsPartsSay) {
    Answer answer;
    answer.parts = {{.kind = PartKind::thinking, .text = "hm", .signature = "s"},
                    {.text = "yes"},
                    {.kind = PartKind::tool_call, .text = R"({"x":1})", .id = "c", .name = "f"}};
    answer.end.finish = FinishReason::tool_calls;
    answer.end.usage = {100, 60, 9, 10, 4};
    const Stamp stamp{"id", "m", 1'700'000'000'123};
    const Asked asked;
    const auto openai = parse_foreign(openai::chat_completions().whole(asked, stamp, answer))->get_object();
    EXPECT_EQ(text_at(openai, "id"), "chatcmpl-id");
    const auto& message = openai.at("choices").at(0).at("message").as_object();
    EXPECT_EQ(text_at(message, "content"), "yes");
    EXPECT_EQ(text_at(message.at("tool_calls").at(0).at("function").as_object(), "arguments"), R"({"x":1})");
    EXPECT_EQ(openai.at("usage").at("prompt_tokens_details").at("cached_tokens").as_int64(), 60);
    const auto anthropic = parse_foreign(anthropic::messages().whole(asked, stamp, answer))->get_object();
    EXPECT_EQ(text_at(anthropic, "stop_reason"), "tool_use");
    EXPECT_EQ(anthropic.at("usage").at("input_tokens").as_int64(),
              30);  // neither read from the cache nor written
    EXPECT_EQ(anthropic.at("content").as_array().size(), 3u);
    EXPECT_EQ(anthropic.at("content").at(2).at("input").at("x").as_int64(), 1);
    const auto ollama = parse_foreign(ollama::chat().whole(asked, stamp, answer))->get_object();
    EXPECT_EQ(text_at(ollama, "created_at"), "2023-11-14T22:13:20.123Z");
    EXPECT_EQ(ollama.at("message").at("tool_calls").at(0).at("function").at("arguments").at("x").as_int64(),
              1);
    const auto responses = parse_foreign(openai::responses().whole(asked, stamp, answer))->get_object();
    EXPECT_EQ(responses.at("output").as_array().size(), 3u);
    EXPECT_EQ(text_at(responses, "status"), "completed");
}

TEST(OpenAiDialect, TwoBoundsOfAnAnswerMustNotDiffer) {
    const auto field = [](std::string_view bounds) {
        return field_of(
            openai::chat_completions(),
            R"({"model":"m","messages":[{"role":"user","content":"x"}],)" + std::string(bounds) + "}");
    };
    EXPECT_EQ(field(R"("max_tokens":100000,"max_completion_tokens":1)"), "max_tokens");
    EXPECT_EQ(field(R"("max_tokens":5,"max_completion_tokens":5)"), "");
    EXPECT_EQ(field(R"("max_tokens":5)"), "");
}

TEST(OpenAiDialect, AFileIsDataAnAddressOrAnId) {
    const auto chat = [](const std::string& file) {
        return parse(
            openai::chat_completions(),
            R"({"model":"m","messages":[{"role":"user","content":[{"type":"file","file":)" + file + "}]}]}");
    };
    const auto response = [](const std::string& file) {
        return parse(
            openai::responses(),
            R"({"model":"m","input":[{"role":"user","content":[{"type":"input_file",)" + file + "}]}]}");
    };
    const auto part = [](const Result<Asked>& asked) {
        return asked ? asked->request.messages.at(0).parts.at(0) : Part{.text = asked.error().message};
    };
    EXPECT_EQ(part(response(R"("file_url":"https://x.example/a.pdf")")).url, "https://x.example/a.pdf");
    EXPECT_EQ(part(response(R"("file_id":"file-1")")).url, "file-1");
    const auto data = part(chat(R"({"filename":"a.pdf","file_data":"data:application/pdf;base64,AAAA"})"));
    EXPECT_EQ(data.name, "a.pdf");
    EXPECT_EQ(data.data, "AAAA");
    EXPECT_EQ(part(chat(R"({"file_id":"file-1"})")).url, "file-1");
    EXPECT_EQ(chat(R"({"file_data":"AAAA"})").error().field, "messages[0].content[0].file.file_data");
    EXPECT_EQ(chat("{}").error().field, "messages[0].content[0].file.file_id");
    EXPECT_EQ(response(R"("file_url":"a.pdf")").error().field, "input[0].content[0].file_url");
}

// What only a provider knows of its own conversations, as a search that it made, comes back to it.
TEST(Dialects, ContentOfAnUnknownKindIsKept) {
    const auto anthropic = parse(anthropic::messages(), R"({"model":"m","max_tokens":5,"messages":[
        {"role":"user","content":"x"},
        {"role":"assistant","content":[{"type":"server_tool_use","id":"s","name":"web_search","input":{"query":"q"}},
          {"type":"web_search_tool_result","tool_use_id":"s","content":[]},{"type":"text","text":"found"}]}]})");
    ASSERT_TRUE(anthropic) << anthropic.error().message;
    const auto& said = anthropic->request.messages.at(1);
    ASSERT_EQ(said.parts.size(), 3u);
    EXPECT_EQ(said.parts[0].kind, PartKind::other);
    EXPECT_EQ(said.parts[0].name, "server_tool_use");
    EXPECT_EQ(parse_foreign(said.parts[0].text)->at("input").at("query").as_string(), "q");
    EXPECT_EQ(said.content, "found");
    const auto openai = parse(openai::chat_completions(), R"({"model":"m","messages":[
        {"role":"user","content":"x"},
        {"role":"assistant","tool_calls":[{"id":"c","type":"custom","custom":{"name":"f","input":"i"}}]},
        {"role":"tool","tool_call_id":"c","content":"o"}]})");
    ASSERT_TRUE(openai) << openai.error().message;
    EXPECT_EQ(openai->request.messages.at(1).parts.at(0).kind, PartKind::other);
    EXPECT_EQ(field_of(anthropic::messages(),
                       R"({"model":"m","max_tokens":5,"messages":[{"role":"user","content":[{}]}]})"),
              "messages[0].content[0].type")
        << "a kind it must have";
}

}  // namespace
}  // namespace lares::gateway
