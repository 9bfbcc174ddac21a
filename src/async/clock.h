#pragma once
// Time as a dependency: the product asks a Clock, tests and the simulation turn a virtual one.
#include <chrono>
#include <cstdint>

#include "async/task.h"

namespace lares::async {

using Milliseconds = std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock::time_point;

class Clock {
public:
    virtual ~Clock() = default;
    virtual std::int64_t unix_ms() const = 0;  // wall time, may step
    virtual SteadyTime steady() const = 0;     // never steps; for timeouts and durations
    // Cancelled: unwinds.
    virtual Task<void> sleep_until(SteadyTime when) = 0;
    Task<void> sleep_for(Milliseconds duration) { return sleep_until(steady() + duration); }
};

class SystemClock final : public Clock {
public:
    std::int64_t unix_ms() const override;
    SteadyTime steady() const override;
    Task<void> sleep_until(SteadyTime when) override;
};

}  // namespace lares::async
