#include "engine/llm/team.h"

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
    team.begin(true);
    cpu_set_t all{};
    for (const auto& one : of_each(threads)) {
        EXPECT_EQ(CPU_COUNT(&one), 1);
        CPU_OR(&all, &all, &one);
    }
    EXPECT_TRUE(CPU_EQUAL(&all, &before));
    const double share = team.end();
    EXPECT_GE(share, 0);
    EXPECT_LE(share, 1.01);
    const cpu_set_t after = mine();
    EXPECT_TRUE(CPU_EQUAL(&after, &before)) << "the caller is free again";
    team.begin(false);
    for (const auto& one : of_each(threads)) EXPECT_TRUE(CPU_EQUAL(&one, &before));
    team.end();
}

TEST(Team, LeavesThreadsToTheKernelWhereThereAreNotJustAsManyProcessors) {
    const cpu_set_t before = mine();
    Team team(static_cast<std::size_t>(CPU_COUNT(&before)) + 1);
    team.begin(true);
    const cpu_set_t now = mine();
    EXPECT_TRUE(CPU_EQUAL(&now, &before));
    team.end();
}

}  // namespace
}  // namespace lares::engine::llm
