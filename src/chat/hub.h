#pragma once
// Live durable events to every device of their owner, in this process. Published after the commit, from any
// thread. A subscription is bounded: one that does not keep up loses what is in it and is told to resync,
// from the history or from Service::events_after.
#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "async/signal.h"
#include "async/task.h"
#include "base/result.h"
#include "chat/model.h"

namespace lares::chat {

using EventPtr = std::shared_ptr<const Event>;

class Hub;

// One device. Used on the executor that subscribe() was called with; dies before the hub.
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
    Subscription(Hub& hub, OwnerId owner, std::shared_ptr<State> state);
    Hub& hub_;
    OwnerId owner_;
    std::shared_ptr<State> state_;
};

class Hub {
public:
    Hub();
    ~Hub();
    Hub(const Hub&) = delete;
    Hub& operator=(const Hub&) = delete;

    // rate_limited "too-many-devices" past Limits::subscriptions_per_user.
    Result<std::unique_ptr<Subscription>> subscribe(OwnerId owner, Executor executor);
    void publish(OwnerId owner, EventPtr event);  // any thread
    void close(OwnerId owner);                    // this person's devices: signed out, suspended, deleted
    void close_all();                             // shutdown
    std::size_t subscriptions() const;

private:
    friend class Subscription;
    void leave(OwnerId owner, const std::shared_ptr<Subscription::State>& state);
    mutable std::mutex mutex_;
    std::unordered_map<OwnerId, std::vector<std::shared_ptr<Subscription::State>>> devices_;
    std::size_t count_ = 0;
    bool closed_ = false;
};

}  // namespace lares::chat
