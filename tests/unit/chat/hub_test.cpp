#include "chat/hub.h"

#include <gtest/gtest.h>

#include "support/virtual_loop.h"

namespace lares::chat {

namespace {

struct HubTest : testing::Test {
    EventPtr event(std::int64_t seq) {
        Event made;
        made.seq = seq;
        return std::make_shared<const Event>(std::move(made));
    }
    std::unique_ptr<Subscription> subscribe(OwnerId who) {
        return hub.subscribe(who, loop.io.get_executor()).value();
    }
    test::VirtualLoop loop;
    IdSource ids{1};
    Hub hub;
    OwnerId owner = ids.make<OwnerId>(1), other = ids.make<OwnerId>(2);
};

TEST_F(HubTest, EveryDeviceOfTheOwnerGetsEachEventInOrder) {
    auto first = subscribe(owner), second = subscribe(owner), strange = subscribe(other);
    hub.publish(owner, event(1));
    hub.publish(owner, event(2));
    hub.publish(other, event(9));
    for (auto* device : {first.get(), second.get()})
        for (std::int64_t seq = 1; seq <= 2; ++seq) EXPECT_EQ(loop.wait(device->next()).event->seq, seq);
    EXPECT_EQ(loop.wait(strange->next()).event->seq, 9);
}

TEST_F(HubTest, ADeviceThatFallsBehindIsToldToResync) {
    auto device = subscribe(owner);
    for (std::size_t i = 0; i <= Limits::subscription_events; ++i)
        hub.publish(owner, event(static_cast<std::int64_t>(i)));
    const auto told = loop.wait(device->next());
    EXPECT_EQ(told.event, nullptr);
    EXPECT_FALSE(told.closed);
    EXPECT_EQ(loop.wait(device->next()).event->seq, static_cast<std::int64_t>(Limits::subscription_events));
}

TEST_F(HubTest, CloseEndsAfterWhatWasPublished) {
    auto device = subscribe(owner);
    hub.publish(owner, event(1));
    hub.close_all();
    EXPECT_EQ(loop.wait(device->next()).event->seq, 1);
    EXPECT_TRUE(loop.wait(device->next()).closed);
    EXPECT_TRUE(loop.wait(subscribe(owner)->next()).closed);
}

TEST_F(HubTest, TheNumberOfDevicesIsBounded) {
    std::vector<std::unique_ptr<Subscription>> devices;
    for (std::size_t i = 0; i < Limits::subscriptions_per_user; ++i) devices.push_back(subscribe(owner));
    const auto refused = hub.subscribe(owner, loop.io.get_executor());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().type, "too-many-devices");
    EXPECT_TRUE(hub.subscribe(other, loop.io.get_executor()));
    devices.clear();
    EXPECT_EQ(hub.subscriptions(), 0u);
}

}  // namespace

}  // namespace lares::chat
