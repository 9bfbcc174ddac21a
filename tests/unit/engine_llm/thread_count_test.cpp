#include "engine/llm/thread_count.h"

#include <functional>

#include <gtest/gtest.h>

namespace lares::engine::llm {
namespace {

struct Step {
    double ms_each, share, processors;
};
using Machine = std::function<Step(std::size_t threads)>;

// Two processors; a second thread gains a quarter.
Step quiet(std::size_t threads) {
    return {threads == 2 ? 16.0 : 20.0, 0.98, 0.98 * static_cast<double>(threads)};
}
// Something else wants one of them.
Step busy(std::size_t threads) {
    return threads == 2 ? Step{32, 0.5, 1.3} : Step{21, 0.95, 0.95};
}

// The mean number of threads in so many steps.
double run(ThreadCount& count, std::size_t steps, const Machine& machine) {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < steps; ++i) {
        const std::size_t tokens = 2 + i % 2;
        const auto threads = count.choose(tokens);
        const auto step = machine(threads);
        count.observe(tokens, threads, step.ms_each * static_cast<double>(tokens), step.share,
                      step.processors);
        sum += threads;
    }
    return static_cast<double>(sum) / static_cast<double>(steps);
}

TEST(ThreadCount, OneFewerBesideOtherWorkAndAllAgainWhenItHasGone) {
    ThreadCount count(2);
    EXPECT_EQ(run(count, 1000, quiet), 2);
    EXPECT_LT(run(count, 300, busy), 1.1);
    EXPECT_LT(run(count, 3000, busy), 1.03);
    run(count, 1000, quiet);  // the next looks tell
    EXPECT_EQ(run(count, 1000, quiet), 2);
}

TEST(ThreadCount, ABusyMachineIsSeenFromTheStart) {
    ThreadCount count(2);
    EXPECT_LT(run(count, 300, busy), 1.1);
}

// A step with fewer is a longer gap between two words of somebody's.
TEST(ThreadCount, NeverTriesFewerOnAQuietMachine) {
    ThreadCount count(2);
    for (const double slower : {1.0, 2.0, 4.0})
        EXPECT_EQ(
            run(count, 1000,
                [&](std::size_t threads) { return Step{(threads == 2 ? 16 : 20) * slower, 0.95, 1.9}; }),
            2);
}

TEST(ThreadCount, SeldomTriesWhereFewerAreSlowerStill) {
    ThreadCount count(2);
    EXPECT_GT(
        run(count, 4000, [](std::size_t threads) { return Step{threads == 2 ? 80.0 : 130.0, 0.5, 1.2}; }),
        1.95);
}

// Sixteen processors, six of them taken: the one that gets least holds up all.
TEST(ThreadCount, GoesToWhereTheyAreNotCrowded) {
    ThreadCount count(16);
    const auto machine = [](double free) {
        return [free](std::size_t threads) {
            const auto wanted = static_cast<double>(threads);
            const double share = std::min(0.98, 16 / (wanted + 16 - free));
            return Step{200 / wanted / (wanted > free ? share * 0.6 : 1), share, share * wanted};
        };
    };
    run(count, 400, machine(10));
    EXPECT_NEAR(run(count, 2000, machine(10)), 10, 0.1);
    run(count, 2000, machine(16));
    EXPECT_EQ(run(count, 100, machine(16)), 16);
}

TEST(ThreadCount, AFixedOneStays) {
    ThreadCount count(2, 2);
    EXPECT_EQ(run(count, 1000, busy), 2);
}

}  // namespace
}  // namespace lares::engine::llm
