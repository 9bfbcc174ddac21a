#include "limits/login.h"

#include <gtest/gtest.h>

#include "async/virtual_clock.h"

namespace lares::limits {
namespace {

using async::Milliseconds;

constexpr std::int64_t minute_ms = 60'000;

TEST(LoginLimits, TenWrongPasswordsInAnyFifteenMinutes) {
    async::VirtualClock clock;
    LoginLimits limits(clock);
    std::vector<std::int64_t> evaluated;
    for (std::int64_t ms = 0; ms < 120 * minute_ms; ms += 5'000) {
        if (limits.begin("Ann", "192.0.2.1", true)) evaluated.push_back(ms);
        clock.advance(Milliseconds(5'000));
    }
    for (std::size_t i = 10; i < evaluated.size(); ++i)
        EXPECT_GE(evaluated[i] - evaluated[i - 10], 15 * minute_ms) << "eleven within the window";
    EXPECT_GE(evaluated.size(), 70u) << "the window must pass";
}

TEST(LoginLimits, ForgedAddressesDoNotHelp) {
    async::VirtualClock clock;
    LoginLimits limits(clock);
    int evaluated = 0;
    for (int i = 0; i < 1000; ++i)
        evaluated += limits.begin("ann", "198.51.100." + std::to_string(i % 100), false).has_value();
    EXPECT_EQ(evaluated, 10);
    const auto refused = limits.begin("ANN", "203.0.113.1", false);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::rate_limited);
    EXPECT_EQ(refused.error().type, "too-many-logins");
    EXPECT_EQ(refused.error().retry_after_ms, 15 * minute_ms);
}

TEST(LoginLimits, OneAddressCannotTryManyNames) {
    async::VirtualClock clock;
    LoginLimits limits(clock);
    int evaluated = 0;
    for (int i = 0; i < 500; ++i)
        evaluated +=
            limits.begin("name" + std::to_string(i), "2001:db8::" + std::to_string(i % 9), false).has_value();
    EXPECT_EQ(evaluated, 50);
    EXPECT_TRUE(limits.begin("other", "192.0.2.9", false));
    for (int i = 0; i < 500; ++i) EXPECT_TRUE(limits.begin("local" + std::to_string(i), "127.0.0.1", true));
}

TEST(LoginLimits, NamesOfOneAccountCountTogether) {
    async::VirtualClock clock;
    LoginLimits limits(clock);
    int evaluated = 0;
    for (int i = 0; i < 20; ++i) {
        auto attempt = limits.begin(i % 2 ? "ann" : "ann@example.org", "127.0.0.1", true);
        ASSERT_TRUE(attempt);
        evaluated += attempt->add_account("id").has_value();
    }
    EXPECT_EQ(evaluated, 10);
}

TEST(LoginLimits, ARightPasswordCostsNothingAndForgivesNothing) {
    async::VirtualClock clock;
    LoginLimits limits(clock);
    for (int i = 0; i < 100; ++i) {
        auto attempt = limits.begin("ann", "192.0.2.1", false);
        ASSERT_TRUE(attempt);
        ASSERT_TRUE(attempt->add_account("id"));
        attempt->give_back();
    }
    for (int i = 0; i < 9; ++i) ASSERT_TRUE(limits.begin("ann", "192.0.2.1", false));
    auto right = limits.begin("ann", "192.0.2.1", false);
    ASSERT_TRUE(right);
    right->give_back();
    EXPECT_TRUE(limits.begin("ann", "192.0.2.1", false));
    EXPECT_FALSE(limits.begin("ann", "192.0.2.1", false));
}

TEST(LoginLimits, ParallelTriesCannotPassAndRightOnesNeedNotFail) {
    async::VirtualClock clock;
    LoginLimits limits(clock);
    std::vector<LoginLimits::Attempt> running;
    for (int i = 0; i < 10; ++i) running.push_back(std::move(*limits.begin("ann", "192.0.2.1", false)));
    EXPECT_EQ(limits.begin("ann", "192.0.2.1", false).error().type, "logins-pending");
    running.back().give_back();
    running.pop_back();
    EXPECT_TRUE(limits.begin("ann", "192.0.2.1", false)) << "ends at once, and counts";
    running.clear();
    EXPECT_EQ(limits.begin("ann", "192.0.2.1", false).error().type, "too-many-logins");
}

TEST(LoginLimits, KeysAreBounded) {
    async::VirtualClock clock;
    LoginLimits::Options options;
    options.keys_max = 100;
    LoginLimits limits(clock, options);
    for (int i = 0; i < 10'000; ++i) limits.begin("n" + std::to_string(i), "127.0.0.1", true);
    EXPECT_EQ(limits.keys(), 100u);
}

}  // namespace
}  // namespace lares::limits
