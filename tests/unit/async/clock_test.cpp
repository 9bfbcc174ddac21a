#include "async/virtual_clock.h"
#include "loop.h"

namespace lares::async {
namespace {

Task<void> sleep_and_note(Clock* clock, int ms, std::vector<int>* order) {
    co_await clock->sleep_for(Milliseconds(ms));
    order->push_back(ms);
}

TEST_F(LoopTest, VirtualSleepersWakeInTheOrderOfTheirTimes) {
    VirtualClock clock;
    std::vector<int> order;
    for (int ms : {30, 10, 20, 0}) scope.spawn(sleep_and_note(&clock, ms, &order));
    poll();
    EXPECT_EQ(order, std::vector<int>{0});
    EXPECT_EQ(clock.sleepers(), 3u);
    clock.advance(Milliseconds(9));
    poll();
    EXPECT_EQ(order.size(), 1u);
    while (clock.advance_to_next()) poll();
    EXPECT_EQ(order, (std::vector<int>{0, 10, 20, 30}));
    EXPECT_EQ(clock.sleepers(), 0u);
    EXPECT_EQ(clock.unix_ms(), 1'700'000'000'030);
}

TEST_F(LoopTest, ACancelledSleeperLeavesTheClock) {
    VirtualClock clock;
    std::vector<int> order;
    scope.spawn(sleep_and_note(&clock, 10, &order));
    poll();
    scope.cancel();
    run();
    EXPECT_EQ(clock.sleepers(), 0u);
    EXPECT_FALSE(clock.advance_to_next());
    EXPECT_TRUE(order.empty());
}

TEST_F(LoopTest, TheSystemClockSleepsAndCanBeCancelled) {
    SystemClock clock;
    std::vector<int> order;
    const SteadyTime start = clock.steady();
    scope.spawn(sleep_and_note(&clock, 20, &order));
    run();
    EXPECT_GE(clock.steady() - start, Milliseconds(20));
    EXPECT_EQ(order, std::vector<int>{20});
    scope.spawn(sleep_and_note(&clock, 60'000, &order));
    poll();
    scope.cancel();
    run();
    EXPECT_EQ(order.size(), 1u);
    EXPECT_GT(clock.unix_ms(), 1'700'000'000'000);
}

}  // namespace
}  // namespace lares::async
