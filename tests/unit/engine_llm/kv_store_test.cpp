// The cache of idle chats beside a disk: what leaves RAM comes back whole, for everybody who asked.
#include "engine/llm/kv_store.h"

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>

#include <gtest/gtest.h>
#include <unistd.h>

namespace lares::engine::llm {
namespace {

class KvStoreTest : public testing::Test {
protected:
    static constexpr std::size_t bytes = 64 * 1024;

    static Saved saved(std::uint8_t filled) {
        auto slice = std::make_shared<Slice>();
        slice->end = 3;
        slice->data = Pages::make(bytes);
        std::fill_n(slice->data.data(), bytes, filled);
        return {{1, 2, 3}, {std::move(slice)}};
    }
    // The disk's thread waits for each of its jobs: so the next file is read after what the job before did.
    void post(std::function<void()> job) {
        std::unique_lock lock(mutex_);
        job_ = std::move(job);
        changed_.notify_all();
        changed_.wait(lock, [this] { return !job_; });
    }
    void run_one() {
        std::unique_lock lock(mutex_);
        ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(20), [this] { return job_ != nullptr; }));
        job_();
        job_ = nullptr;
        changed_.notify_all();
    }
    std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("kv-store-" + std::to_string(::getpid()));

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::function<void()> job_;
};

TEST_F(KvStoreTest, WhatTwoAskedForComesBackToBoth) {
    KvStore store({.ram_bytes = bytes + bytes / 2,
                   .disk_bytes = 10 * bytes,
                   .folder = folder_,
                   .post = [this](std::function<void()> job) { post(std::move(job)); }});
    store.put("first", saved(7));
    store.put("second", saved(8));
    run_one();  // the first has left
    EXPECT_EQ(store.ram_bytes(), bytes);
    EXPECT_GT(store.disk_bytes(), bytes);
    store.forget("second");

    std::vector<Slices> got;
    for (int i = 0; i < 2; ++i)
        store.fetch("first", [&](Slices slices) { got.push_back(std::move(slices)); });
    EXPECT_TRUE(got.empty());
    run_one();
    run_one();
    ASSERT_EQ(got.size(), 2u);
    for (const auto& slices : got) {
        ASSERT_EQ(slices.size(), 1u);
        EXPECT_EQ(slices[0], got[0][0]) << "one copy, that is counted";
        EXPECT_EQ(slices[0]->data.size(), bytes);
        EXPECT_EQ(slices[0]->data.data()[bytes - 1], 7);
    }
    EXPECT_TRUE(store.has("first"));
    EXPECT_EQ(store.ram_bytes(), bytes);
    EXPECT_EQ(store.disk_bytes(), 0u);
}

TEST_F(KvStoreTest, AFileThatIsGoneIsForgotten) {
    KvStore store({.ram_bytes = bytes / 2,
                   .disk_bytes = 10 * bytes,
                   .folder = folder_,
                   .post = [this](std::function<void()> job) { post(std::move(job)); }});
    store.put("first", saved(7));
    run_one();
    for (const auto& file : std::filesystem::directory_iterator(folder_)) std::filesystem::remove(file);
    std::optional<Slices> got;
    store.fetch("first", [&](Slices slices) { got = std::move(slices); });
    run_one();
    ASSERT_TRUE(got);
    EXPECT_TRUE(got->empty());
    EXPECT_FALSE(store.has("first"));
    EXPECT_EQ(store.disk_bytes(), 0u);
}

}  // namespace
}  // namespace lares::engine::llm
