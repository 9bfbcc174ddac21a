#include "base/memory.h"

#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace lares {

namespace {

std::size_t resident_kib() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:")) return std::stoull(line.substr(6));
    return 0;
}

}  // namespace

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
