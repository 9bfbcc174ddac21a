#include "turn/ring.h"

#include <gtest/gtest.h>

#include "support/virtual_loop.h"

namespace lares::turn {

namespace {

struct RingTest : testing::Test {
    std::shared_ptr<Ring> ring(Ring::Bounds bounds = {}) {
        return std::make_shared<Ring>(chat::TurnId{}, bounds, total);
    }
    std::unique_ptr<FrameStream> read(Ring& from, std::int64_t after) {
        return from.read(after, loop.io.get_executor());
    }
    test::VirtualLoop loop;
    std::shared_ptr<RingBytes> total = std::make_shared<RingBytes>(0);
};

TEST_F(RingTest, NothingIsReadBeforeItIsOpenThenAllInOrder) {
    auto frames = ring();
    auto reader = read(*frames, 0);
    frames->push(Token{"a"});
    frames->push(Token{"b"});
    EXPECT_THROW(loop.wait(reader->next()), std::runtime_error);
    auto second = read(*frames, 0);
    frames->open({{}, {}, 5});
    frames->push(TurnDone{});
    for (std::int64_t number = 1; number <= 4; ++number)
        EXPECT_EQ(loop.wait(second->next()).value()->number, number);
    EXPECT_EQ(loop.wait(second->next()).value(), nullptr);
    auto late = read(*frames, 3);
    EXPECT_EQ(loop.wait(late->next()).value()->number, 4);
    EXPECT_EQ(loop.wait(late->next()).value(), nullptr);
}

TEST_F(RingTest, AReaderThatFellBehindIsTold) {
    auto frames = ring({.frames = 4, .bytes = 1 << 20, .total_bytes = 1 << 20});
    frames->open({});
    auto reader = read(*frames, 0);
    for (int i = 0; i < 5; ++i) frames->push(Token{"x"});
    EXPECT_EQ(loop.wait(reader->next()).error().type, "frames-gone");
    auto near = read(*frames, 2);
    EXPECT_EQ(loop.wait(near->next()).value()->number, 3);
}

TEST_F(RingTest, BytesAreBoundedAndGivenBack) {
    auto one = ring({.frames = 1000, .bytes = 4096, .total_bytes = 1 << 20});
    one->open({});
    for (int i = 0; i < 1000; ++i) one->push(Token{std::string(100, 'x')});
    EXPECT_LE(one->bytes(), 4096u);
    EXPECT_EQ(*total, one->bytes());
    // All rings together: each keeps its last few frames only.
    auto other = ring({.frames = 1000, .bytes = 1 << 20, .total_bytes = 1});
    other->open({});
    for (int i = 0; i < 1000; ++i) other->push(Token{"x"});
    EXPECT_EQ(other->next_number() - other->first_number(),
              static_cast<std::int64_t>(Ring::Bounds::frames_min));
    one.reset();
    other.reset();
    EXPECT_EQ(*total, 0u);
}

TEST(FrameIds, ComeBack) {
    IdSource ids(3);
    const Frame frame{ids.make<chat::TurnId>(1'700'000'000'000), 42, Token{}};
    const auto back = parse_frame_id(frame_id(frame));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->turn_id, frame.turn_id);
    EXPECT_EQ(back->number, 42);
    for (const auto* bad : {"", "x", "x/1", "/1", "0123/"}) EXPECT_FALSE(parse_frame_id(bad)) << bad;
    EXPECT_FALSE(parse_frame_id(frame.turn_id.text() + "/-1"));
    EXPECT_FALSE(parse_frame_id(frame.turn_id.text() + "/1x"));
    EXPECT_FALSE(parse_frame_id(frame.turn_id.text() + "/99999999999999999999"));
}

}  // namespace

}  // namespace lares::turn
