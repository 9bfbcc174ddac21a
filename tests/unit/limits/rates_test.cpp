#include "limits/rates.h"

#include <gtest/gtest.h>

#include "async/virtual_clock.h"
#include "limits/keeper.h"
#include "limits/migrations.h"

namespace lares::limits {
namespace {

using async::Milliseconds;

class RatesTest : public testing::Test {
protected:
    async::VirtualClock clock;
    Gcra gcra{clock};
    Rates rates{gcra};
    Asking ann{"ann", "", "", "/v1/chat/completions", "m", 10};

    void set(const char* json) {
        auto rules = parse_rules(json);
        ASSERT_TRUE(rules) << rules.error().message;
        rates.set(std::move(*rules), 1);
    }
    int allowed(const Asking& asking, int tries) {
        int count = 0;
        for (int i = 0; i < tries; ++i) count += rates.take(asking).allowed;
        return count;
    }
};

TEST_F(RatesTest, WithoutRulesNothingIsLimited) {
    EXPECT_EQ(allowed(ann, 1000), 1000);
    EXPECT_EQ(rates.take(ann).requests.limit, 0);
    EXPECT_EQ(gcra.keys(), 0U);
}

TEST_F(RatesTest, TiersAreOfTheKeyThenOfThePersonThenTheDefault) {
    const std::string id = UserId{}.text();
    set((R"({"tiers": {"default": {"requests_per_minute": 5}, "slow": {"requests_per_minute": 2},
                      "fast": {"requests_per_minute": 50}}, "people": {")" +
         id + R"(": "slow"}})")
            .c_str());
    EXPECT_EQ(allowed(ann, 100), 5);
    Asking slow = ann;
    slow.person = id;
    EXPECT_EQ(allowed(slow, 100), 2);
    slow.key = "k";
    slow.tier = "fast";
    EXPECT_EQ(allowed(slow, 100), 50) << "a key has its own, and its own bucket";
    slow.key = "other";
    slow.tier = "gone";
    EXPECT_EQ(allowed(slow, 100), 0) << "a tier that is not there any more is the person's, who has had it";
    clock.advance(Milliseconds(60'000));
    EXPECT_EQ(allowed(slow, 100), 2);
}

TEST_F(RatesTest, ManyKeysOfAPersonHaveTogetherWhatThePersonHas) {
    set(R"({"tiers": {"default": {"requests_per_minute": 2, "tokens_per_minute": 1000,
                                  "models": {"dear": {"requests_per_minute": 1}}}},
            "routes": {"/v1/embeddings": {"requests_per_minute": 1}}})");
    const auto by_six_keys = [&](const Asking& asking) {
        int count = 0;
        for (const char* key : {"1", "2", "3", "4", "5", "6"}) {
            Asking one = asking;
            one.key = key;
            count += allowed(one, 2);
        }
        return count;
    };
    EXPECT_EQ(by_six_keys(ann), 2);
    EXPECT_EQ(allowed(ann, 2), 0) << "nor has the person more";
    Asking dear = ann, route = ann;
    dear.person = "bob";
    dear.model = "dear";
    EXPECT_EQ(by_six_keys(dear), 1);
    route.person = "carl";
    route.route = "/v1/embeddings";
    EXPECT_EQ(by_six_keys(route), 1);
}

TEST_F(RatesTest, ModelsAndRoutesHaveLimitsOfTheirOwn) {
    set(R"({"tiers": {"default": {"models": {"dear": {"requests_per_minute": 3}}}},
            "models": {"shared": {"requests_per_minute": 4}},
            "routes": {"/v1/responses": {"requests_per_minute": 1}}})");
    EXPECT_EQ(allowed(ann, 50), 50);
    Asking dear = ann, shared = ann, route = ann;
    dear.model = "dear";
    EXPECT_EQ(allowed(dear, 50), 3);
    shared.model = "shared";
    EXPECT_EQ(allowed(shared, 2), 2);
    shared.person = "bob";
    EXPECT_EQ(allowed(shared, 50), 2) << "all callers share it";
    route.route = "/v1/responses";
    EXPECT_EQ(allowed(route, 50), 1);
}

TEST_F(RatesTest, OfTwoChangesAtOnceTheLaterVersionStays) {
    const auto put = [&](std::int64_t perMinute, std::int64_t version) {
        Rules rules;
        rules.tiers["default"].requests_per_minute = perMinute;
        rates.set(std::move(rules), version);
    };
    put(5, 3);
    put(50, 2);
    EXPECT_EQ(allowed(ann, 100), 5);
}

TEST_F(RatesTest, ARefusedOneTakesFromNoLimit) {
    set(R"({"tiers": {"default": {"requests_per_minute": 10, "tokens_per_minute": 100}}})");
    Asking big = ann;
    big.tokens = 90;
    EXPECT_TRUE(rates.take(big).allowed);
    const auto refused = rates.take(big);
    EXPECT_FALSE(refused.allowed);
    EXPECT_TRUE(refused.by_tokens);
    EXPECT_EQ(refused.retry_after_ms, 48'000) << "80 more tokens of 100 in a minute";
    Asking none = ann;
    none.tokens = 0;
    EXPECT_EQ(allowed(none, 100), 9);
}

// Envoy AI Gateway #680, #2394: limits that count tokens after the fact let bursts pass.
TEST_F(RatesTest, TokensAreTakenBeforeACallAndPutRightAfterIt) {
    set(R"({"tiers": {"default": {"tokens_per_minute": 100}}})");
    Asking call = ann;
    call.tokens = 50;
    EXPECT_EQ(allowed(call, 10), 2) << "ten at once cannot pass a limit of two";
    rates.put_right(call, 10);
    call.tokens = 40;
    EXPECT_TRUE(rates.take(call).allowed);
    rates.put_right(call, 140);  // a hundred more than was taken
    call.tokens = 1;
    EXPECT_GT(rates.take(call).retry_after_ms, 60'000);
}

TEST_F(RatesTest, RulesThatCannotBeAreRefusedWithTheirField) {
    for (const char* bad :
         {R"({"tiers": {"x": {"requests_per_minute": -1}}})", R"({"people": {"ann": "default"}})",
          R"({"models": {"": {}}})", "[]", R"({"tiers": {"x": {"models": {"m": 1}}}})"})
        EXPECT_FALSE(parse_rules(bad)) << bad;
}

TEST_F(RatesTest, TheStateSurvivesARestart) {
    auto opened = db::Database::open(
        {.file = ":memory:", .migrations = {{"limits", migrations}}, .inline_mode = true, .vfs = {}});
    auto& database = **opened;
    set(R"({"tiers": {"default": {"requests_per_minute": 6}}})");
    EXPECT_EQ(allowed(ann, 100), 6);
    {
        Keeper keeper(database, gcra);
        ASSERT_TRUE(keeper.start(Milliseconds(3'600'000)));
    }
    Gcra later(clock);
    Keeper keeper(database, later);
    ASSERT_TRUE(keeper.start(Milliseconds(3'600'000)));
    EXPECT_EQ(later.keys(), 1U);
    Rates again(later);
    again.set(*rates.rules(), 1);
    EXPECT_FALSE(again.take(ann).allowed);
    clock.advance(Milliseconds(10'000));
    EXPECT_TRUE(again.take(ann).allowed);
    EXPECT_FALSE(again.take(ann).allowed);
}

}  // namespace
}  // namespace lares::limits
