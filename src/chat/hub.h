#pragma once
// Live durable events to every device of their owner, in this process. Published in the order of the commits,
// by the thread that commits. A subscription is bounded: one that does not keep up loses what is in it and is
// told to resync, from the history or from Service::events_after.
#include <cstddef>
#include <memory>

#include "async/signal.h"
#include "async/task.h"
#include "base/result.h"
#include "chat/model.h"

namespace lares::chat {

using EventPtr = std::shared_ptr<const Event>;

class Subscription;

// A handle: its copies are one hub, which lives as long as any of them.
class Hub {
public:
    Hub();

    // rate_limited "too-many-devices" past Limits::subscriptions_per_user.
    Result<std::unique_ptr<Subscription>> subscribe(OwnerId owner, Executor executor);
    void publish(OwnerId owner, EventPtr event);  // any thread
    void close(OwnerId owner);                    // this person's devices: signed out, suspended, deleted
    void close_all();                             // shutdown
    std::size_t subscriptions() const;

private:
    friend class Subscription;
    struct Devices;
    std::shared_ptr<Devices> devices_;
};

// One device. Used on the executor that subscribe() was called with.
class Subscription {
public:
    ~Subscription();
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;

    struct Item {
        EventPtr event;       // null: events were dropped before this, resync
        bool closed = false;  // the hub ended it (shutdown, or the person may not listen any more)
    };
    Task<Item> next();  // cancelled: unwinds

private:
    friend class Hub;
    struct State;
    Subscription(Hub hub, OwnerId owner, std::shared_ptr<State> state);
    Hub hub_;
    OwnerId owner_;
    std::shared_ptr<State> state_;
};

}  // namespace lares::chat
