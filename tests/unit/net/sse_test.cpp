#include "net/sse.h"

#include <gtest/gtest.h>

namespace lares::net {
namespace {

std::vector<SseEvent> read(std::string_view stream, std::size_t step, std::size_t offset = 0) {
    SseParser parser;
    std::vector<SseEvent> out;
    const auto take = [&](std::string_view piece) {
        auto events_now = parser.feed(piece).value();
        out.insert(out.end(), events_now.begin(), events_now.end());
    };
    take(stream.substr(0, offset));
    for (std::size_t at = offset; at < stream.size(); at += step) take(stream.substr(at, step));
    return out;
}

constexpr std::string_view stream =
    "\xef\xbb\xbf: hello\ndata: one\n\nevent: add\r\ndata:two\r\ndata:  three\r\nid: 7\r\n\r\n"
    "data\rdata\r\rid\ndata: last \xf0\x9f\x99\x82\n\nretry: 250\nretry: x\nunknown: y\ndata: cut off";

const std::vector<SseEvent> events{{"message", "one", ""},
                                   {"add", "two\n three", "7"},
                                   {"message", "\n", "7"},
                                   {"message", "last \xf0\x9f\x99\x82", ""}};

TEST(Sse, ReadsAsTheStandardSays) {
    EXPECT_EQ(read(stream, stream.size()), events);
}

TEST(Sse, EveryChunkingGivesTheSameEvents) {
    for (std::size_t step = 1; step <= stream.size(); ++step) EXPECT_EQ(read(stream, step), events) << step;
    for (std::size_t cut = 0; cut <= stream.size(); ++cut)
        EXPECT_EQ(read(stream, stream.size(), cut), events) << cut;
}

TEST(Sse, RetryAndId) {
    SseParser parser;
    ASSERT_TRUE(parser.feed(stream));
    EXPECT_EQ(parser.retry_ms(), 250u);
    ASSERT_TRUE(parser.feed(std::string_view("\n\nid: a\0b\ndata: x\n\nid: c\n\n", 26)));
    EXPECT_EQ(parser.last_id(), "c");
}

TEST(Sse, AnEventTypeWithoutDataIsForgotten) {
    EXPECT_EQ(read("event: add\n\ndata: x\n\n", 1), (std::vector<SseEvent>{{"message", "x", ""}}));
}

TEST(Sse, AnEventThatIsTooLargeIsRefused) {
    SseParser parser(100);
    EXPECT_TRUE(parser.feed("data: " + std::string(90, 'x')));
    EXPECT_EQ(parser.feed(std::string(10, 'x')).error().type, "event-too-large");
    SseParser lines(100);
    std::string many;
    for (int i = 0; i < 60; ++i) many += "data:\n";
    EXPECT_TRUE(lines.feed(many));
    EXPECT_FALSE(lines.feed(many));
}

}  // namespace
}  // namespace lares::net
