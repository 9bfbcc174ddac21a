#include "limits/gcra.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "async/virtual_clock.h"

namespace lares::limits {
namespace {

using async::Milliseconds;

TEST(Gcra, ABurstThenTheRate) {
    async::VirtualClock clock;
    Gcra gcra(clock);
    const Rate rate{60, 5};  // one a second
    for (int i = 4; i >= 0; --i) {
        const Decision decision = gcra.take("address", "a", rate);
        ASSERT_TRUE(decision.allowed);
        EXPECT_EQ(decision.remaining, i);
    }
    const Decision refused = gcra.take("address", "a", rate);
    EXPECT_FALSE(refused.allowed);
    EXPECT_EQ(refused.remaining, 0);
    EXPECT_EQ(refused.retry_after_ms, 1000);
    EXPECT_EQ(refused.reset_ms, 5000);
    clock.advance(Milliseconds(999));
    EXPECT_FALSE(gcra.take("address", "a", rate).allowed);
    clock.advance(Milliseconds(1));
    EXPECT_TRUE(gcra.take("address", "a", rate).allowed);
    EXPECT_FALSE(gcra.take("address", "a", rate).allowed);
}

TEST(Gcra, OverAnyLongTimeTheRateHolds) {
    async::VirtualClock clock;
    Gcra gcra(clock);
    const Rate rate{600, 20};
    int allowed = 0;
    for (int ms = 0; ms < 60'000; ms += 10) {
        allowed += gcra.take("k", "a", rate).allowed;
        clock.advance(Milliseconds(10));
    }
    EXPECT_GE(allowed, 600);
    EXPECT_LE(allowed, 620);
}

TEST(Gcra, KindsAndKeysDoNotShare) {
    async::VirtualClock clock;
    Gcra gcra(clock);
    const Rate rate{1, 1};
    EXPECT_TRUE(gcra.take("a", "b", rate).allowed);
    EXPECT_FALSE(gcra.take("a", "b", rate).allowed);
    EXPECT_TRUE(gcra.take("a", "c", rate).allowed);
    EXPECT_TRUE(gcra.take("ab", "", rate).allowed);
    EXPECT_TRUE(gcra.take("", "ab", rate).allowed);
}

TEST(Gcra, WeightsCount) {
    async::VirtualClock clock;
    Gcra gcra(clock);
    const Rate rate{60, 10};
    EXPECT_EQ(gcra.take("a", "b", rate, 4).remaining, 6);
    EXPECT_EQ(gcra.take("a", "b", rate, 4).remaining, 2);
    EXPECT_EQ(gcra.take("a", "b", rate, 4).retry_after_ms, 2000);
    EXPECT_TRUE(gcra.take("a", "b", rate, 2).allowed);
    clock.advance(Milliseconds(10'000));
    EXPECT_TRUE(gcra.take("a", "b", rate, 1000).allowed) << "more than the burst counts as the burst";
    EXPECT_FALSE(gcra.take("a", "b", rate).allowed);
}

TEST(Gcra, NoRateIsNoLimit) {
    async::VirtualClock clock;
    Gcra gcra(clock);
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(gcra.take("a", "b", {0, 1}).allowed);
    EXPECT_EQ(gcra.keys(), 0u);
}

TEST(Gcra, KeysAreBoundedAndTheRecentStay) {
    async::VirtualClock clock;
    Gcra gcra(clock, 1600);
    const Rate rate{1, 1};
    EXPECT_TRUE(gcra.take("a", "mine", rate).allowed);
    for (int i = 0; i < 100'000; ++i) {
        gcra.take("a", std::to_string(i), rate);
        if (i % 50 == 0) EXPECT_FALSE(gcra.take("a", "mine", rate).allowed);
    }
    EXPECT_LE(gcra.keys(), 1600u);
}

TEST(Gcra, ThreadsDoNotPassMore) {
    async::VirtualClock clock;
    Gcra gcra(clock);
    std::atomic<int> allowed = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 1000; ++i) allowed += gcra.take("a", "b", {1, 100}).allowed;
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(allowed, 100);
}

TEST(Gcra, RefusalSaysWhen) {
    const auto error = refusal({false, 0, 0, 1500}).value();
    EXPECT_EQ(error.code, Code::rate_limited);
    EXPECT_EQ(error.retry_after_ms, 1500);
    EXPECT_NE(error.message.find("2 s"), std::string::npos);
}

TEST(AddressKey, GroupsWhatOnePersonHolds) {
    EXPECT_EQ(address_key("192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(address_key("2001:db8:1:2::1"), address_key("2001:db8:1:2:ffff::9"));
    EXPECT_NE(address_key("2001:db8:1:2::1"), address_key("2001:db8:1:3::1"));
    EXPECT_EQ(address_key("::ffff:192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(address_key("fe80::1%eth0"), address_key("fe80::2"));
    EXPECT_EQ(address_key("unix"), "unix");
}

}  // namespace
}  // namespace lares::limits
