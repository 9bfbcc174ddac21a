// What is given again, and who is asked first.
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "gateway/cache.h"
#include "gateway/routing.h"
#include "gateway/signing.h"

namespace lares::gateway {
namespace {

ChatRequest request(std::string person, std::string what) {
    ChatRequest out;
    out.payer.person = std::move(person);
    out.payer.route = "/v1/chat/completions";
    out.model = "a/m";
    out.cache.what = std::move(what);
    return out;
}

CachedAnswer answer(std::size_t bytes, std::int64_t made_ms = 0) {
    CachedAnswer out;
    out.deltas.push_back({.text = std::string(bytes, 'x'), .tokens = {}});
    out.made_ms = made_ms;
    return out;
}

TEST(AnswerCache, TheKeyHoldsEverythingThatChangesAnAnswer) {
    const auto base = request("ann", "{}");
    std::set<std::string> keys{cache_key_of(base, {"a/m"})};
    const auto differs = [&](const ChatRequest& other, std::vector<std::string> plan) {
        EXPECT_TRUE(keys.insert(cache_key_of(other, std::move(plan))).second);
    };
    differs(request("bob", "{}"), {"a/m"});
    differs(request("ann", "{} "), {"a/m"});
    differs(base, {"b/m"});
    differs(base, {"a/m", "b/m"});
    auto other = base;
    other.payer.route = "/v1/messages";
    differs(other, {"a/m"});
    other = base;
    other.model = "alias";
    differs(other, {"a/m"});
    // Texts that would read alike when they were only joined.
    differs(request("ann/v1", "{}"), {"a/m"});
    auto shifted = request("ann", "{}");
    shifted.payer.person = "an";
    shifted.payer.route = "n/v1/chat/completions";
    differs(shifted, {"a/m"});
    EXPECT_EQ(cache_key_of(base, {"b/m", "a/m"}), cache_key_of(base, {"a/m", "b/m"}));
}

TEST(AnswerCache, IsBoundedInBytesAndForgetsWhatWasNotUsed) {
    AnswerCache cache;
    cache.configure({.bytes_max = 20'000, .answer_max = 4'000, .age_max_ms = 1'000});
    for (int i = 0; i < 100; ++i) {
        cache.put(std::to_string(i), answer(2'000));
        if (i > 0) EXPECT_TRUE(cache.find("0", 1)) << i;
    }
    EXPECT_LE(cache.stats().bytes, 20'000u);
    EXPECT_FALSE(cache.find("50", 1));
    EXPECT_TRUE(cache.find("99", 1));
    cache.put("long", answer(5'000));
    EXPECT_FALSE(cache.find("long", 1));
    EXPECT_TRUE(cache.find("99", 999));
    EXPECT_FALSE(cache.find("99", 1'000));
    EXPECT_FALSE(cache.find("99", 1)) << "what was too old is gone";
}

TEST(AnswerCache, ReplacesAndKeepsCount) {
    AnswerCache cache;
    for (int i = 0; i < 1'000; ++i) cache.put("same", answer(static_cast<std::size_t>(i)));
    EXPECT_EQ(cache.stats().entries, 1u);
    EXPECT_LT(cache.stats().bytes, 3'000u);
}

TEST(AnswerCache, OnlyWhatIsNotDrawnIsTheSameEveryTime) {
    ChatRequest one;
    EXPECT_FALSE(is_deterministic(one));
    one.sampling.temperature = 0.5;
    EXPECT_FALSE(is_deterministic(one));
    one.sampling.seed = 7;
    EXPECT_TRUE(is_deterministic(one));
    one.sampling = {};
    one.sampling.temperature = 0;
    EXPECT_TRUE(is_deterministic(one));
}

TEST(Routing, WeightsAreKept) {
    const std::vector<TargetView> targets{{.weight = 1}, {.weight = 3}, {.weight = 0}};
    std::map<std::size_t, int> first;
    for (std::uint64_t random = 0; random < 400; ++random)
        ++first[order_of(Strategy::weights, targets, random).front()];
    EXPECT_EQ(first[0], 100);
    EXPECT_EQ(first[1], 300);
    EXPECT_EQ(first.count(2), 0u);
    EXPECT_EQ(order_of(Strategy::weights, targets, 0), (std::vector<std::size_t>{1, 0, 2}));
    EXPECT_EQ(order_of(Strategy::weights, {{.weight = 0}, {.weight = 0}}, 5).size(), 2u);
    EXPECT_TRUE(order_of(Strategy::weights, {}, 5).empty());
}

TEST(Routing, TheSoonestAndTheUnknownFirst) {
    const std::vector<TargetView> targets{
        {.first_ms = 80.0}, {.first_ms = 20.0}, {.weight = 1, .first_ms = std::nullopt}, {.first_ms = 50.0}};
    EXPECT_EQ(order_of(Strategy::least_latency, targets, 0), (std::vector<std::size_t>{2, 1, 3, 0}));
}

TEST(Routing, TheLeastUsedForItsWeight) {
    const std::vector<TargetView> targets{{.weight = 1, .running = 1, .calls = 1},
                                          {.weight = 4, .running = 2, .calls = 90},
                                          {.weight = 4, .running = 2, .calls = 10}};
    EXPECT_EQ(order_of(Strategy::least_used, targets, 0), (std::vector<std::size_t>{2, 1, 0}));
}

TEST(Routing, WhatWasMeasuredLongAgoIsNotKnown) {
    TargetStats stats;
    stats.begin("a/m");
    stats.answered("a/m", 100, 1'000);
    EXPECT_EQ(stats.view("a/m", 1, 2'000).first_ms, 100);
    EXPECT_EQ(stats.view("a/m", 1, 2'000).running, 1);
    stats.answered("a/m", 200, 3'000);
    EXPECT_NEAR(*stats.view("a/m", 1, 3'000).first_ms, 130, 0.01);
    stats.end("a/m");
    EXPECT_EQ(stats.view("a/m", 1, 3'000).running, 0);
    EXPECT_FALSE(stats.view("a/m", 1, 3'000 + TargetStats::known_for_ms + 1).first_ms);
    for (std::size_t i = 0; i < TargetStats::targets_max + 10; ++i) stats.begin(std::to_string(i));
    EXPECT_EQ(stats.view(std::to_string(TargetStats::targets_max + 5), 1, 0).calls, 0);
}

TEST(Signing, AConversationIsToldByItsBeginning) {
    const auto said = [](std::vector<std::string> texts) {
        ChatRequest out;
        out.payer.person = "ann";
        Role role = Role::user;
        for (auto& text : texts) {
            out.messages.emplace_back();
            out.messages.back().role = role;
            out.messages.back().content = std::move(text);
            role = role == Role::user ? Role::assistant : Role::user;
        }
        return stick_of(out);
    };
    EXPECT_EQ(said({"hello"}), said({"hello", "hi", "and?"}));
    EXPECT_NE(said({"hello"}), said({"hullo", "hi", "and?"}));
    ChatRequest named;
    named.payer.person = "ann";
    named.payer.conversation = "c";
    EXPECT_EQ(stick_of(named), "ann/c");
}

TEST(Signing, WhatAFailureSaysOfAKey) {
    const auto status = [](Code code, std::string type) {
        return report_of({code, std::move(type), "", {}, {}, {}}).status;
    };
    EXPECT_EQ(status(Code::upstream, "upstream-key"), 401u);
    EXPECT_EQ(status(Code::rate_limited, "upstream-rate-limited"), 429u);
    EXPECT_EQ(status(Code::timeout, "upstream-timeout"), 0u);
    EXPECT_EQ(status(Code::unavailable, "upstream-busy"), 200u) << "our own queue";
    EXPECT_EQ(status(Code::bad_request, "upstream-rejected"), 400u);
    EXPECT_FALSE(another_key_may_do({Code::bad_request, "upstream-rejected", "", {}, {}, {}}));
    EXPECT_FALSE(another_key_may_do({Code::unprocessable, "context-overflow", "", {}, {}, {}}));
    EXPECT_TRUE(another_key_may_do({Code::upstream, "upstream-key", "", {}, {}, {}}));
    EXPECT_EQ(status(Code::forbidden, "upstream-forbidden"), 400u) << "it rests for 401";
    EXPECT_TRUE(another_key_may_do({Code::forbidden, "upstream-forbidden", "", {}, {}, {}}));
}

}  // namespace
}  // namespace lares::gateway
