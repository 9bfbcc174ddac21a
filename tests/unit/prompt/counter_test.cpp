#include "prompt/counter.h"

#include <gtest/gtest.h>

namespace lares::prompt {
namespace {

using gateway::ChatMessage;
using gateway::Role;

// One token a byte, 3 around each message, 7 around the prompt; 20 more when no system message leads.
class ByteProvider final : public gateway::Provider {
public:
    Task<Result<std::unique_ptr<gateway::ChatStream>>> chat(gateway::ChatRequest) override {
        co_return fail(Code::unavailable, "model-missing", "No model.");
    }
    std::vector<gateway::ModelInfo> models() override { return {}; }
    Result<std::size_t> count_tokens(const std::string& model,
                                     const std::vector<ChatMessage>& messages) override {
        ++calls;
        if (model == "gone") return fail(Code::not_found, "model-not-found", "No such model.");
        std::size_t tokens = 7;
        if (messages.empty() || messages.front().role != Role::system) tokens += 20;
        for (const auto& message : messages) tokens += message.content.size() + 3;
        return tokens;
    }
    gateway::ProviderStatus status() override { return {}; }
    void forget(const std::string&) override {}
    int calls = 0;
};

TEST(TokenCounter, CountsOneMessageWithItsFrame) {
    ByteProvider provider;
    TokenCounter counter(provider);
    const auto count = counter.of("m");
    EXPECT_EQ(count({Role::user, "12345", {}}).value(), 8u);
    EXPECT_EQ(count({Role::system, "", {}}).value(), 3u);
}

TEST(TokenCounter, ATextByItselfHasNoFrame) {
    ByteProvider provider;
    TokenCounter counter(provider);
    EXPECT_EQ(counter.of_text("m", "12345").value(), 5u);
    EXPECT_EQ(counter.of_text("m", "").value(), 0u);
    const int calls = provider.calls;
    EXPECT_EQ(counter.of("m")({Role::user, "12345", {}}).value(), 8u);  // the cache is the prompt's own
    EXPECT_EQ(provider.calls, calls);
    EXPECT_EQ(counter.of_text("gone", "x").error().type, "model-not-found");
}

TEST(TokenCounter, RemembersTextsPerModel) {
    ByteProvider provider;
    TokenCounter counter(provider);
    ASSERT_TRUE(counter.of("m")({Role::user, "abc", {}}));
    const int calls = provider.calls;
    ASSERT_TRUE(counter.of("m")({Role::assistant, "abc", {}}));
    EXPECT_EQ(provider.calls, calls);
    ASSERT_TRUE(counter.of("other")({Role::user, "abc", {}}));
    EXPECT_GT(provider.calls, calls);
}

TEST(TokenCounter, TokensOfAnAnswerAreTakenAsTheyAre) {
    ByteProvider provider;
    TokenCounter counter(provider);
    EXPECT_EQ(counter.of("m")({Role::assistant, "longer than its tokens", {1, 2, 3}}).value(), 3u + 4u);
}

TEST(TokenCounter, WhatIsInUseIsNotForgotten) {
    ByteProvider provider;
    TokenCounter counter(provider);
    const auto count = counter.of("m");
    for (std::size_t i = 0; i < 3 * TokenCounter::entries_max; ++i) {
        ASSERT_TRUE(count({Role::user, "n" + std::to_string(i), {}}));
        if (i % 1000 == 0) ASSERT_TRUE(count({Role::user, "in use", {}}));
    }
    const int calls = provider.calls;
    ASSERT_TRUE(count({Role::user, "in use", {}}));
    EXPECT_EQ(provider.calls, calls);
    ASSERT_TRUE(count({Role::user, "n0", {}}));
    EXPECT_GT(provider.calls, calls);
}

TEST(TokenCounter, ErrorsOfTheProviderPassThrough) {
    ByteProvider provider;
    TokenCounter counter(provider);
    EXPECT_EQ(counter.of("gone")({Role::user, "x", {}}).error().type, "model-not-found");
}

}  // namespace
}  // namespace lares::prompt
