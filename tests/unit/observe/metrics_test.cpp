#include "observe/metrics.h"

#include <thread>

#include <gmock/gmock.h>

#include "observe/process.h"
#include "observe/trace.h"

namespace lares::metrics {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Metrics, CountersAndGaugesAppearWithTheirLabels) {
    counter("test_requests_total", {{"route", "/a\"\n\\"}}, "Requests").add(2);
    counter("test_requests_total", {{"route", "/b"}}).add();
    gauge("test_open").set(4.5);
    const std::string text = scrape();
    EXPECT_THAT(text, HasSubstr("# HELP test_requests_total Requests\n# TYPE test_requests_total counter\n"));
    EXPECT_THAT(text, HasSubstr("test_requests_total{route=\"/a\\\"\\n\\\\\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("test_requests_total{route=\"/b\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("# TYPE test_open gauge\ntest_open 4.5\n"));
}

TEST(Metrics, SameNameAndLabelsIsTheSameInstrument) {
    EXPECT_EQ(&counter("test_same", {{"a", "1"}}), &counter("test_same", {{"a", "1"}}));
    EXPECT_NE(&counter("test_same", {{"a", "1"}}), &counter("test_same", {{"a", "2"}}));
}

TEST(Metrics, HistogramsAreCumulative) {
    static constexpr std::array<double, 2> bounds{1, 2};
    auto& h = histogram("test_seconds", {{"k", "v"}}, "", bounds);
    for (double value : {0.5, 1.0, 1.5, 9.0}) h.observe(value);
    const std::string text = scrape();
    EXPECT_THAT(text, HasSubstr("test_seconds_bucket{k=\"v\",le=\"1\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("test_seconds_bucket{k=\"v\",le=\"2\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("test_seconds_bucket{k=\"v\",le=\"+Inf\"} 4\n"));
    EXPECT_THAT(text, HasSubstr("test_seconds_sum{k=\"v\"} 12\n"));
    EXPECT_THAT(text, HasSubstr("test_seconds_count{k=\"v\"} 4\n"));
}

TEST(Metrics, LabelSetsAreBounded) {
    for (int i = 0; i < 2000; ++i) counter("test_many", {{"i", std::to_string(i)}}).add();
    const std::string text = scrape();
    EXPECT_THAT(text, HasSubstr("test_many{overflow=\"true\"} 1500\n"));
    EXPECT_THAT(text, Not(HasSubstr("i=\"1999\"")));
}

TEST(Metrics, CollectorsRunWhileTheyLive) {
    {
        Collector collector([] { gauge("test_collected").add(1); });
        scrape();
        EXPECT_EQ(gauge("test_collected").value(), 1);
    }
    scrape();
    EXPECT_EQ(gauge("test_collected").value(), 1);
}

TEST(Metrics, CountsFromManyThreads) {
    auto& c = counter("test_threads");
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&c] {
            for (int i = 0; i < 10'000; ++i) c.add();
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(c.value(), 40'000u);
}

TEST(Metrics, TellsWhatTheProcessUses) {
    const ProcessUse use = process_use();
    EXPECT_GT(use.resident_bytes, 1u << 20);
    EXPECT_GE(use.virtual_bytes, use.resident_bytes);
    EXPECT_GE(use.open_fds, 3u);
    EXPECT_GE(use.threads, 1u);
    EXPECT_GT(use.start_time_seconds, 1.7e9);
    EXPECT_THAT(scrape(), HasSubstr("process_resident_memory_bytes "));
}

TEST(Trace, KeepsTheFirstMarkOfAStage) {
    const async::SteadyTime start{};
    observe::Trace trace(start);
    trace.mark("prompt_built", start + std::chrono::milliseconds(3));
    trace.mark("first_token", start + std::chrono::milliseconds(40));
    trace.mark("first_token", start + std::chrono::milliseconds(90));
    EXPECT_EQ(trace.stages().size(), 2u);
    EXPECT_EQ(trace.milliseconds().at("first_token"), 40);
}

}  // namespace
}  // namespace lares::metrics
