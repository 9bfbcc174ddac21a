#pragma once
// OpenMP's threads of the thread that calls, and how much of a processor they get: a thread that spins on a
// quiet machine computes all the time; one that has to share its core does not.
#include <cstddef>
#include <ctime>
#include <vector>

namespace lares::engine::llm {

class Team {
public:
    // Starts the threads when they are not there yet. Only for the thread that computes with them.
    explicit Team(std::size_t threads);

    void begin();
    // Of the time since begin(), the part in which the thread that got least was running: 0 to 1.
    double share() const;

private:
    struct Member {
        clockid_t clock;
        double begun_ms;
    };
    std::vector<Member> members_;
    double begun_ms_ = 0;
};

}  // namespace lares::engine::llm
