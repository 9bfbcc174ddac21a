#include "chat/hub.h"

#include <deque>
#include <mutex>
#include <unordered_map>
#include <vector>

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

struct Hub::Devices {
    std::mutex mutex;
    std::unordered_map<OwnerId, std::vector<std::shared_ptr<Subscription::State>>> of;
    std::size_t count = 0;
    bool closed = false;
};

Subscription::Subscription(Hub hub, OwnerId owner, std::shared_ptr<State> state)
    : hub_(std::move(hub)), owner_(owner), state_(std::move(state)) {}

Subscription::~Subscription() {
    auto& devices = *hub_.devices_;
    std::lock_guard lock(devices.mutex);
    const auto found = devices.of.find(owner_);
    if (found == devices.of.end()) return;
    devices.count -= std::erase(found->second, state_);
    if (found->second.empty()) devices.of.erase(found);
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

Hub::Hub() : devices_(std::make_shared<Devices>()) {}

Result<std::unique_ptr<Subscription>> Hub::subscribe(OwnerId owner, Executor executor) {
    auto state = std::make_shared<Subscription::State>(std::move(executor));
    {
        std::lock_guard lock(devices_->mutex);
        auto& devices = devices_->of[owner];
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
        ++devices_->count;
        if (devices_->closed) state->close();
    }
    return std::unique_ptr<Subscription>(new Subscription(*this, owner, std::move(state)));
}

void Hub::publish(OwnerId owner, EventPtr event) {
    std::lock_guard lock(devices_->mutex);
    const auto found = devices_->of.find(owner);
    if (found == devices_->of.end()) return;
    for (const auto& device : found->second) device->push(event);
}

void Hub::close(OwnerId owner) {
    std::lock_guard lock(devices_->mutex);
    const auto found = devices_->of.find(owner);
    if (found == devices_->of.end()) return;
    for (const auto& device : found->second) device->close();
}

void Hub::close_all() {
    std::lock_guard lock(devices_->mutex);
    devices_->closed = true;
    for (const auto& [owner, devices] : devices_->of)
        for (const auto& device : devices) device->close();
}

std::size_t Hub::subscriptions() const {
    std::lock_guard lock(devices_->mutex);
    return devices_->count;
}

}  // namespace lares::chat
