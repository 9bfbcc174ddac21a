// Embeddings in the two formats, towards clients and towards other servers.
#include "gateway/dialects/openai/embeddings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/dialects/ollama/embed.h"
#include "gateway/foreign.h"
#include "gateway/providers/embeddings.h"

namespace lares::gateway {
namespace {

using testing::HasSubstr;
using Tokens = std::vector<std::int32_t>;

boost::json::object object(std::string_view json) {
    return value_of(json).as_object();
}

Embedding two() {
    return {.dimensions = 2, .values = {0.5f, -0.25f, 1.0f, 0.1f}, .tokens = 9};
}

TEST(OpenAiEmbeddings, InputsOfEveryForm) {
    const auto one = openai::parse_embeddings(object(R"({"model":"m","input":"hello"})")).value();
    EXPECT_EQ(std::get<std::string>(one.request.inputs.at(0)), "hello");
    EXPECT_FALSE(one.base64);
    EXPECT_FALSE(one.request.truncate);
    const auto many = openai::parse_embeddings(
        object(R"({"model":"m","input":["a",[1,2]],"encoding_format":"base64","dimensions":384})"));
    ASSERT_TRUE(many);
    EXPECT_TRUE(many->base64);
    EXPECT_EQ(many->request.dimensions, 384u);
    EXPECT_EQ(std::get<Tokens>(many->request.inputs.at(1)), (Tokens{1, 2}));
    const auto tokens = openai::parse_embeddings(object(R"({"model":"m","input":[7592,2088]})")).value();
    ASSERT_EQ(tokens.request.inputs.size(), 1u);
    EXPECT_EQ(std::get<Tokens>(tokens.request.inputs.at(0)), (Tokens{7592, 2088}));
}

TEST(OpenAiEmbeddings, RefusalsNameTheField) {
    const std::pair<const char*, const char*> bad[] = {
        {R"({"input":"x"})", "model"},
        {R"({"model":"m"})", "input"},
        {R"({"model":"m","input":""})", "input"},
        {R"({"model":"m","input":[]})", "input"},
        {R"({"model":"m","input":{"a":1}})", "input"},
        {R"({"model":"m","input":["a",""]})", "input[1]"},
        {R"({"model":"m","input":["a",[]]})", "input[1]"},
        {R"({"model":"m","input":["a",[1.5]]})", "input[1]"},
        {R"({"model":"m","input":[1,-2]})", "input"},
        {R"({"model":"m","input":[1,4294967296]})", "input"},
        {R"({"model":"m","input":"x","encoding_format":"int8"})", "encoding_format"},
        {R"({"model":"m","input":"x","dimensions":0})", "dimensions"},
    };
    for (const auto& [json, field] : bad) {
        const auto refused = openai::parse_embeddings(object(json));
        ASSERT_FALSE(refused) << json;
        EXPECT_EQ(refused.error().field, field) << json;
    }
}

TEST(OpenAiEmbeddings, AnswersAsNumbersOrBase64) {
    openai::AskedEmbeddings asked;
    asked.request.model = "m";
    EXPECT_EQ(openai::embeddings_json(asked, two()),
              R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-0.25]},)"
              R"({"object":"embedding","index":1,"embedding":[1,0.1]}],"model":"m",)"
              R"("usage":{"prompt_tokens":9,"total_tokens":9}})");
    asked.base64 = true;
    const auto json = openai::embeddings_json(asked, two());
    EXPECT_THAT(json, HasSubstr(R"("embedding":"AAAAPwAAgL4=")"));
    const auto back = read_embeddings(json, 2, Wire::openai).value();
    EXPECT_EQ(back.values, two().values);
    EXPECT_EQ(back.tokens, 9u);
}

TEST(OllamaEmbeddings, BothForms) {
    const auto asked = ollama::parse_embed(object(R"({"model":"m:latest","input":["a","b"]})")).value();
    EXPECT_EQ(asked.model, "m");
    EXPECT_TRUE(asked.truncate);
    EXPECT_EQ(asked.inputs.size(), 2u);
    EXPECT_FALSE(
        ollama::parse_embed(object(R"({"model":"m","input":"a","truncate":false})")).value().truncate);
    EXPECT_TRUE(ollama::parse_embed(object(R"({"model":"m"})")).value().inputs.empty());
    EXPECT_EQ(ollama::parse_embed(object(R"({"model":"m","input":["a",1]})")).error().field, "input[1]");
    EXPECT_EQ(ollama::parse_embed(object(R"({"input":"a"})")).error().field, "model");
    EXPECT_EQ(ollama::embed_json(asked, two(), 3),
              R"({"model":"m:latest","embeddings":[[0.5,-0.25],[1,0.1]],"total_duration":3000000,)"
              R"("load_duration":0,"prompt_eval_count":9})");
    const auto older = ollama::parse_embeddings(object(R"({"model":"m","prompt":"a"})")).value();
    EXPECT_EQ(older.inputs.size(), 1u);
    EXPECT_EQ(ollama::embeddings_json({.dimensions = 2, .values = {0.5f, -0.25f}}),
              R"({"embedding":[0.5,-0.25]})");
    EXPECT_EQ(ollama::embeddings_json({}), R"({"embedding":[]})");
}

TEST(ProvidersEmbeddings, RequestsAsEachTakesThem) {
    EmbedRequest request;
    request.inputs = {"a", Tokens{1, 2}};
    request.dimensions = 3;
    Target target;
    target.provider = "p";
    target.base_url = "http://x/v1";
    target.model = "real";
    target.quirks = &quirks_of("compatible");
    EXPECT_EQ(embeddings_body(request, target, Wire::openai).value(),
              R"({"model":"real","input":["a",[1,2]],"dimensions":3})");
    EXPECT_EQ(embeddings_url(target, Wire::openai), "http://x/v1/embeddings");
    EXPECT_EQ(embeddings_url(target, Wire::ollama), "http://x/v1/api/embed");
    EXPECT_EQ(embeddings_body(request, target, Wire::ollama).error().field, "input");
    EXPECT_EQ(embeddings_body(request, target, Wire::anthropic).error().type, "not-supported");
    request.wire = Wire::openai;
    request.raw_model = "named";
    request.raw = std::make_shared<const std::string>(R"({"model":"named","input":"a","new_field":[1]})");
    EXPECT_TRUE(passes_embeddings(request, Wire::openai));
    EXPECT_FALSE(passes_embeddings(request, Wire::ollama));
    EXPECT_EQ(embeddings_body(request, target, Wire::openai).value(),
              R"({"model":"real","input":"a","new_field":[1]})");
}

TEST(ProvidersEmbeddings, AnswersInAnyOrderAndBrokenOnes) {
    const auto turned = read_embeddings(
        R"({"data":[{"index":1,"embedding":[3,4]},{"index":0,"embedding":[1,2]}],"usage":{"prompt_tokens":5}})",
        2, Wire::openai);
    ASSERT_TRUE(turned);
    EXPECT_EQ(turned->values, (std::vector<float>{1, 2, 3, 4}));
    EXPECT_TRUE(turned->tokens_known);
    const auto silent = read_embeddings(R"({"embeddings":[[1,2]]})", 1, Wire::ollama).value();
    EXPECT_FALSE(silent.tokens_known);
    for (const char* broken : {"", "[]", "{}", R"({"data":[]})", R"({"data":[{"index":0,"embedding":[1]}]})",
                               R"({"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]})",
                               R"({"data":[{"index":0,"embedding":[1]},{"index":9,"embedding":[1]}]})",
                               R"({"data":[{"embedding":[1]},{"embedding":[1,2]}]})",
                               R"({"data":[{"embedding":[]},{"embedding":[]}]})",
                               R"({"data":[{"embedding":"AAA"},{"embedding":"AAAAPw=="}]})",
                               R"({"data":[{"embedding":["x"]},{"embedding":[1]}]})"})
        EXPECT_EQ(read_embeddings(broken, 2, Wire::openai).error().type, "upstream-failed") << broken;
}

TEST(ProvidersEmbeddings, WhatALargeAnswerCostIsFoundAtItsEnds) {
    const std::string vectors(5000, '1');
    EXPECT_EQ(tokens_of_embeddings(R"({"data":[)" + vectors +
                                   R"(],"usage":{"prompt_tokens": 12,"total_tokens":12}})"),
              12u);
    EXPECT_EQ(tokens_of_embeddings(R"({"usage":{"prompt_tokens":7},"data":[)" + vectors + "]}"), 7u);
    EXPECT_EQ(tokens_of_embeddings(R"({"data":[)" + vectors + "]}"), std::nullopt);
    EXPECT_EQ(tokens_of_embeddings(""), std::nullopt);
    EXPECT_EQ(tokens_of_embeddings(R"("usage":{"prompt_tokens":)"), std::nullopt);
}

}  // namespace
}  // namespace lares::gateway
