#pragma once
// OpenMP's threads of the thread that calls, and how much of a processor they get: a thread that spins on a
// quiet machine computes all the time; one that has to share its core does not. Where there are as many
// threads as processors and no other work, each is to keep one of its own: the kernel's balancing puts two of
// them on one, now and then, for tens of milliseconds (docs/decisions/0048).
#include <cstddef>
#include <ctime>
#include <vector>

#include <sched.h>

namespace lares::engine::llm {

class Team {
public:
    // Starts the threads when they are not there yet. Only for the thread that computes with them.
    explicit Team(std::size_t threads);

    // `apart`: each thread keeps a processor of its own until end(), where there are as many.
    void begin(bool apart);
    // Of the time since begin(), the part in which the thread that got least was running: 0 to 1.
    double end();

private:
    struct Member {
        clockid_t clock;
        pid_t id;
        double begun_ms;
        cpu_set_t processor;  // its own
    };
    void put(const Member& member, bool apart) const;

    std::vector<Member> members_;  // the caller is the first
    cpu_set_t usable_{};           // processors of all
    bool enough_ = false;          // as many as members
    bool apart_ = false;           // the caller's threads are; the caller itself only from begin() to end()
    double begun_ms_ = 0;
};

}  // namespace lares::engine::llm
