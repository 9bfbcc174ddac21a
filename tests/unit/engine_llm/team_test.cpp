#include "engine/llm/team.h"

#include <chrono>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <omp.h>
#include <sched.h>

namespace lares::engine::llm {
namespace {

cpu_set_t mine() {
    cpu_set_t now{};
    EXPECT_EQ(::sched_getaffinity(0, sizeof now, &now), 0);
    return now;
}

std::vector<cpu_set_t> of_each(std::size_t threads) {
    std::vector<cpu_set_t> found(threads);
#pragma omp parallel num_threads(static_cast<int>(threads))
    found[static_cast<std::size_t>(omp_get_thread_num())] = mine();
    return found;
}

TEST(Team, KeepsAProcessorForEachThreadWhileTheyComputeApart) {
    const cpu_set_t before = mine();
    const auto threads = static_cast<std::size_t>(CPU_COUNT(&before));
    if (threads < 2) GTEST_SKIP() << "one processor";
    Team team(threads);
    team.begin(threads, true);
    cpu_set_t all{};
    for (const auto& one : of_each(threads)) {
        EXPECT_EQ(CPU_COUNT(&one), 1);
        CPU_OR(&all, &all, &one);
    }
    EXPECT_TRUE(CPU_EQUAL(&all, &before));
    const double share = team.end().share;
    EXPECT_GE(share, 0);
    EXPECT_LE(share, 1.01);
    const cpu_set_t after = mine();
    EXPECT_TRUE(CPU_EQUAL(&after, &before)) << "the caller is free again";
    team.begin(threads, false);
    for (const auto& one : of_each(threads)) EXPECT_TRUE(CPU_EQUAL(&one, &before));
    team.end();
}

TEST(Team, FewerThanAllAreFree) {
    const cpu_set_t before = mine();
    const auto threads = static_cast<std::size_t>(CPU_COUNT(&before));
    if (threads < 2) GTEST_SKIP() << "one processor";
    Team team(threads);
    // The thread that will not compute sleeps by then: it has nothing of a processor, and is not asked.
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    team.begin(threads - 1, true);
    const cpu_set_t now = mine();
    EXPECT_TRUE(CPU_EQUAL(&now, &before));
    EXPECT_GT(team.end().share, 0);
}

TEST(Team, LeavesThreadsToTheKernelWhereThereAreNotJustAsManyProcessors) {
    const cpu_set_t before = mine();
    const auto threads = static_cast<std::size_t>(CPU_COUNT(&before)) + 1;
    Team team(threads);
    team.begin(threads, true);
    const cpu_set_t now = mine();
    EXPECT_TRUE(CPU_EQUAL(&now, &before));
    team.end();
}

}  // namespace
}  // namespace lares::engine::llm
