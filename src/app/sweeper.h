#pragma once
// Work that is due from time to time, on a thread of its own: what was deleted long ago is erased, what
// nobody took is dropped.
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "async/clock.h"
#include "base/result.h"

namespace lares::app {

class Sweeper {
public:
    struct Sweep {
        std::string name;
        std::function<Result<void>()> run;  // blocking
    };
    ~Sweeper() { stop(); }
    // Once: runs each of them, and again after every such pause. One that fails is said and tried again then.
    void start(std::vector<Sweep> sweeps, async::Milliseconds pause);
    void stop();  // waits for the one that runs

private:
    void work(async::Milliseconds pause);

    std::vector<Sweep> sweeps_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace lares::app
