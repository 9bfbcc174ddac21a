#include "async/pool.h"

#include <condition_variable>
#include <set>
#include <thread>

#include "loop.h"

namespace lares::async {
namespace {

// Holds a pool's thread until it is opened.
class Gate {
public:
    void open() {
        std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    void pass() {
        std::unique_lock lock(mutex_);
        ++waiting_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
    }
    void wait_for_one() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return waiting_ > 0; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
    int waiting_ = 0;
};

Task<void> call(Pool* pool, Result<std::thread::id>* out, std::thread::id* resumed_on) {
    *out = co_await pool->run([]() -> Result<std::thread::id> { return std::this_thread::get_id(); });
    *resumed_on = std::this_thread::get_id();
}

TEST_F(LoopTest, WorkRunsOnThePoolAndComesBackHere) {
    Pool pool({.name = "test", .threads = 1});
    Result<std::thread::id> ran = std::thread::id();
    std::thread::id resumed;
    scope.spawn(call(&pool, &ran, &resumed));
    run();
    ASSERT_TRUE(ran);
    EXPECT_NE(*ran, std::this_thread::get_id());
    EXPECT_EQ(resumed, std::this_thread::get_id());
}

TEST_F(LoopTest, AFullPoolRefusesWithItsName) {
    Gate gate;
    Pool pool({.name = "passwords", .threads = 1, .queue_max = 2});
    ASSERT_TRUE(pool.submit([&gate] { gate.pass(); }));
    gate.wait_for_one();
    ASSERT_TRUE(pool.submit([] {}));
    ASSERT_TRUE(pool.submit([] {}));
    EXPECT_EQ(pool.queued(), 2u);
    EXPECT_FALSE(pool.submit([] {}));
    Result<std::thread::id> ran = std::thread::id();
    std::thread::id resumed;
    scope.spawn(call(&pool, &ran, &resumed));
    run();
    ASSERT_FALSE(ran);
    EXPECT_EQ(ran.error().code, Code::unavailable);
    EXPECT_EQ(ran.error().type, "busy");
    EXPECT_NE(ran.error().message.find("passwords"), std::string::npos);
    EXPECT_TRUE(ran.error().retry_after_ms);
    gate.open();
}

TEST(Pool, RunsWhatIsQueuedBeforeItEnds) {
    std::atomic<int> ran = 0;
    {
        Pool pool({.name = "test", .threads = 2, .queue_max = 1000});
        for (int i = 0; i < 500; ++i) ASSERT_TRUE(pool.submit([&ran] { ++ran; }));
    }
    EXPECT_EQ(ran, 500);
}

Task<void> hold(Pool* pool, std::shared_ptr<Gate> gate, bool* after) {
    co_await pool->run([gate]() -> Result<void> {
        gate->pass();
        return {};
    });
    *after = true;
}

TEST_F(LoopTest, ACancelledCallerLeavesTheJobToEndAlone) {
    const auto gate = std::make_shared<Gate>();
    bool after = false;
    {
        Pool pool({.name = "test", .threads = 1});
        scope.spawn(hold(&pool, gate, &after));
        poll();
        gate->wait_for_one();
        scope.cancel();
        run();
        EXPECT_EQ(scope.size(), 0u) << "the caller is gone";
        gate->open();
    }
    EXPECT_FALSE(after);
    EXPECT_EQ(gate.use_count(), 1);
}

}  // namespace
}  // namespace lares::async
