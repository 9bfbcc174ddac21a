#include "base/memory.h"

#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/pages.h"

namespace lares {

namespace {

std::size_t resident_kib() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:")) return std::stoull(line.substr(6));
    return 0;
}

}  // namespace

TEST(Memory, PagesAreGivenBackOneByOne) {
    constexpr std::size_t bytes = 1 << 20, count = 40;
    const auto before = resident_kib();
    std::vector<Pages> blocks;
    for (std::size_t i = 0; i < count; ++i) {
        blocks.push_back(Pages::make(bytes));
        ASSERT_EQ(blocks.back().size(), bytes);
        std::fill_n(blocks.back().data(), bytes, std::uint8_t{0xa5});
    }
    EXPECT_GT(resident_kib(), before + (30 << 10));
    // Every second one: what stays must not keep the room of its neighbours.
    for (std::size_t i = 0; i < count; i += 2) blocks[i] = Pages();
    EXPECT_LT(resident_kib(), before + (25 << 10));
    EXPECT_EQ(blocks[1].data()[bytes - 1], 0xa5);
    EXPECT_EQ(blocks[0].size(), 0u);
}

TEST(Memory, WithoutMemoryPagesAreEmpty) {
    EXPECT_EQ(Pages::make(0).size(), 0u);
    EXPECT_EQ(Pages::make(std::size_t{1} << 62).size(), 0u);
}

TEST(Memory, WhatAThreadFreedGoesBackToTheSystem) {
#if !defined(__GLIBC__) || defined(__SANITIZE_ADDRESS__)
    GTEST_SKIP() << "another allocator";
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    GTEST_SKIP() << "another allocator";
#endif
#endif
    prepare_memory();
    std::size_t full = 0, after = 0;
    std::thread([&] {
        std::vector<std::unique_ptr<std::string>> blocks;
        for (int i = 0; i < 40; ++i) blocks.push_back(std::make_unique<std::string>(1 << 20, 'x'));
        full = resident_kib();
        blocks.clear();
        release_unused_memory();
        after = resident_kib();
    }).join();
    EXPECT_LT(after + (30 << 10), full);
}

}  // namespace lares
