#include "voice/settings/settings.h"

#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "async/virtual_clock.h"
#include "voice/settings/migrations.h"

namespace lares::voice::settings {
namespace {

class VoiceSettings : public testing::Test {
protected:
    VoiceSettings() {
        auto opened = db::Database::open(
            {.file = ":memory:", .migrations = {{"voice", migrations}}, .inline_mode = true, .vfs = {}});
        if (!opened) throw std::runtime_error(opened.error().message);
        database = std::move(*opened);
        service.emplace(*database, clock);
    }

    template <class T>
    T run(Task<T> task) {
        auto done = boost::asio::co_spawn(loop, std::move(task), boost::asio::use_future);
        loop.restart();
        loop.run();
        return done.get();
    }

    boost::asio::io_context loop;
    async::VirtualClock clock;
    IdSource ids{1};
    std::unique_ptr<db::Database> database;
    std::optional<Service> service;
    OwnerId ann = ids.make<OwnerId>(1), bob = ids.make<OwnerId>(1);
    Uuid mira = ids.make<OwnerId>(1).value, sam = ids.make<OwnerId>(1).value;
};

TEST_F(VoiceSettings, AreThoseOfOnePersonAndChangeFieldByField) {
    const auto usual = run(service->get(ann));
    ASSERT_TRUE(usual);
    EXPECT_TRUE(usual->spoken && usual->in_step && !usual->captions);
    Change change;
    change.speed = 1.5;
    change.captions = true;
    ASSERT_TRUE(run(service->change(ann, change)));
    Change again;
    again.voice = "heart";
    again.spoken = false;
    const auto now = run(service->change(ann, again));
    ASSERT_TRUE(now);
    EXPECT_EQ(now->speed, 1.5);
    EXPECT_TRUE(now->captions);
    EXPECT_EQ(run(service->get(ann))->voice, "heart");
    EXPECT_FALSE(run(service->get(ann))->spoken);
    EXPECT_EQ(run(service->get(bob))->speed, 1);
}

TEST_F(VoiceSettings, ACompanionSpeaksAsThePersonChoseForThatOne) {
    Change all;
    all.voice = "heart";
    all.speed = 1.5;
    all.volume = 0.2;  // the player's
    ASSERT_TRUE(run(service->change(ann, all)));
    ASSERT_TRUE(run(service->set_companion(ann, mira, {"other", std::nullopt, 0.5})));
    const auto with_mira = run(service->choice(ann, mira)), with_sam = run(service->choice(ann, sam));
    ASSERT_TRUE(with_mira && with_sam);
    EXPECT_EQ(with_mira->voice, "other");
    EXPECT_EQ(with_mira->speed, 1.5);
    EXPECT_EQ(with_mira->volume, 0.5);
    EXPECT_EQ(with_sam->voice, "heart");
    EXPECT_EQ(with_sam->volume, 1);
    EXPECT_EQ(run(service->choice(bob, mira))->voice, "");
    EXPECT_EQ(run(service->companion(ann, mira))->volume, 0.5);
    ASSERT_TRUE(run(service->set_companion(ann, mira, {})));
    EXPECT_TRUE(run(service->companion(ann, mira))->empty());
    EXPECT_EQ(run(service->choice(ann, mira))->voice, "heart");
}

TEST_F(VoiceSettings, WhatWasChangedLongestAgoGoesFirst) {
    CompanionVoice slow;
    slow.speed = 0.5;
    std::vector<Uuid> all;
    for (std::size_t i = 0; i <= companions_max; ++i) {
        clock.advance(async::Milliseconds(1));
        all.push_back(ids.make<OwnerId>(1).value);
        ASSERT_TRUE(run(service->set_companion(ann, all.back(), slow)));
    }
    EXPECT_TRUE(run(service->companion(ann, all.front()))->empty());
    EXPECT_FALSE(run(service->companion(ann, all[1]))->empty());
    EXPECT_FALSE(run(service->companion(ann, all.back()))->empty());
}

}  // namespace
}  // namespace lares::voice::settings
