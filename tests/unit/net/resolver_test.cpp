#include "net/resolver.h"

#include <atomic>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "async/virtual_clock.h"

namespace lares::net {
namespace {

std::atomic<int> lookups;

SystemResolver::Answer look_up(const std::string& host) {
    ++lookups;
    if (host == "slow.test") std::this_thread::sleep_for(std::chrono::milliseconds(300));
    if (host == "gone.test") return fail(Code::upstream, "name-not-resolved", "No such name.");
    return std::vector{*Address::parse("192.0.2.1")};
}

class ResolverTest : public ::testing::Test {
protected:
    SystemResolver::Answer ask(const std::string& host, int within_ms = 5000) {
        const auto deadline = std::chrono::steady_clock::now() + async::Milliseconds(within_ms);
        auto done = boost::asio::co_spawn(loop_, resolver_.resolve(host, deadline), boost::asio::use_future);
        loop_.restart();
        loop_.run();
        return done.get();
    }
    void SetUp() override { lookups = 0; }

    boost::asio::io_context loop_;
    async::VirtualClock clock_;
    SystemResolver resolver_{clock_, look_up};
};

TEST_F(ResolverTest, AnswersAreKeptForThirtySeconds) {
    EXPECT_EQ(ask("a.test")->at(0).text(), "192.0.2.1");
    EXPECT_TRUE(ask("a.test"));
    EXPECT_EQ(lookups, 1);
    clock_.advance(async::Milliseconds(29'999));
    EXPECT_TRUE(ask("a.test"));
    EXPECT_EQ(lookups, 1);
    clock_.advance(async::Milliseconds(1));
    EXPECT_TRUE(ask("a.test"));
    EXPECT_EQ(lookups, 2);
}

TEST_F(ResolverTest, FailuresAreNotKept) {
    EXPECT_EQ(ask("gone.test").error().type, "name-not-resolved");
    EXPECT_EQ(ask("gone.test").error().type, "name-not-resolved");
    EXPECT_EQ(lookups, 2);
}

TEST_F(ResolverTest, ASlowAnswerEndsAtTheDeadline) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(ask("slow.test", 50).error().code, Code::timeout);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(250));
}

TEST_F(ResolverTest, TheSystemKnowsItself) {
    SystemResolver system(clock_);
    auto done = boost::asio::co_spawn(
        loop_, system.resolve("localhost", std::chrono::steady_clock::now() + std::chrono::seconds(10)),
        boost::asio::use_future);
    loop_.restart();
    loop_.run();
    const auto answer = done.get();
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(classify(answer->at(0)), AddressClass::loopback);
}

}  // namespace
}  // namespace lares::net
