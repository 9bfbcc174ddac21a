#include "chat/hub.h"

#include <algorithm>
#include <deque>

namespace lares::chat {

struct Subscription::State {
    explicit State(Executor executor) : signal(std::move(executor)) {}
    async::Signal signal;
    std::mutex mutex;
    std::deque<EventPtr> events;
    bool dropped = false;
    bool closed = false;

    void push(EventPtr event) {
        {
            std::lock_guard lock(mutex);
            if (closed) return;
            if (events.size() >= Limits::subscription_events) {
                events.clear();
                dropped = true;
            }
            // What follows a gap is of no use: the device reads the history, and every later event tells by
            // its seq whether it is news.
            events.push_back(std::move(event));
        }
        signal.notify();
    }
    void close() {
        {
            std::lock_guard lock(mutex);
            closed = true;
        }
        signal.notify();
    }
};

Subscription::Subscription(Hub& hub, OwnerId owner, std::shared_ptr<State> state)
    : hub_(hub), owner_(owner), state_(std::move(state)) {}

Subscription::~Subscription() {
    hub_.leave(owner_, state_);
}

Task<Subscription::Item> Subscription::next() {
    auto state = state_;
    for (;;) {
        {
            std::lock_guard lock(state->mutex);
            if (std::exchange(state->dropped, false)) co_return Item{};
            if (!state->events.empty()) {
                Item item{std::move(state->events.front())};
                state->events.pop_front();
                co_return item;
            }
            if (state->closed) co_return Item{nullptr, true};
        }
        co_await state->signal.wait();
    }
}

Hub::Hub() = default;
Hub::~Hub() = default;

Result<std::unique_ptr<Subscription>> Hub::subscribe(OwnerId owner, Executor executor) {
    auto state = std::make_shared<Subscription::State>(std::move(executor));
    {
        std::lock_guard lock(mutex_);
        auto& devices = devices_[owner];
        if (devices.size() >= Limits::subscriptions_per_user) {
            Error error{Code::rate_limited,
                        "too-many-devices",
                        "Too many devices or windows listen at once. Close some of them.",
                        {},
                        {},
                        5000};
            return fail(std::move(error));
        }
        devices.push_back(state);
        ++count_;
        if (closed_) state->close();
    }
    return std::unique_ptr<Subscription>(new Subscription(*this, owner, std::move(state)));
}

void Hub::leave(OwnerId owner, const std::shared_ptr<Subscription::State>& state) {
    std::lock_guard lock(mutex_);
    const auto found = devices_.find(owner);
    if (found == devices_.end()) return;
    count_ -= std::erase(found->second, state);
    if (found->second.empty()) devices_.erase(found);
}

void Hub::publish(OwnerId owner, EventPtr event) {
    std::lock_guard lock(mutex_);
    const auto found = devices_.find(owner);
    if (found == devices_.end()) return;
    for (const auto& device : found->second) device->push(event);
}

void Hub::close(OwnerId owner) {
    std::lock_guard lock(mutex_);
    const auto found = devices_.find(owner);
    if (found == devices_.end()) return;
    for (const auto& device : found->second) device->close();
}

void Hub::close_all() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    for (const auto& [owner, devices] : devices_)
        for (const auto& device : devices) device->close();
}

std::size_t Hub::subscriptions() const {
    std::lock_guard lock(mutex_);
    return count_;
}

}  // namespace lares::chat
