#include "base/blocks.h"

#include <cstdlib>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace lares {
namespace {

bool kept_at_all() {
    const KeptBlocks blocks(64 * 1024);
    void* volatile block = std::malloc(2000);
    std::free(block);
    return KeptBlocks::held() > 0;
}

TEST(KeptBlocks, AFreedBlockIsTheNextOneOfItsSize) {
    if (!kept_at_all()) GTEST_SKIP() << "a sanitizer has the memory, or another C library";
    const KeptBlocks blocks(64 * 1024);
    void* volatile block = std::malloc(3000);
    void* const was = block;
    std::free(block);
    EXPECT_GE(KeptBlocks::held(), 3000u);
    block = std::malloc(3000);
    EXPECT_EQ(block, was);
    EXPECT_EQ(KeptBlocks::held(), 0u);
    std::free(block);
}

TEST(KeptBlocks, KeepsNoMoreThanItMay) {
    {
        const KeptBlocks blocks(10'000);
        std::vector<void*> some;
        for (int i = 0; i < 100; ++i) some.push_back(std::malloc(1000));
        for (void* one : some) std::free(one);
        EXPECT_LE(KeptBlocks::held(), 10'000u);
    }
    EXPECT_EQ(KeptBlocks::held(), 0u);
}

TEST(KeptBlocks, AThreadWithoutThemKeepsNothing) {
    void* volatile block = std::malloc(2000);
    std::free(block);
    EXPECT_EQ(KeptBlocks::held(), 0u);
}

// Blocks of all sizes and ways to get them, freed here and elsewhere: what was written in one is never
// another's.
TEST(KeptBlocks, BlocksNeverOverlap) {
    const KeptBlocks blocks(256 * 1024);
    struct One {
        unsigned char* data;
        std::size_t size;
        unsigned char mark;
    };
    std::vector<One> all;
    std::mt19937 random(7);
    for (int i = 0; i < 20'000; ++i) {
        if (all.size() > 200 || (random() % 3 == 0 && !all.empty())) {
            std::swap(all[random() % all.size()], all.back());
            const One one = all.back();
            all.pop_back();
            for (std::size_t at = 0; at < one.size; ++at) ASSERT_EQ(one.data[at], one.mark);
            if (random() % 50 == 0)
                std::thread([one] { std::free(one.data); }).join();
            else
                std::free(one.data);
            continue;
        }
        One one{nullptr, random() % 9000 + 1, static_cast<unsigned char>(random())};
        switch (random() % 4) {
            case 0:
                one.data = static_cast<unsigned char*>(std::calloc(1, one.size));
                for (std::size_t at = 0; at < one.size; ++at) ASSERT_EQ(one.data[at], 0);
                break;
            case 1:
                one.size = (one.size + 15) / 16 * 16;
                one.data = static_cast<unsigned char*>(std::aligned_alloc(16, one.size));
                break;
            case 2:
                one.size = (one.size + 63) / 64 * 64;
                one.data = static_cast<unsigned char*>(std::aligned_alloc(64, one.size));
                ASSERT_EQ(reinterpret_cast<std::uintptr_t>(one.data) % 64, 0u);
                break;
            default:
                one.data = static_cast<unsigned char*>(std::malloc(one.size));
                one.data = static_cast<unsigned char*>(std::realloc(one.data, one.size += random() % 500));
        }
        std::memset(one.data, one.mark, one.size);
        all.push_back(one);
    }
    for (const One& one : all) std::free(one.data);
}

}  // namespace
}  // namespace lares
