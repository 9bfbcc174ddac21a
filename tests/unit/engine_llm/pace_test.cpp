#include "engine/llm/pace.h"

#include <gtest/gtest.h>

#include "engine/llm/spin.h"

namespace lares::engine::llm {
namespace {

TEST(Pace, WholeChunksWhenNobodySpeaks) {
    EXPECT_EQ(Pace().allowance(0, 128), 128u);
}

TEST(Pace, StepsSettleNearTheWantedLength) {
    // A machine where a step costs 10 ms with one speaker and every prompt token 2 ms more.
    Pace pace;
    double longest = 0;
    for (int i = 0; i < 50; ++i) pace.observe(1, 0, 10);
    for (int i = 0; i < 200; ++i) {
        const auto tokens = pace.allowance(1, 128);
        const double step = 10 + 2.0 * static_cast<double>(tokens);
        pace.observe(1, tokens, step);
        if (i > 20) longest = std::max(longest, step);
    }
    EXPECT_GT(longest, 12);
    EXPECT_LE(longest, 10 * 2.2);
}

TEST(Pace, PromptsAlwaysGoOn) {
    Pace pace;
    for (int i = 0; i < 10; ++i) pace.observe(1, 0, 1), pace.observe(1, 8, 1000);
    EXPECT_GE(pace.allowance(1, 128), 1u);
}

TEST(Spin, TakesTheFasterWayAndNoticesWhenItChanges) {
    Spin spin;
    const auto run = [&spin](std::size_t steps, double sleeping_ms, double spinning_ms) {
        std::size_t spun = 0;
        for (std::size_t i = 0; i < steps; ++i) {
            const auto mode = spin.choose(4);
            spin.observe(4, mode, mode == Spin::spins ? spinning_ms : sleeping_ms);
            spun += mode == Spin::spins;
        }
        return static_cast<double>(spun) / static_cast<double>(steps);
    };
    EXPECT_GT(run(1000, 30, 20), 0.97);  // quiet
    run(300, 30, 80);                    // somebody else wants the cores
    EXPECT_LT(run(1000, 30, 80), 0.03);
    run(1000, 30, 20);  // quiet again: the next looks tell
    EXPECT_GT(run(1000, 30, 20), 0.97);
}

TEST(Spin, DoesNotTryToSleepAgainWhileStepsGrowSlowly) {
    Spin spin;
    std::size_t slept = 0;
    double step_ms = 17;  // grows with the context to three times that
    for (int i = 0; i < 4000; ++i) {
        const auto mode = spin.choose(8);
        slept += mode == Spin::sleeps;
        spin.observe(8, mode, mode == Spin::spins ? step_ms : 130);
        step_ms *= 1.0003;
    }
    EXPECT_LE(slept, 1u);
}

}  // namespace
}  // namespace lares::engine::llm
