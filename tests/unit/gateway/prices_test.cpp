// What providers say that a call took, and what that costs.
#include <gtest/gtest.h>

#include "gateway/catalog.h"
#include "gateway/providers/codec.h"
#include "gateway/usage/price.h"

namespace lares::gateway {
namespace {

Usage usage_of(const Codec& codec, std::string_view body) {
    const auto decoder = codec.decoder(true);
    std::vector<Event> events;
    EXPECT_TRUE(decoder->feed(body, events));
    EXPECT_TRUE(decoder->finish(events));
    return decoder->end().usage;
}

TEST(Usage, ThinkingThatIsOnlyInTheSumIsPaid) {
    const auto told = usage_of(
        openai_codec(),
        R"({"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":115,"completion_tokens_details":{"reasoning_tokens":100}}})");
    EXPECT_EQ(told.completion, 105u);
    EXPECT_EQ(told.reasoning, 100u);
    EXPECT_EQ(
        usage_of(openai_codec(),
                 R"({"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}})")
            .completion,
        5u);
}

TEST(Usage, ASumThatIsTooLargeDoesNotBecomeASmallOne) {
    EXPECT_EQ(
        usage_of(
            anthropic_codec(),
            R"({"content":[],"usage":{"input_tokens":4000000000,"cache_read_input_tokens":4000000000,"output_tokens":1}})")
            .prompt,
        UINT32_MAX);
}

TEST(Prices, AreExactAndUnknownIsNotFree) {
    Price price;
    price.input = 3;
    price.output = 15;
    price.cache_read = 0.3;
    price.cache_write = 3.75;
    price.above_tokens = 200'000;
    price.input_above = 6;
    price.output_above = 22.5;
    EXPECT_EQ(cost_micros(price, {1'000'000 / 10, 0, 1000, 0, 0}), 300'000 + 15'000);
    EXPECT_EQ(cost_micros(price, {1000, 600, 100, 300, 0}), 300 + 180 + 1125 + 1500);
    EXPECT_EQ(cost_micros(price, {200'001, 0, 10, 0, 0}), 1'200'006 + 225);
    EXPECT_EQ(cost_micros(price, {0, 0, 0, 0, 0}), 0);
    Price small;
    small.input = 0.15;
    EXPECT_FALSE(cost_micros(small, {10, 0, 1, 0, 0}));
    small.output = 0.6;
    EXPECT_EQ(cost_micros(small, {3, 0, 1, 0, 0}), 1);  // 1.05 rounded once
    EXPECT_FALSE(cost_micros({}, {10, 0, 0, 0, 0}));
}

TEST(Prices, OfAServiceOfAnHourAndOfSearches) {
    const auto table =
        parse_catalog(R"({"models":{"m":{"price":{"input":2,"output":8,"cache_read":0.5,"cache_write":3,
        "cache_write_1h":4,"reasoning":9,"search":0.01,
        "tiers":[{"above_tokens":1000,"input":4,"cache_write_1h":5}],
        "flex":{"input":1,"output":4},
        "priority":{"input":3.5,"output":14,"tiers":[{"above_tokens":1000,"input":7}]}}}}})");
    ASSERT_TRUE(table) << table.error().message;
    const Price& price = *table->facts("m")->price;
    const auto cost = [&](Service service, std::uint32_t prompt, Usage usage = {}) {
        usage.prompt = prompt;
        usage.service = service;
        return cost_micros(price, usage);
    };
    EXPECT_EQ(cost(Service::standard, 1000), 2000);
    EXPECT_EQ(cost(Service::flex, 1000), 1000);
    EXPECT_EQ(cost(Service::priority, 1000), 3500);
    EXPECT_EQ(cost(Service::priority, 2000), 14'000) << "its own price of long prompts";
    EXPECT_EQ(cost(Service::flex, 2000), 8000) << "it has none";
    EXPECT_EQ(cost(Service::flex, 1000, {.reused = 1000}), 500) << "what it does not name stays";
    EXPECT_EQ(cost(Service::standard, 0, {.completion = 10, .reasoning = 10}), 90);
    EXPECT_EQ(cost(Service::flex, 0, {.completion = 10, .reasoning = 10}), 40);
    EXPECT_EQ(cost(Service::standard, 1000, {.cache_write = 1000, .cache_write_1h = 400}), 1800 + 1600);
    EXPECT_EQ(cost(Service::standard, 0, {.searches = 3}), 30'000);
    Price plain;
    plain.input = plain.output = 1;
    plain.cache_write = 2;
    EXPECT_FALSE(cost_micros(plain, {.searches = 1})) << "unknown is not free";
    EXPECT_EQ(cost_micros(plain, {.prompt = 10, .searches = 1}), 10) << "what is known is booked";
    EXPECT_EQ(cost_micros(plain, {.prompt = 10, .cache_write = 10, .cache_write_1h = 10}), 20);
    EXPECT_EQ(cost_micros(plain, {.prompt = 10, .service = Service::priority}), 10);
    // Before the call nobody knows how it will be served.
    EXPECT_EQ(most_micros(price, 1000, 10), 4000 + 140);
    EXPECT_EQ(most_micros(price, 2000, 0), 14'000);
    EXPECT_EQ(most_micros(price, 0, 0, 5), 50'000);
    EXPECT_FALSE(most_micros(plain, 0, 0, 5));
    EXPECT_EQ(parse_catalog(R"({"models":{"m":{"price":{"flex":{"input":-1}}}}})").error().field,
              "models.m.price.flex.input");
}

TEST(Usage, SaysTheServiceTheHoursAndTheSearches) {
    EXPECT_EQ(usage_of(openai_codec(), R"({"choices":[],"service_tier":"flex","usage":{"prompt_tokens":1}})")
                  .service,
              Service::flex);
    EXPECT_EQ(
        usage_of(openai_codec(), R"({"choices":[],"service_tier":"default","usage":{"prompt_tokens":1}})")
            .service,
        Service::standard);
    const auto told = usage_of(
        anthropic_codec(),
        R"({"content":[],"usage":{"input_tokens":10,"cache_creation_input_tokens":300,"output_tokens":5,"service_tier":"priority","cache_creation":{"ephemeral_5m_input_tokens":100,"ephemeral_1h_input_tokens":200},"server_tool_use":{"web_search_requests":2}}})");
    EXPECT_EQ(told.prompt, 310u);
    EXPECT_EQ(told.cache_write, 300u);
    EXPECT_EQ(told.cache_write_1h, 200u);
    EXPECT_EQ(told.searches, 2u);
    EXPECT_EQ(told.service, Service::priority);
    // What passes through is looked at for it, too.
    for (const bool streams : {false, true}) {
        const auto decoder = openai_codec().decoder(!streams, true);
        std::vector<Event> events;
        const std::string usage =
            R"("service_tier":"priority","usage":{"prompt_tokens":1,"completion_tokens":2})";
        ASSERT_TRUE(decoder->feed(
            streams
                ? "data: "
                  "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n"
                  "data: {\"choices\":[]," +
                      usage + "}\n\ndata: [DONE]\n\n"
                : R"({"object":"chat.completion","choices":[],)" + usage + "}",
            events));
        ASSERT_TRUE(decoder->finish(events));
        EXPECT_EQ(decoder->end().usage.service, Service::priority) << streams;
    }
}

TEST(CatalogFile, NamesTheFieldAndFindsDatedNames) {
    const auto known = parse_catalog(std::string(known_models()));
    ASSERT_TRUE(known) << known.error().message;
    EXPECT_EQ(known->facts("gpt-4o-2024-08-06")->price->input, 2.5);
    EXPECT_EQ(known->facts("gpt-4o-mini-2024-07-18")->price->input, 0.15);
    EXPECT_EQ(known->facts("gpt-4o-audio-preview"), nullptr);  // another model, its price is not known
    EXPECT_EQ(known->facts("unheard-of"), nullptr);
    EXPECT_EQ(parse_catalog(R"({"upstreams":[{"kind":"openai"}]})").error().field, "upstreams[0].name");
    auto both = merged(
        *known,
        *parse_catalog(
            R"({"models":{"gpt-4o":{"price":{"input":1}}},"aliases":{"a":{"targets":[{"model":"gpt-4o"}]}}})"));
    EXPECT_EQ(both.facts("gpt-4o")->price->input, 1.0);
    EXPECT_EQ(both.aliases.at("a").targets[0].weight, 1);
}

}  // namespace
}  // namespace lares::gateway
