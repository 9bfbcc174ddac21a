#pragma once
// A clock that stands still until it is turned. Single-threaded: for simulation and unit tests.
#include <cstddef>
#include <map>

#include "async/clock.h"
#include "async/signal.h"

namespace lares::async {

class VirtualClock final : public Clock {
public:
    explicit VirtualClock(std::int64_t start_unix_ms = 1'700'000'000'000) : start_unix_ms_(start_unix_ms) {}
    std::int64_t unix_ms() const override;
    SteadyTime steady() const override { return now_; }
    Task<void> sleep_until(SteadyTime when) override;

    void advance(Milliseconds by);  // wakes, in order, all who slept until then
    bool advance_to_next();         // to the next sleeper; false when nobody sleeps
    std::size_t sleepers() const { return sleepers_.size(); }

private:
    void wake_due();
    std::int64_t start_unix_ms_;
    SteadyTime now_{};
    std::multimap<SteadyTime, Signal> sleepers_;
};

}  // namespace lares::async
