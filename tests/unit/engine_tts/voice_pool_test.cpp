// VoicePool: order, seats, cancelling.
#include "engine/tts/voice_pool.h"

#include <algorithm>
#include <chrono>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "async/scope.h"
#include "support.h"

namespace lares::engine::tts {
namespace {

class PoolTest : public ::testing::Test {
protected:
    // Runs the loop until the condition holds; what a thread of the pool does cannot be counted in steps.
    template <class Condition>
    void run_until(Condition holds) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!holds() && std::chrono::steady_clock::now() < end) {
            io.restart();
            io.run_for(std::chrono::milliseconds(5));
        }
        EXPECT_TRUE(holds());
    }
    void TearDown() override {
        scope.cancel();
        run_until([this] { return scope.size() == 0; });
    }

    boost::asio::io_context io{1};
    async::TaskScope scope{io.get_executor()};
};

struct Heard {
    std::optional<Timing> timing;
    std::int64_t samples = 0;
    bool ended = false;
    std::string problem;
};

Task<void> listen(std::unique_ptr<Speech> speech, Heard* heard, std::vector<int>* order, int number) {
    auto timing = co_await speech->timing();
    if (!timing) {
        heard->problem = timing.error().type;
        heard->ended = true;
        co_return;
    }
    heard->timing = std::move(*timing);
    for (;;) {
        auto chunk = co_await speech->next();
        if (!chunk || !*chunk) {
            if (!chunk) heard->problem = chunk.error().type;
            break;
        }
        heard->samples += static_cast<std::int64_t>((*chunk)->size());
    }
    if (order) order->push_back(number);
    heard->ended = true;
}

const auto now = std::chrono::steady_clock::now();

TEST_F(PoolTest, ASpeechArrivesWhole) {
    VoicePool pool({.threads = 2});
    std::vector<Heard> heard(6);
    for (auto& each : heard) {
        auto speech = pool.say(bundled_voice(), {std::u32string(hello), 1, 1}, now, io.get_executor());
        ASSERT_TRUE(speech.has_value());
        scope.spawn(listen(std::move(*speech), &each, nullptr, 0));
    }
    run_until([&] { return std::ranges::all_of(heard, &Heard::ended); });
    for (const auto& each : heard) {
        ASSERT_TRUE(each.timing.has_value());
        EXPECT_EQ(each.problem, "");
        EXPECT_EQ(each.samples, each.timing->total());
    }
    run_until([&] { return pool.stats().clauses == 0; });
}

TEST_F(PoolTest, WhoFallsSilentFirstIsServedFirst) {
    VoicePool pool({.threads = 1});
    std::vector<Heard> heard(6);
    std::vector<int> order;
    // The first keeps the only thread busy while the others are queued; by when they are wanted, in ms.
    const int wanted_ms[] = {0, 900, 400, 400, -50, 0};
    for (int i = 0; i < 6; ++i) {
        const Request request{i == 0 ? std::u32string(symbols_max, U'a') : std::u32string(hello), 0.5, 1};
        auto speech = pool.say(bundled_voice(), request, now + std::chrono::milliseconds(wanted_ms[i]),
                               io.get_executor());
        ASSERT_TRUE(speech.has_value());
        scope.spawn(listen(std::move(*speech), &heard[static_cast<std::size_t>(i)], &order, i));
        if (i == 0) run_until([&] { return heard[0].timing.has_value(); });
    }
    run_until([&] { return order.size() == 6; });
    EXPECT_EQ(order, (std::vector<int>{0, 4, 5, 2, 3, 1}));
}

TEST_F(PoolTest, WhatNobodyReadsIsNotMade) {
    VoicePool pool({.threads = 1, .clauses = 3});
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE(pool.say(bundled_voice(), {std::u32string(symbols_max, U'a'), 0.5, 1}, now,
                             io.get_executor())
                        .has_value());  // dropped at once
    run_until([&] { return pool.stats().clauses == 0; });
}

TEST_F(PoolTest, AFullQueueIsSaid) {
    VoicePool pool({.threads = 1, .clauses = 2});
    std::vector<std::unique_ptr<Speech>> kept;
    for (int i = 0; i < 2; ++i) {
        auto speech =
            pool.say(bundled_voice(), {std::u32string(symbols_max, U'a'), 0.5, 1}, now, io.get_executor());
        ASSERT_TRUE(speech.has_value());
        kept.push_back(std::move(*speech));
    }
    const auto refused = pool.say(bundled_voice(), {std::u32string(hello), 1, 1}, now, io.get_executor());
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().type, "voice-busy");
    EXPECT_TRUE(refused.error().retry_after_ms.has_value());
}

TEST_F(PoolTest, AnErrorReachesTheReader) {
    VoicePool pool({.threads = 1});
    Heard heard;
    auto speech =
        pool.say(bundled_voice(), {std::u32string(symbols_max + 1, U'a'), 1, 1}, now, io.get_executor());
    ASSERT_TRUE(speech.has_value());
    scope.spawn(listen(std::move(*speech), &heard, nullptr, 0));
    run_until([&] { return heard.ended; });
    EXPECT_EQ(heard.problem, "too-many-phonemes");
}

TEST_F(PoolTest, EndsWithWorkLeft) {
    std::vector<Heard> heard(4);
    {
        VoicePool pool({.threads = 1});
        for (auto& each : heard) {
            auto speech = pool.say(bundled_voice(), {std::u32string(symbols_max, U'a'), 0.5, 1}, now,
                                   io.get_executor());
            ASSERT_TRUE(speech.has_value());
            scope.spawn(listen(std::move(*speech), &each, nullptr, 0));
        }
    }
    run_until([&] { return std::ranges::all_of(heard, &Heard::ended); });
    EXPECT_EQ(heard.back().problem, "cancelled");
}

struct Guest {
    std::unique_ptr<Seat> seat;
    std::vector<std::size_t> places;
    std::string problem;
};

OwnerId person(std::uint8_t number) {
    OwnerId id;
    id.value.bytes[0] = number;
    return id;
}

Task<void> sit(VoicePool* pool, Guest* guest, OwnerId who = person(1)) {
    auto seat = co_await pool->take(who, [guest](std::size_t place) { guest->places.push_back(place); });
    if (seat)
        guest->seat = std::move(*seat);
    else
        guest->problem = seat.error().type;
}

TEST_F(PoolTest, SeatsAreGivenInOrderAndPlacesAreTold) {
    VoicePool pool({.threads = 1, .seats = 2, .waiting = 2});
    std::vector<Guest> guests(5);
    for (auto& guest : guests) {
        scope.spawn(sit(&pool, &guest));
        io.restart();
        io.poll();
    }
    EXPECT_TRUE(guests[0].seat && guests[1].seat);
    EXPECT_TRUE(guests[0].places.empty());
    EXPECT_EQ(guests[2].places, std::vector<std::size_t>{1});
    EXPECT_EQ(guests[3].places, std::vector<std::size_t>{2});
    EXPECT_EQ(guests[4].problem, "voice-busy");
    EXPECT_EQ(pool.stats().taken, 2u);
    EXPECT_EQ(pool.stats().waiting, 2u);

    guests[0].seat.reset();
    io.restart();
    io.poll();
    EXPECT_TRUE(guests[2].seat != nullptr);
    EXPECT_EQ(guests[3].places, (std::vector<std::size_t>{2, 1}));
    EXPECT_FALSE(guests[3].seat);
    guests[2].seat.reset();
    io.restart();
    io.poll();
    EXPECT_TRUE(guests[3].seat != nullptr);
    guests.clear();
    EXPECT_EQ(pool.stats().taken, 0u);
}

TEST_F(PoolTest, WhoLeavesTheQueueMakesRoom) {
    VoicePool pool({.threads = 1, .seats = 1, .waiting = 2});
    Guest first, gone, last;
    scope.spawn(sit(&pool, &first));
    async::TaskScope impatient(io.get_executor());
    impatient.spawn(sit(&pool, &gone));
    io.poll();
    scope.spawn(sit(&pool, &last));
    io.restart();
    io.poll();
    EXPECT_EQ(last.places, std::vector<std::size_t>{2});
    impatient.cancel();
    run_until([&] { return impatient.size() == 0; });
    run_until([&] { return last.places.back() == 1; });
    EXPECT_EQ(pool.stats().waiting, 1u);
    first.seat.reset();
    run_until([&] { return last.seat != nullptr; });
    EXPECT_FALSE(gone.seat);
    last.seat.reset();
    EXPECT_EQ(pool.stats().taken, 0u);
}

TEST_F(PoolTest, ASeatThatIsGivenToOneWhoLeavesIsNotLost) {
    VoicePool pool({.threads = 1, .seats = 1});
    Guest first, gone;
    scope.spawn(sit(&pool, &first));
    async::TaskScope impatient(io.get_executor());
    impatient.spawn(sit(&pool, &gone));
    io.poll();
    first.seat.reset();  // given on, but `gone` has not been resumed yet
    impatient.cancel();
    run_until([&] { return impatient.size() == 0; });
    gone.seat.reset();
    EXPECT_EQ(pool.stats().taken, 0u);
}

TEST_F(PoolTest, WhoHasFewerSeatsGoesFirst) {
    VoicePool pool({.threads = 1, .seats = 2});
    std::vector<Guest> many(3);
    for (auto& guest : many) scope.spawn(sit(&pool, &guest));
    io.poll();
    Guest other;
    scope.spawn(sit(&pool, &other, person(2)));
    run_until([&] { return other.places == std::vector<std::size_t>{1}; });
    run_until([&] { return many[2].places == std::vector<std::size_t>{1, 2}; });
    many[0].seat.reset();
    run_until([&] { return other.seat != nullptr; });
    EXPECT_FALSE(many[2].seat);
    many[1].seat.reset();
    run_until([&] { return many[2].seat != nullptr; });
    many.clear();
    other.seat.reset();
    EXPECT_EQ(pool.stats().taken, 0u);
}

TEST_F(PoolTest, OnePersonDoesNotFillTheQueue) {
    VoicePool pool({.threads = 1, .seats = 1, .waiting = 4, .waiting_each = 2});
    std::vector<Guest> many(4);
    for (auto& guest : many) scope.spawn(sit(&pool, &guest));
    Guest other;
    scope.spawn(sit(&pool, &other, person(2)));
    run_until([&] { return !other.places.empty(); });
    EXPECT_EQ(many[3].problem, "voice-busy");
    EXPECT_EQ(pool.stats().waiting, 3u);
    many[0].seat.reset();
    run_until([&] { return other.seat != nullptr || many[1].seat != nullptr; });
    scope.cancel();
    run_until([this] { return scope.size() == 0; });
}

Task<void> share(Seat* seat, bool* has_it) {
    *has_it = false;
    co_await seat->share();
    *has_it = true;
}

TEST_F(PoolTest, WhoHasManySeatsSharesThemBetweenTwoClauses) {
    VoicePool pool({.threads = 1, .seats = 3});
    std::vector<Guest> many(3), others(2);
    for (auto& guest : many) scope.spawn(sit(&pool, &guest));
    io.poll();
    bool first = false, second = false;
    scope.spawn(share(many[0].seat.get(), &first));
    io.restart();
    io.poll();
    EXPECT_TRUE(first) << "nobody waits";
    for (auto& guest : others) scope.spawn(sit(&pool, &guest, person(2)));
    io.restart();
    io.poll();
    scope.spawn(share(many[0].seat.get(), &first));
    run_until([&] { return others[0].seat != nullptr; });
    EXPECT_FALSE(first);
    // Two and one: who waits would have as many, nobody is better off.
    scope.spawn(share(many[1].seat.get(), &second));
    io.restart();
    io.poll();
    EXPECT_TRUE(second);
    EXPECT_EQ(pool.stats().taken, 3u);
    others[0].seat.reset();
    run_until([&] { return first || others[1].seat != nullptr; });
    EXPECT_TRUE(others[1].seat != nullptr) << "they have none now";
    others[1].seat.reset();
    run_until([&] { return first; });
    EXPECT_EQ(pool.stats().taken, 3u);
}

TEST_F(PoolTest, ASharedSeatOfOneWhoLeavesIsNotLost) {
    VoicePool pool({.threads = 1, .seats = 2});
    std::vector<Guest> many(2);
    for (auto& guest : many) scope.spawn(sit(&pool, &guest));
    io.poll();
    Guest other;
    scope.spawn(sit(&pool, &other, person(2)));
    async::TaskScope impatient(io.get_executor());
    bool has_it = true;
    impatient.spawn(share(many[0].seat.get(), &has_it));
    run_until([&] { return other.seat != nullptr; });
    impatient.cancel();
    run_until([&] { return impatient.size() == 0; });
    EXPECT_FALSE(has_it);
    many.clear();
    other.seat.reset();
    EXPECT_EQ(pool.stats().taken, 0u);
    EXPECT_EQ(pool.stats().waiting, 0u);
}

}  // namespace
}  // namespace lares::engine::tts
