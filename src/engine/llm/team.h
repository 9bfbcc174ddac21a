#pragma once
// OpenMP's threads of the thread that calls, and how much of a processor they get: a thread that waits for
// the others spins, so it computes all the time unless it has to share its processor. Where there are as many
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

    // The first `threads` of them compute until end(). `apart`: each keeps a processor of its own, where all
    // of them compute and there are as many processors.
    void begin(std::size_t threads, bool apart);

    struct Step {
        double ms;
        double share;       // 0 to 1: the part in which the thread that got least was running
        double processors;  // that all of them had
    };
    Step end();

private:
    struct Member {
        clockid_t clock;
        pid_t id;
        double begun_ms;
        cpu_set_t processor;  // its own
    };
    void put(const Member& member, bool apart) const;

    std::vector<Member> members_;  // the caller is the first
    std::size_t computing_ = 0;
    cpu_set_t usable_{};         // processors of all
    bool enough_ = false;        // as many as members
    bool bound_ = false;         // the caller is, until end()
    bool others_bound_ = false;  // the caller's threads are
    double begun_ms_ = 0;
};

}  // namespace lares::engine::llm
