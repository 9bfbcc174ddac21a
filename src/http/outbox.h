#pragma once
// What waits to be sent on a stream or socket: bounded, written in the background, in order. Private to http.
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "async/signal.h"
#include "http/wire.h"

namespace lares::http {

class Outbox {
public:
    // `keeper` is held while a write is under way: it owns the wire and this.
    Outbox(Wire& wire, Executor executor, std::size_t limit, std::weak_ptr<void> keeper)
        : wire_(wire), drained_(std::move(executor)), limit_(limit), keeper_(std::move(keeper)) {}

    bool push(std::string_view bytes);       // false: broken, or it would hold more than the limit
    void push_last(std::string_view bytes);  // whatever the limit: a closing frame
    std::size_t queued() const { return waiting_.size() + flying_.size() - flown_; }
    bool empty() const { return queued() == 0; }
    bool broken() const { return broken_; }
    // Returns when something was taken, all is sent, or it broke.
    Task<void> progress() { return drained_.wait(); }
    void wake() { drained_.notify(); }

private:
    void start();
    void taken(std::size_t bytes);

    Wire& wire_;
    async::Signal drained_;
    std::size_t limit_;
    std::weak_ptr<void> keeper_;
    std::string waiting_;  // behind what is being written
    std::string flying_;   // being written, from flown_ on
    std::size_t flown_ = 0;
    bool writing_ = false;
    bool broken_ = false;
};

}  // namespace lares::http
