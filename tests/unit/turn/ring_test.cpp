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

TEST_F(RingTest, WhatNobodyHasTakenIsCounted) {
    auto frames = ring({.frames = 4, .bytes = 1 << 20, .total_bytes = 1 << 20});
    frames->open({});
    EXPECT_EQ(frames->unread().readers, 0u);
    int reads = 0;
    frames->on_read([&reads] { ++reads; });
    for (int i = 0; i < 10; ++i) frames->push(Audio{0, i, 24'000, std::string(1'000, 'x')});
    const auto behind = frames->unread().bytes;
    EXPECT_LT(behind, 8'000u) << "what was dropped is not waited for";
    auto late = read(*frames, frames->next_number() - 2);
    EXPECT_EQ(frames->unread().readers, 1u);
    EXPECT_TRUE(loop.wait(late->next()).value());
    EXPECT_EQ(frames->unread().bytes, 0u) << "nor what was passed over";
    EXPECT_EQ(reads, 1);
}

TEST_F(RingTest, WhoReadsSlowlyHearsNothingThatWasMadeBeforeAStop) {
    auto frames = ring();
    frames->open({});
    auto reader = read(*frames, 1);
    for (int i = 0; i < 4; ++i) frames->push(Audio{0, i, 24'000, std::string(1'000, 'x')});
    frames->push(Token{"a"});
    EXPECT_EQ(std::get<Audio>(loop.wait(reader->next()).value()->body).samples.size(), 1'000u);
    const auto behind = frames->unread().bytes;
    frames->silence();
    EXPECT_EQ(frames->unread().bytes, behind - 3'000);
    frames->push(Audio{0, 4, 24'000, std::string(1'000, 'x')});  // from another thread, at that moment
    for (std::int64_t number = 3; number <= 5; ++number) {
        const auto frame = loop.wait(reader->next()).value();
        EXPECT_EQ(frame->number, number);
        EXPECT_TRUE(std::get<Audio>(frame->body).samples.empty());
    }
    EXPECT_EQ(std::get<Token>(loop.wait(reader->next()).value()->body).text, "a");
    EXPECT_TRUE(std::get<Audio>(loop.wait(reader->next()).value()->body).samples.empty());
    EXPECT_EQ(frames->unread().bytes, 0u);
}

TEST_F(RingTest, OldSoundGoesFirstAndKeepsItsNumber) {
    auto frames = ring({.frames = 100, .bytes = 1 << 20, .total_bytes = 1 << 20, .audio_bytes = 3'000});
    frames->open({});
    for (int i = 0; i < 10; ++i) frames->push(Audio{0, i, 24'000, std::string(1'000, 'x')});
    auto reader = read(*frames, 0);
    int silent = 0;
    for (std::int64_t number = 1; number <= 11; ++number) {
        const auto frame = loop.wait(reader->next()).value();
        EXPECT_EQ(frame->number, number);
        if (const auto* audio = std::get_if<Audio>(&frame->body)) silent += audio->samples.empty() ? 1 : 0;
    }
    EXPECT_EQ(silent, 7);
    EXPECT_LT(frames->bytes(), 10'000u);
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
