#include "gateway/providers/local/local.h"

#include <filesystem>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/providers/local/schema.h"

namespace lares::gateway {
namespace {

namespace asio = boost::asio;
using testing::AllOf;
using testing::HasSubstr;

struct Heard {
    std::string text, error, message;
    std::vector<std::int32_t> tokens;
    ChatEnd end;
};

Task<Heard> hear(Provider& provider, ChatRequest request, std::size_t tokens) {
    Heard heard;
    auto stream = co_await provider.chat(std::move(request));
    if (!stream) {
        heard.error = stream.error().type, heard.message = stream.error().message;
        co_return heard;
    }
    while (heard.tokens.size() < tokens) {
        auto delta = co_await (*stream)->next();
        if (!delta) {
            heard.error = delta.error().type;
            co_return heard;
        }
        if (!*delta) {
            heard.end = (*stream)->end();
            break;
        }
        heard.text += (*delta)->text;
        heard.tokens.insert(heard.tokens.end(), (*delta)->tokens.begin(), (*delta)->tokens.end());
    }
    co_return heard;
}

Heard ask(Provider& provider, ChatRequest request, std::size_t tokens = 10'000) {
    asio::io_context context;
    Heard heard;
    asio::co_spawn(context, hear(provider, std::move(request), tokens),
                   [&heard](std::exception_ptr problem, Heard value) {
                       if (problem) std::rethrow_exception(problem);
                       heard = std::move(value);
                   });
    context.run();
    return heard;
}

Result<Embedding> embed(Provider& provider, std::string model, std::optional<std::uint32_t> dimensions = {}) {
    EmbedRequest request;
    request.model = std::move(model);
    request.inputs = {"a", "b"};
    request.dimensions = dimensions;
    asio::io_context context;
    Result<Embedding> made = Embedding();
    asio::co_spawn(context, provider.embed(std::move(request)),
                   [&made](std::exception_ptr problem, Result<Embedding> value) {
                       if (problem) std::rethrow_exception(problem);
                       made = std::move(value);
                   });
    context.run();
    return made;
}

ChatRequest request(std::string text, std::uint32_t max_tokens = 12) {
    ChatRequest out;
    out.messages = {{Role::user, std::move(text), {}}};
    out.max_tokens = max_tokens;
    out.sampling.temperature = 0;
    return out;
}

Local& local() {
    static Local instance([] {
        Local::Options options;
        options.models_folder = "/nonexistent";
        return options;
    }());
    static const bool started = (instance.start(), true);
    (void)started;
    return instance;
}

TEST(Local, FirstMessageWaitsForTheLoad) {
    const auto heard = ask(local(), request("Hello!"));
    EXPECT_EQ(heard.error, "");
    EXPECT_FALSE(heard.text.empty());
    EXPECT_EQ(heard.tokens.size(), heard.end.usage.completion);
    EXPECT_EQ(heard.end.finish, FinishReason::length);
    EXPECT_EQ(local().status().state, ModelState::ready);
    EXPECT_EQ(local().status().progress, 1);
}

TEST(Local, ErrorsNameTheField) {
    const auto error_of = [](auto change) {
        auto wrong = request("Hello!");
        change(wrong);
        return ask(local(), std::move(wrong)).message;
    };
    EXPECT_THAT(error_of([](ChatRequest& r) { r.messages[0].content = "\xFF"; }),
                HasSubstr("messages[0].content"));
    EXPECT_THAT(error_of([](ChatRequest& r) { r.messages.clear(); }), HasSubstr("messages"));
    EXPECT_THAT(error_of([](ChatRequest& r) { r.sampling.temperature = 3; }), HasSubstr("temperature"));
    EXPECT_THAT(error_of([](ChatRequest& r) { r.sampling.top_p = std::nan(""); }), HasSubstr("top_p"));
    EXPECT_THAT(error_of([](ChatRequest& r) { r.max_tokens = 0; }), HasSubstr("max_tokens"));
    EXPECT_THAT(error_of([](ChatRequest& r) { r.stop = {""}; }), HasSubstr("stop"));
    EXPECT_THAT(error_of([](ChatRequest& r) { r.json_schema = "{"; }), HasSubstr("json_schema"));
    EXPECT_THAT(error_of([](ChatRequest& r) { r.model = "other"; }), HasSubstr("'other'"));
}

// Schemas that would hold everybody up, or end the process.
TEST(Schema, BoundsNameTheFieldAndTheRule) {
    const auto problem_of = [](const std::string& schema) {
        const auto checked = check_schema(schema);
        return checked ? std::string("none") : checked.error().field + "|" + checked.error().message;
    };
    const auto object_of = [](int properties, bool required) {
        std::string names, list;
        for (int i = 0; i < properties; ++i) {
            names += (i ? ",\"a" : "\"a") + std::to_string(i) + "\":{}";
            list += (i ? ",\"a" : "\"a") + std::to_string(required ? i : 0) + "\"";
        }
        return R"({"type":"object","properties":{)" + names + R"(},"required":[)" + list + "]}";
    };
    const auto pattern = [](const std::string& text) {
        return R"({"type":"string","pattern":")" + text + "\"}";
    };
    const auto nested = [](int levels) {
        std::string text = "{}";
        for (int i = 0; i < levels; ++i) text = R"({"items":)" + text + "}";
        return text;
    };
    std::string choices = "1";
    for (int i = 0; i < 1'000; ++i) choices += ",1";

    EXPECT_EQ(problem_of(object_of(3'000, true)), "none");
    EXPECT_EQ(problem_of(object_of(201, false)), "none") << "one of them is required";
    EXPECT_THAT(problem_of(object_of(202, false)),
                AllOf(HasSubstr("json_schema|"), HasSubstr("200 properties that are not required")));
    EXPECT_THAT(problem_of(R"({"allOf":[)" + object_of(150, false) + "," + object_of(150, false) + "]}"),
                HasSubstr("200 properties"));
    EXPECT_THAT(problem_of(R"({"enum":[)" + choices + "]}"), HasSubstr("1000 items of enum"));
    EXPECT_EQ(problem_of(nested(60)), "none");
    EXPECT_THAT(problem_of(nested(65)), HasSubstr("64 levels"));

    for (const auto* text : {"^[0-9]{3}-[0-9]{4}$", "^([0-9]{1,3}\\\\.){3}[0-9]{1,3}$", "^[a{(?]*\\\\($",
                             "^a{1,1000}$", "^(ab){2,}$", "^\\\\d+(\\\\.\\\\d+)?$"})
        EXPECT_EQ(problem_of(pattern(text)), "none") << text;
    std::string optional = "^a";
    for (int i = 0; i < 65; ++i) optional += "b?";
    for (const auto& text :
         {optional + "$", std::string("^(((a?){1,100}){1,100}){1,100}$"), std::string("^(a?){66}$"),
          std::string("^((a?b?){8}){8}"), std::string("^(a?){1,99999999999999999999}$")})
        EXPECT_THAT(problem_of(pattern(text)), HasSubstr("64 quantifiers")) << text;

    EXPECT_EQ(problem_of(R"({"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"type":"string"}},"$ref":"#/$defs/a"})"),
              "none");
    EXPECT_EQ(problem_of(R"({"$defs":{"a":{"items":{"$ref":"#/$defs/a"}}},"$ref":"#/$defs/a"})"), "none");
    for (const auto* text : {R"({"$defs":{"a":{"$ref":"#/$defs/a"}},"allOf":[{"$ref":"#/$defs/a"}]})",
                             R"({"allOf":[{"$ref":"#/allOf/0"}]})"})
        EXPECT_THAT(problem_of(text), HasSubstr("leads back to itself")) << text;
    EXPECT_THAT(problem_of("{"), HasSubstr("must be JSON"));
}

TEST(Local, SchemasThatHoldEverybodyUpAreRefused) {
    for (const auto* schema : {R"({"allOf":[{"$ref":"#/allOf/0"}]})",
                               R"({"type":"string","pattern":"^(((a?){1,100}){1,100}){1,100}$"})"}) {
        auto wrong = request("Hello!");
        wrong.json_schema = schema;
        EXPECT_THAT(ask(local(), std::move(wrong)).message, HasSubstr("json_schema: "));
    }
    auto right = request("Hello!", 4);
    right.json_schema = R"({"type":"string","pattern":"^[0-9]{3}$"})";
    EXPECT_EQ(ask(local(), std::move(right)).error, "");
}

TEST(Local, OverflowSaysByHowMuch) {
    std::string text;
    for (int i = 0; i < 9000; ++i) text += "word ";
    const auto heard = ask(local(), request(text));
    EXPECT_EQ(heard.error, "context-overflow");
    const auto tokens = local().count_tokens("", {{Role::user, text, {}}}).value();
    EXPECT_THAT(heard.message,
                HasSubstr("it is " + std::to_string(tokens + 1 - local().status().context_tokens) +
                          " too long. Shorten it"));
}

TEST(Local, DroppedStreamFreesTheChat) {
    EXPECT_EQ(ask(local(), request("Tell me a very long story.", 400), 3).error, "");
    for (int i = 0; i < 400 && local().status().live > 0; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_EQ(local().status().live, 0u);
    EXPECT_EQ(local().status().cells_used, 0u);
}

TEST(Local, ConversationIsReusedUntilForgotten) {
    auto first = request("My name is Ada and I live by the sea, where I mend nets and count ships.");
    first.cache_key = "c";
    const auto one = ask(local(), first);
    auto second = first;
    second.messages.push_back({Role::assistant, one.text, one.tokens});
    second.messages.push_back({Role::user, "What is my name?", {}});
    const auto two = ask(local(), second);
    EXPECT_GE(two.end.usage.reused, one.end.usage.prompt);
    local().forget("c");
    EXPECT_EQ(ask(local(), second).end.usage.reused, 0u);
}

TEST(Local, MissingWeightsAreSaid) {
    Local::Options options;
    options.models_folder = "/nonexistent/models";
    options.bundled_folders = {"/nonexistent/bundled"};
    options.embedding_folders = {"/nonexistent/bundled"};
    Local empty(options);
    empty.start();
    const auto heard = ask(empty, request("Hello!"));
    EXPECT_EQ(heard.error, "model-failed");
    EXPECT_THAT(heard.message, HasSubstr("/nonexistent/models"));
    EXPECT_THAT(heard.message, HasSubstr("lares models add"));
    EXPECT_EQ(empty.status().state, ModelState::failed);
    EXPECT_EQ(empty.status().reason, heard.message);
    EXPECT_TRUE(empty.models().empty());
    EXPECT_EQ(embed(empty, {}).error().type, "model-missing");
}

TEST(Local, ModelsAreListedWithTheirFacts) {
    ask(local(), request("Hello!", 1));
    const auto models = local().models();
    ASSERT_EQ(models.size(), 2u);
    EXPECT_EQ(models[0].id, "SmolLM2-135M-Instruct.Q4_1");
    EXPECT_EQ(models[0].state, ModelState::ready);
    EXPECT_TRUE(models[0].is_default);
    EXPECT_EQ(models[0].quantization, "Q4_1");
    EXPECT_EQ(models[0].context_tokens, 8192u);
    EXPECT_TRUE(models[0].problem.empty());
    EXPECT_FALSE(models[0].embeds);
    EXPECT_TRUE(models[1].embeds);
    EXPECT_FALSE(models[1].is_default);
    EXPECT_EQ(models[1].context_tokens, 512u);
}

TEST(Local, EmbeddingsByTheModelThatMakesThem) {
    const std::string encoder = local().models().at(1).id;
    const auto made = embed(local(), encoder).value();
    EXPECT_EQ(made.dimensions, 384u);
    EXPECT_EQ(made.count(), 2u);
    EXPECT_EQ(made.tokens, 6u);
    EXPECT_EQ(embed(local(), {}).value().values, made.values);
    EXPECT_TRUE(embed(local(), encoder, 384));
    EXPECT_EQ(embed(local(), encoder, 100).error().field, "dimensions");
    EXPECT_EQ(embed(local(), "SmolLM2-135M-Instruct.Q4_1").error().type, "not-supported");
    EXPECT_EQ(embed(local(), "nothing").error().type, "model-not-found");
    auto chat = request("Hello!");
    chat.model = encoder;
    EXPECT_EQ(ask(local(), std::move(chat)).error, "not-supported");
    EXPECT_EQ(local().use(encoder).error().type, "model-missing");
}

}  // namespace
}  // namespace lares::gateway
