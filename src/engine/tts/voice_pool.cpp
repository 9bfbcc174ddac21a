#include "engine/tts/voice_pool.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>

#include <pthread.h>

#include "async/signal.h"
#include "base/memory.h"

namespace lares::engine::tts {
namespace {

tl::unexpected<Error> busy(std::string message) {
    Error error{Code::unavailable, "voice-busy", std::move(message), {}, {}, 2'000};
    return fail(std::move(error));
}

// A clause takes tens of MiB for a moment, from a thread's own arena that the allocator would keep: after a
// while without a word it goes back to the system.
constexpr std::chrono::milliseconds quiet_before_release{10'000};

Error ended() {
    return {Code::cancelled, "cancelled", "The voice was stopped.", {}, {}, {}};
}

// Between the thread that speaks and the coroutine that reads. What waits here is bounded by the length of a
// clause (symbols_max).
struct Clause final : Sink {
    Clause(std::shared_ptr<const Voice> the_voice, Request the_request, Executor executor)
        : voice(std::move(the_voice)), request(std::move(the_request)), news(std::move(executor)) {}

    bool timing(Timing known) override {
        {
            std::lock_guard lock(mutex);
            time = std::move(known);
        }
        news.notify();
        return !unwanted;
    }
    bool samples(std::span<const std::int16_t> pcm) override {
        {
            std::lock_guard lock(mutex);
            chunks.emplace_back(pcm.begin(), pcm.end());
        }
        news.notify();
        return !unwanted;
    }
    void end(std::optional<Error> problem) {
        {
            std::lock_guard lock(mutex);
            error = std::move(problem);
            done = true;
        }
        news.notify();
    }

    const std::shared_ptr<const Voice> voice;
    const Request request;
    const async::Signal news;
    std::atomic<bool> unwanted = false;
    std::mutex mutex;
    std::optional<Timing> time;
    std::deque<std::vector<std::int16_t>> chunks;
    std::optional<Error> error;
    bool done = false;
};

class Reader final : public Speech {
public:
    explicit Reader(std::shared_ptr<Clause> clause) : clause_(std::move(clause)) {}
    ~Reader() override { clause_->unwanted = true; }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    Task<Result<Timing>> timing() override {
        const auto clause = clause_;
        for (;;) {
            {
                std::lock_guard lock(clause->mutex);
                if (clause->time) co_return std::move(*clause->time);
                if (clause->done) co_return fail(clause->error.value_or(ended()));
            }
            co_await clause->news.wait();
        }
    }

    Task<Result<std::optional<std::vector<std::int16_t>>>> next() override {
        const auto clause = clause_;
        for (;;) {
            {
                std::lock_guard lock(clause->mutex);
                if (!clause->chunks.empty()) {
                    auto chunk = std::move(clause->chunks.front());
                    clause->chunks.pop_front();
                    co_return chunk;
                }
                if (clause->error) co_return fail(*clause->error);
                if (clause->done) co_return std::nullopt;
            }
            co_await clause->news.wait();
        }
    }

private:
    std::shared_ptr<Clause> clause_;
};

}  // namespace

struct VoicePool::State {
    // One who wants a seat: has it when `seated`, else waits in `queue`.
    struct Waiting {
        Waiting(OwnerId who, Executor executor) : person(who), news(std::move(executor)) {}
        const OwnerId person;
        const async::Signal news;
        bool seated = false;
    };
    using WaitingPtr = std::shared_ptr<Waiting>;

    explicit State(Options with) : options(with) {}

    Options options;
    mutable std::mutex mutex;
    std::condition_variable work;
    std::multimap<async::SteadyTime, std::shared_ptr<Clause>> line;  // by when they are wanted
    std::vector<std::shared_ptr<Clause>> speaking;
    std::vector<WaitingPtr> queue;  // in the order of their arrival
    std::unordered_map<OwnerId, std::size_t> seats_of;
    std::size_t taken = 0;
    bool stopping = false;
    std::vector<std::thread> threads;

    std::size_t clauses() const { return line.size() + speaking.size(); }

    // All below down to place_of(): under the mutex.
    std::size_t seats_of_person(OwnerId person) const {
        const auto found = seats_of.find(person);
        return found == seats_of.end() ? 0 : found->second;
    }

    // The queue in the order in which its people are seated: as if each had got the seats before it.
    std::vector<WaitingPtr> in_turn() const {
        auto will_have = seats_of;
        std::multimap<std::size_t, WaitingPtr> ranked;
        for (const auto& each : queue) ranked.emplace(will_have[each->person]++, each);
        std::vector<WaitingPtr> order;
        for (auto& [rank, each] : ranked) order.push_back(std::move(each));
        return order;
    }

    void sit(OwnerId person) {
        ++taken;
        ++seats_of[person];
    }

    void stand_up(OwnerId person) {
        --taken;
        if (const auto mine = seats_of.find(person); --mine->second == 0) seats_of.erase(mine);
    }

    // Seats that are free go to the next; all others hear their new place.
    void seat_next() {
        for (const auto& next : in_turn()) {
            if (taken == options.seats) break;
            next->seated = true;
            std::erase(queue, next);
            sit(next->person);
            next->news.notify();
        }
        for (const auto& other : queue) other->news.notify();
    }

    std::size_t place_of(const WaitingPtr& waiting) const {
        const auto order = in_turn();
        return static_cast<std::size_t>(std::ranges::find(order, waiting) - order.begin()) + 1;
    }

    void leave_seat(OwnerId person) {
        std::lock_guard lock(mutex);
        stand_up(person);
        seat_next();
    }

    // Whoever waits unwinds; a seat that was given meanwhile is given on.
    void leave_queue(const WaitingPtr& waiting) {
        std::lock_guard lock(mutex);
        if (waiting->seated)
            stand_up(waiting->person);
        else
            std::erase(queue, waiting);
        seat_next();
    }

    // Until it is seated. However this ends otherwise, the place is given up.
    static Task<void> until_seated(std::shared_ptr<State> self, WaitingPtr waiting,
                                   std::function<void(std::size_t place)> told) {
        struct Place {
            State& state;
            WaitingPtr waiting;
            ~Place() {
                if (waiting) state.leave_queue(waiting);
            }
        } held{*self, waiting};
        for (std::size_t said = 0;;) {
            std::size_t place = 0;
            {
                std::lock_guard lock(self->mutex);
                if (waiting->seated) break;
                place = self->place_of(waiting);
            }
            if (told && place != said) told(place);
            said = place;
            co_await waiting->news.wait();
        }
        held.waiting = nullptr;
    }

    std::shared_ptr<Clause> next_clause() {
        std::unique_lock lock(mutex);
        const auto wanted = [this] { return stopping || !line.empty(); };
        bool kept = true;  // what the last clause took stays with the allocator
        for (;;) {
            if (kept && !work.wait_for(lock, quiet_before_release, wanted)) {
                kept = false;
                lock.unlock();
                release_unused_memory();
                lock.lock();
            }
            work.wait(lock, wanted);
            if (line.empty()) return nullptr;
            auto clause = std::move(line.begin()->second);
            line.erase(line.begin());
            if (clause->unwanted) continue;
            speaking.push_back(clause);
            return clause;
        }
    }

    void speak() {
        pthread_setname_np(pthread_self(), "voice");
        while (const auto clause = next_clause()) {
            Result<void> spoken = fail(ended());
            try {
                spoken = clause->voice->speak(clause->request, *clause);
            } catch (const std::exception& problem) {
                Error error{Code::internal,
                            "voice-failed",
                            "The voice could not speak this.",
                            {},
                            problem.what(),
                            {}};
                spoken = fail(std::move(error));
            }
            {
                std::lock_guard lock(mutex);
                std::erase(speaking, clause);
            }
            clause->end(spoken ? std::nullopt : std::optional<Error>(std::move(spoken.error())));
        }
    }

    void stop() {
        decltype(line) left;
        {
            std::lock_guard lock(mutex);
            stopping = true;
            left.swap(line);
            for (const auto& clause : speaking) clause->unwanted = true;
        }
        work.notify_all();
        for (const auto& [when, clause] : left) clause->end(ended());
        for (auto& thread : threads) thread.join();
    }
};

namespace {

// What gives a seat back, whatever becomes of its owner.
template <class State>
class HeldSeat final : public Seat {
public:
    HeldSeat(std::shared_ptr<State> state, OwnerId person) : state_(std::move(state)), person_(person) {}
    ~HeldSeat() override {
        if (has_it_) state_->leave_seat(person_);
    }
    HeldSeat(const HeldSeat&) = delete;
    HeldSeat& operator=(const HeldSeat&) = delete;

    Task<void> share() override {
        const auto executor = co_await boost::asio::this_coro::executor;
        typename State::WaitingPtr waiting;
        {
            std::lock_guard lock(state_->mutex);
            const auto mine = state_->seats_of_person(person_);
            if (std::ranges::none_of(state_->queue, [&](const auto& other) {
                    return state_->seats_of_person(other->person) + 1 < mine;
                }))
                co_return;
            waiting = std::make_shared<typename State::Waiting>(person_, executor);
            state_->queue.push_back(waiting);
            state_->stand_up(person_);
            has_it_ = false;
            state_->seat_next();
        }
        co_await State::until_seated(state_, std::move(waiting), {});
        has_it_ = true;
    }

private:
    std::shared_ptr<State> state_;
    const OwnerId person_;
    bool has_it_ = true;
};

}  // namespace

VoicePool::VoicePool(Options options) : state_(std::make_shared<State>(options)) {
    auto& threads = state_->options.threads;
    if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency() / 2);
    for (std::size_t i = 0; i < threads; ++i)
        state_->threads.emplace_back([state = state_.get()] { state->speak(); });
}

VoicePool::~VoicePool() {
    state_->stop();
}

Task<Result<std::unique_ptr<Seat>>> VoicePool::take(OwnerId person,
                                                    std::function<void(std::size_t place)> told) {
    const auto state = state_;
    const auto executor = co_await boost::asio::this_coro::executor;
    State::WaitingPtr waiting;
    {
        std::lock_guard lock(state->mutex);
        const auto theirs = std::ranges::count(state->queue, person, &State::Waiting::person);
        if (static_cast<std::size_t>(theirs) >= state->options.waiting_each)
            co_return busy("Many of your companions wait for a voice already: try again in a moment.");
        if (state->taken == state->options.seats && state->queue.size() >= state->options.waiting)
            co_return busy("All voices are taken and many wait already: try again in a moment.");
        waiting = std::make_shared<State::Waiting>(person, executor);
        state->queue.push_back(waiting);
        state->seat_next();
    }
    co_await State::until_seated(state, std::move(waiting), std::move(told));
    co_return std::make_unique<HeldSeat<State>>(state, person);
}

Result<std::unique_ptr<Speech>> VoicePool::say(std::shared_ptr<const Voice> voice, Request request,
                                               async::SteadyTime wanted_by, Executor executor) {
    auto clause = std::make_shared<Clause>(std::move(voice), std::move(request), std::move(executor));
    {
        std::lock_guard lock(state_->mutex);
        if (state_->stopping) return fail(ended());
        if (state_->clauses() >= state_->options.clauses)
            return busy("The voices have too much to say: try again in a moment.");
        state_->line.emplace(wanted_by, clause);
    }
    state_->work.notify_one();
    return std::make_unique<Reader>(std::move(clause));
}

VoicePool::Stats VoicePool::stats() const {
    std::lock_guard lock(state_->mutex);
    return {state_->options.threads, state_->options.seats, state_->taken, state_->queue.size(),
            state_->clauses()};
}

}  // namespace lares::engine::tts
