#pragma once
// Threads that speak, for all voices of this process: bounded seats for those who may speak at once, shared
// fairly by person, and a queue of clauses in which goes first whose listener falls silent first.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "async/clock.h"
#include "async/task.h"
#include "base/id.h"
#include "engine/tts/voice.h"

namespace lares::engine::tts {

// One clause while it is made. Destroyed early: the rest is not made.
class Speech {
public:
    virtual ~Speech() = default;
    // First. Errors: those of Voice::speak.
    virtual Task<Result<Timing>> timing() = 0;
    // Then, until nullopt. Cancelled: unwinds.
    virtual Task<Result<std::optional<std::vector<std::int16_t>>>> next() = 0;
};

// Leave to speak. Destroyed: the next in the queue gets it.
class Seat {
public:
    virtual ~Seat() = default;
    // Between two clauses: where somebody waits who would still have fewer seats than its person, they get
    // this one, and it waits for the next that comes free. Cancelled: unwinds, without a seat.
    virtual Task<void> share() = 0;
};

class VoicePool {
public:
    struct Options {
        std::size_t threads = 0;       // that compute; 0: half of the cores, at least 1
        std::size_t seats = 8;         // that speak at once
        std::size_t waiting = 32;      // for a seat; past it unavailable "voice-busy"
        std::size_t waiting_each = 8;  // of one person
        std::size_t clauses = 256;     // queued or being made; past it unavailable "voice-busy"
    };
    struct Stats {
        std::size_t threads = 0, seats = 0, taken = 0, waiting = 0, clauses = 0;
    };

    explicit VoicePool(Options options);
    ~VoicePool();  // ends what is queued or being made as cancelled, then joins
    VoicePool(const VoicePool&) = delete;
    VoicePool& operator=(const VoicePool&) = delete;

    // Waits for a seat: who has fewer goes first, then who came first. `told` (may be empty) is called on the
    // caller's executor with the place in the queue, 1 is next, when it waits and whenever that changes.
    // Cancelled: leaves the queue.
    Task<Result<std::unique_ptr<Seat>>> take(OwnerId person, std::function<void(std::size_t place)> told);

    // Any thread. The Speech is awaited on the executor given (single-threaded). wanted_by: when its listener
    // hears nothing more; now for one who hears nothing yet.
    Result<std::unique_ptr<Speech>> say(std::shared_ptr<const Voice> voice, Request request,
                                        async::SteadyTime wanted_by, Executor executor);

    Stats stats() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace lares::engine::tts
