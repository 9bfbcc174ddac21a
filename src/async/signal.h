#pragma once
// Wakes one coroutine from any thread. The base of OneShot and Channel.
#include <memory>

#include "async/task.h"

namespace lares::async {

class Signal {
public:
    // The executor must be single-threaded (an event loop or a strand): that of the coroutine that waits.
    explicit Signal(Executor executor);

    // Returns at once when notified since the last wait. One waiter at a time, on the executor given.
    Task<void> wait() const;

    // Any thread, any number of times; wakes at most one wait. Copies share the state.
    void notify() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace lares::async
