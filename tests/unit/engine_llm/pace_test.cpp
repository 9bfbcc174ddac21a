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

struct Machine {
    double sleeping_ms, spinning_ms, share;
};

// The part of so many steps in which the threads spun.
double run(Spin& spin, std::size_t steps, Machine machine) {
    std::size_t spun = 0;
    for (std::size_t i = 0; i < steps; ++i) {
        const std::size_t tokens = 2 + i % 2;
        const auto mode = spin.choose(tokens);
        const double each = mode == Spin::spins ? machine.spinning_ms : machine.sleeping_ms;
        spin.observe(tokens, mode, each * static_cast<double>(tokens), machine.share);
        spun += mode == Spin::spins;
    }
    return static_cast<double>(spun) / static_cast<double>(steps);
}

TEST(Spin, SleepsWhereOthersTakeTheCoresAndNoticesWhenTheyHaveGone) {
    Spin spin;
    const Machine quiet{30, 20, 0.98}, busy{30, 80, 0.5};
    EXPECT_EQ(run(spin, 1000, quiet), 1);
    EXPECT_LT(run(spin, 300, busy), 0.1);
    EXPECT_LT(run(spin, 1000, busy), 0.03);
    run(spin, 1000, quiet);  // the next looks tell
    EXPECT_EQ(run(spin, 1000, quiet), 1);
}

TEST(Spin, ABusyMachineIsSeenFromTheStart) {
    Spin spin;
    EXPECT_LT(run(spin, 300, {30, 80, 0.5}), 0.1);
}

// A look at sleeping is a long gap between two words of somebody's.
TEST(Spin, NeverTriesToSleepOnAQuietMachine) {
    Spin spin;
    for (const double slower : {1.0, 2.0, 4.0})
        EXPECT_EQ(run(spin, 1000, {130 * slower, 17 * slower, 0.95}), 1);
}

TEST(Spin, SeldomTriesWhereSleepingIsSlowerStill) {
    Spin spin;
    EXPECT_GT(run(spin, 4000, {130, 80, 0.5}), 0.99);
}

}  // namespace
}  // namespace lares::engine::llm
