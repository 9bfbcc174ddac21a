#include "gateway/gateway.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace lares::gateway {
namespace {

class Named final : public Provider {
public:
    explicit Named(std::string name) : name_(std::move(name)) {}
    Task<Result<std::unique_ptr<ChatStream>>> chat(ChatRequest request) override {
        asked.push_back(request.model);
        co_return fail(Code::unavailable, "asked-" + name_, "");
    }
    std::vector<ModelInfo> models() override {
        ModelInfo info;
        info.id = name_ + "-model";
        info.is_default = true;
        return {info};
    }
    Result<std::size_t> count_tokens(const std::string&, const std::vector<ChatMessage>& messages) override {
        return messages.size();
    }
    ProviderStatus status() override {
        ProviderStatus status;
        status.name = name_;
        return status;
    }
    void forget(const std::string& cache_key) override { forgotten.push_back(cache_key); }
    std::vector<std::string> asked, forgotten;

private:
    std::string name_;
};

std::string ask(Gateway& gateway, const std::string& model) {
    boost::asio::io_context context;
    std::string type;
    ChatRequest request;
    request.model = model;
    boost::asio::co_spawn(context, gateway.chat(std::move(request)),
                          [&type](std::exception_ptr, Result<std::unique_ptr<ChatStream>> result) {
                              type = result ? "stream" : result.error().type;
                          });
    context.run();
    return type;
}

TEST(Gateway, ModelNamesTheProviderAndEmptyIsTheFirst) {
    auto one = std::make_shared<Named>("one"), two = std::make_shared<Named>("two");
    Gateway gateway;
    gateway.add(one);
    gateway.add(two);
    EXPECT_EQ(ask(gateway, ""), "asked-one");
    EXPECT_EQ(ask(gateway, "two-model"), "asked-two");
    EXPECT_EQ(ask(gateway, "three-model"), "model-not-found");
    EXPECT_EQ(two->asked, std::vector<std::string>{"two-model"});
    EXPECT_EQ(gateway.count_tokens("two-model", {{}, {}}).value(), 2u);
    EXPECT_EQ(gateway.count_tokens("none", {}).error().code, Code::not_found);
}

TEST(Gateway, OneDefaultModelAndEverybodyForgets) {
    auto one = std::make_shared<Named>("one"), two = std::make_shared<Named>("two");
    Gateway gateway;
    gateway.add(one);
    gateway.add(two);
    const auto models = gateway.models();
    ASSERT_EQ(models.size(), 2u);
    EXPECT_TRUE(models[0].is_default);
    EXPECT_FALSE(models[1].is_default);
    EXPECT_EQ(gateway.status().name, "one");
    EXPECT_EQ(gateway.statuses().size(), 2u);
    gateway.forget("chat");
    EXPECT_EQ(one->forgotten, two->forgotten);
}

TEST(Gateway, WithoutProvidersItSaysSo) {
    Gateway gateway;
    EXPECT_EQ(ask(gateway, ""), "model-not-found");
    EXPECT_EQ(gateway.status().state, ModelState::failed);
}

}  // namespace
}  // namespace lares::gateway
