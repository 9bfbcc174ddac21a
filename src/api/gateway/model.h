#pragma once
// The product's own view of models: who offers which, what a generation is asked with and answers.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>

#include "chat/model.h"
#include "gateway/trace.h"
#include "json/json.h"

namespace lares::api {

struct OfferedModel {
    std::string id;    // what requests name
    std::string name;  // as its provider calls it
    std::optional<std::int64_t> context_tokens;
    std::optional<bool> vision, tools, json_schema, thinking;  // absent: not known
    std::optional<double> input_price, output_price;  // dollars for a million tokens; absent: not known
};
BOOST_DESCRIBE_STRUCT(OfferedModel, (),
                      (id, name, context_tokens, vision, tools, json_schema, thinking, input_price,
                       output_price))

struct OfferingProvider {
    std::string name;
    std::string kind;   // "local", "openai", "anthropic", "ollama", …
    std::string state;  // "ready", "loading", "failed", "resting"
    std::optional<std::string> problem;
    std::vector<OfferedModel> models;
};
BOOST_DESCRIBE_STRUCT(OfferingProvider, (), (name, kind, state, problem, models))

struct ProviderList {
    std::vector<OfferingProvider> items;
};
BOOST_DESCRIBE_STRUCT(ProviderList, (), (items))

struct ModelStatus {
    std::string id;
    std::string name;  // as its provider calls it
    std::string provider;
    std::string state;  // "available", "loading", "ready", "failed", "resting"
    bool is_default = false;
    std::optional<std::int64_t> context_tokens;
    std::optional<double> progress;  // 0..1 while it is loaded
    std::optional<std::string> problem;
    bool sees_images = false;      // as far as is known
    bool reads_documents = false;  // PDFs as they are
};
BOOST_DESCRIBE_STRUCT(ModelStatus, (),
                      (id, name, provider, state, is_default, context_tokens, progress, problem, sees_images,
                       reads_documents))

struct ModelStatusList {
    std::vector<ModelStatus> items;
};
BOOST_DESCRIBE_STRUCT(ModelStatusList, (), (items))

struct ModelSwitch {
    std::string model;
    std::optional<std::string> provider;
};
BOOST_DESCRIBE_STRUCT(ModelSwitch, (), (model, provider))
constexpr auto json_rules(const ModelSwitch*) {
    return std::array{json::length("model", 1, 256), json::length("provider", 1, 64)};
}

struct ChatModelQuery {
    std::optional<chat::ConversationId> conversation_id;
};
BOOST_DESCRIBE_STRUCT(ChatModelQuery, (), (conversation_id))

// conversation_id absent: of all the person's conversations that have no model of their own. model empty:
// none is chosen any more.
struct ChatModelSwitch {
    std::optional<chat::ConversationId> conversation_id;
    std::string model;
    std::optional<std::string> provider;
};
BOOST_DESCRIBE_STRUCT(ChatModelSwitch, (), (conversation_id, model, provider))
constexpr auto json_rules(const ChatModelSwitch*) {
    return std::array{json::length("model", 0, 256), json::length("provider", 1, 64)};
}

struct ChatModel {
    std::optional<std::string> conversation;  // what was chosen for this one
    std::optional<std::string> mine;          // for all of the person's
    ModelStatus answers;                      // who it is now
};
BOOST_DESCRIBE_STRUCT(ChatModel, (), (conversation, mine, answers))

struct GenerateMessage {
    std::string role;  // "system", "user", "assistant"
    std::string content;
};
BOOST_DESCRIBE_STRUCT(GenerateMessage, (), (role, content))

struct GenerateRequest {
    std::optional<std::string> provider;
    std::optional<std::string> model;
    std::optional<std::string> prompt;  // or
    std::optional<std::vector<GenerateMessage>> messages;
    std::optional<std::int64_t> maxTokens;
    std::optional<double> temperature;
    std::optional<bool> stream;
};
BOOST_DESCRIBE_STRUCT(GenerateRequest, (),
                      (provider, model, prompt, messages, maxTokens, temperature, stream))
constexpr auto json_rules(const GenerateRequest*) {
    return std::array{json::length("provider", 1, 64), json::length("model", 1, 256),
                      json::range("maxTokens", 1, 1 << 20), json::range("temperature", 0, 2)};
}

struct GenerateUsage {
    std::int64_t prompt_tokens = 0, completion_tokens = 0, cached_tokens = 0;
};
BOOST_DESCRIBE_STRUCT(GenerateUsage, (), (prompt_tokens, completion_tokens, cached_tokens))

struct GenerateAnswer {
    std::string text;
    std::string model;
    std::string provider;
    std::string finish_reason;  // "stop", "length", …
    GenerateUsage usage;
    std::optional<std::int64_t> cost_micros;  // millionths of a dollar; absent: the price is not known
    std::int64_t latency_ms = 0;
    std::optional<std::int64_t> first_token_ms;
    std::optional<gateway::Trace> trace;  // asked for with X-Lares-Trace: 1
};
BOOST_DESCRIBE_STRUCT(GenerateAnswer, (),
                      (text, model, provider, finish_reason, usage, cost_micros, latency_ms, first_token_ms,
                       trace))

struct GenerateDelta {
    std::string text;
};
BOOST_DESCRIBE_STRUCT(GenerateDelta, (), (text))

}  // namespace lares::api
