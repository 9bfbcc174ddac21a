#include "engine/llm/pace.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace lares::engine::llm
