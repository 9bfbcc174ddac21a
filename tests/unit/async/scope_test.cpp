// TaskScope, Signal, OneShot, Channel.
#include "async/scope.h"

#include <thread>

#include <boost/asio/co_spawn.hpp>

#include "async/channel.h"
#include "async/one_shot.h"
#include "loop.h"

namespace lares::async {
namespace {

// Counts how many live and how many came to their end.
struct Lives {
    int live = 0;
    int ended = 0;
};
struct Life {
    explicit Life(Lives* all) : lives(all) { ++lives->live; }
    ~Life() { --lives->live; }
    Life(const Life&) = delete;
    Life& operator=(const Life&) = delete;
    Lives* lives;
};

Task<void> wait_for(Signal signal, Lives* lives) {
    Life life(lives);
    co_await signal.wait();
    ++lives->ended;
}

Task<void> join_then(TaskScope* scope, bool* joined) {
    co_await scope->join();
    *joined = true;
}

TEST_F(LoopTest, JoinWaitsForEveryTask) {
    Lives lives;
    Signal first(io.get_executor()), second(io.get_executor());
    scope.spawn(wait_for(first, &lives));
    scope.spawn(wait_for(second, &lives));
    TaskScope outer(io.get_executor());
    bool joined = false;
    outer.spawn(join_then(&scope, &joined));
    poll();
    EXPECT_EQ(lives.live, 2);
    first.notify();
    poll();
    EXPECT_EQ(lives.ended, 1);
    EXPECT_FALSE(joined);
    second.notify();
    poll();
    EXPECT_TRUE(joined);
    EXPECT_EQ(scope.size(), 0u);
}

TEST_F(LoopTest, CancelUnwindsEveryTaskAndThoseThatComeLater) {
    Lives lives;
    const Signal never(io.get_executor());
    for (int i = 0; i < 10; ++i) scope.spawn(wait_for(Signal(io.get_executor()), &lives));
    poll();
    EXPECT_EQ(lives.live, 10);
    scope.cancel();
    run();
    EXPECT_EQ(lives.live, 0) << "destructors ran";
    EXPECT_EQ(lives.ended, 0) << "and nothing behind the wait did";
    scope.spawn(wait_for(never, &lives));
    run();
    EXPECT_EQ(lives.live, 0);
    EXPECT_EQ(scope.size(), 0u);
}

Task<void> throw_something() {
    co_await yield();
    throw std::runtime_error("broken");
}

TEST_F(LoopTest, AnExceptionIsReported) {
    std::string heard;
    TaskScope::on_exception([&heard](std::string_view message) { heard = message; });
    scope.spawn(throw_something());
    run();
    EXPECT_EQ(heard, "broken");
}

TEST_F(LoopTest, ASignalIsNotLostAndNotDoubled) {
    Lives lives;
    Signal signal(io.get_executor());
    signal.notify();
    signal.notify();
    scope.spawn(wait_for(signal, &lives));
    poll();
    EXPECT_EQ(lives.ended, 1) << "notified before the wait";
    scope.spawn(wait_for(signal, &lives));
    poll();
    EXPECT_EQ(lives.ended, 1) << "two notifications wake one wait";
    signal.notify();
    run();
    EXPECT_EQ(lives.ended, 2);
}

Task<void> take_into(OneShot<int> shot, int* out) {
    *out = co_await shot.take();
}

TEST_F(LoopTest, AOneShotCrossesThreads) {
    for (int i = 0; i < 200; ++i) {
        int got = 0;
        OneShot<int> shot(io.get_executor());
        scope.spawn(take_into(shot, &got));
        std::thread other([shot, i] {
            shot.set(i + 1);
            shot.set(-1);
        });
        run();
        other.join();
        ASSERT_EQ(got, i + 1) << "the first value wins";
    }
}

Task<void> drain(Channel<int> channel, std::vector<int>* out, bool* closed) {
    while (auto item = co_await channel.pop()) out->push_back(*item);
    *closed = true;
}

TEST_F(LoopTest, AChannelKeepsOrderAndItsBound) {
    Channel<int> channel(io.get_executor(), 3);
    EXPECT_TRUE(channel.try_push(1));
    EXPECT_TRUE(channel.try_push(2));
    EXPECT_TRUE(channel.try_push(3));
    EXPECT_FALSE(channel.try_push(4));
    EXPECT_EQ(channel.size(), 3u);
    std::vector<int> got;
    bool closed = false;
    scope.spawn(drain(channel, &got, &closed));
    poll();
    EXPECT_TRUE(channel.try_push(5));
    channel.close();
    EXPECT_FALSE(channel.try_push(6));
    run();
    EXPECT_EQ(got, (std::vector<int>{1, 2, 3, 5}));
    EXPECT_TRUE(closed);
}

TEST_F(LoopTest, AChannelTakesFromManyThreads) {
    Channel<int> channel(io.get_executor(), 1'000'000);
    std::vector<int> got;
    bool closed = false;
    scope.spawn(drain(channel, &got, &closed));
    std::vector<std::thread> producers;
    std::atomic<int> running = 4;
    for (int t = 0; t < 4; ++t)
        producers.emplace_back([&channel, &running, t] {
            for (int i = 0; i < 10'000; ++i) channel.try_push(t * 10'000 + i);
            if (--running == 0) channel.close();
        });
    run();
    for (auto& producer : producers) producer.join();
    ASSERT_EQ(got.size(), 40'000u);
    std::vector<int> last(4, -1);
    for (int item : got) {
        ASSERT_GT(item % 10'000, last[static_cast<std::size_t>(item / 10'000)]);
        last[static_cast<std::size_t>(item / 10'000)] = item % 10'000;
    }
}

Task<void> take_one(OneShot<int> answer, Lives* lives) {
    Life life(lives);
    co_await answer.take();
}

// A write is settled, or a token comes, while the server's loops are already gone.
TEST(ANotifier, MayOutliveTheLoopOfItsWaiter) {
    Lives lives;
    auto loop = std::make_unique<boost::asio::io_context>(1);
    const OneShot<int> answer(loop->get_executor());
    const Channel<int> channel(loop->get_executor(), 4);
    boost::asio::co_spawn(*loop, take_one(answer, &lives), [](const std::exception_ptr&) {});
    loop->poll();
    EXPECT_EQ(lives.live, 1);
    loop.reset();
    EXPECT_EQ(lives.live, 0);
    std::thread other([answer, channel] {
        answer.set(1);
        EXPECT_TRUE(channel.try_push(2));
    });
    other.join();
}

}  // namespace
}  // namespace lares::async
