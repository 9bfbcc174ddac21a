#pragma once
// How many requests an upstream gets at once; the others wait in line, in order, within a bound of their
// number and of time. Thread-safe; a copy is the same line.
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "async/clock.h"
#include "async/one_shot.h"
#include "base/result.h"

namespace lares::gateway {

class Slots {
    struct State;

public:
    Slots(std::size_t at_once, std::size_t queue_max);

    class Lease {
    public:
        explicit Lease(std::shared_ptr<State> state) : state_(std::move(state)) {}
        Lease(Lease&&) noexcept = default;
        Lease& operator=(Lease&&) = delete;
        ~Lease();

    private:
        std::shared_ptr<State> state_;
    };

    // nullopt: there is no room at once.
    std::optional<Lease> enter_now();
    // Waits for room, until `by` at most; cancelled: leaves the line. Error: unavailable "upstream-busy": the
    // line is full, or it took too long.
    Task<Result<Lease>> enter(async::Clock& clock, async::SteadyTime by);

    struct Stats {
        std::size_t running = 0, waiting = 0;
    };
    Stats stats() const;

private:
    std::shared_ptr<State> state_;
};

}  // namespace lares::gateway
