#include "observe/log.h"

#include <mutex>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "base/secret.h"
#include "json/parse.h"

namespace lares::log {
namespace {

using testing::HasSubstr;

static_assert(!std::is_constructible_v<Value, SecretText>, "a secret must not become a log field");
static_assert(!std::is_convertible_v<SecretText, std::string_view>);

class LogTest : public testing::Test {
protected:
    void begin(Level level, bool json) {
        start({level, json, [this](std::string_view line) { lines_.emplace_back(line); }});
    }
    void TearDown() override { stop(); }
    const std::vector<std::string>& lines() {
        flush();
        return lines_;
    }

private:
    std::vector<std::string> lines_;
};

TEST_F(LogTest, WritesJsonLinesWithTheRequestId) {
    begin(Level::debug, true);
    const Context context{"req-1"};
    debug(context, "a \"b\"\n",
          {{"n", 3}, {"big", std::int64_t{1} << 40}, {"ok", true}, {"ms", 1.5}, {"s", "x\ty"}});
    ASSERT_EQ(lines().size(), 1u);
    auto parsed = json::parse_value(lines()[0]);
    ASSERT_TRUE(parsed) << lines()[0];
    const auto& object = parsed->as_object();
    EXPECT_EQ(object.at("level"), "debug");
    EXPECT_EQ(object.at("message"), "a \"b\"\n");
    EXPECT_EQ(object.at("request_id"), "req-1");
    EXPECT_EQ(object.at("n"), 3);
    EXPECT_EQ(object.at("ok"), true);
    EXPECT_EQ(object.at("s"), "x\ty");
    EXPECT_EQ(object.at("time").as_string().size(), 24u);
}

TEST_F(LogTest, TextLinesCannotBeForged) {
    begin(Level::info, false);
    info("hello\nfake line", {{"path", "/a b\n2026 error x=1"}, {"plain", "word"}, {"empty", ""}});
    ASSERT_EQ(lines().size(), 1u);
    EXPECT_EQ(std::count(lines()[0].begin(), lines()[0].end(), '\n'), 1);
    EXPECT_THAT(lines()[0],
                HasSubstr("info  hello\\nfake line path=\"/a b\\n2026 error x=1\" plain=word empty=\"\"\n"));
}

TEST_F(LogTest, RespectsTheLevel) {
    begin(Level::warn, false);
    debug("no");
    info("no");
    warn("yes");
    error("yes");
    EXPECT_EQ(lines().size(), 2u);
    EXPECT_EQ(parse_level("warn"), Level::warn);
    EXPECT_FALSE(parse_level("loud"));
}

TEST_F(LogTest, ThreadsDoNotMixLinesAndNothingIsLost) {
    begin(Level::info, true);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([t] {
            for (int i = 0; i < 1000; ++i) info("m", {{"t", t}, {"i", i}});
        });
    for (auto& thread : threads) thread.join();
    ASSERT_EQ(lines().size(), 4000u);
    for (const auto& line : lines()) ASSERT_TRUE(json::parse_value(line)) << line;
}

TEST(Log, AFullQueueDropsAndCounts) {
    std::mutex gate;
    std::vector<std::string> lines;
    gate.lock();
    start({Level::info, true, [&](std::string_view line) {
               std::lock_guard wait(gate);
               lines.emplace_back(line);
           }});
    for (int i = 0; i < 200'000; ++i) info("m");
    gate.unlock();
    info("last");
    stop();
    ASSERT_LT(lines.size(), 200'000u);
    EXPECT_THAT(lines, testing::Contains(HasSubstr("log lines dropped")));
}

}  // namespace
}  // namespace lares::log
