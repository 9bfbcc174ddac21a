#pragma once
// Keeps the state of limits over a restart: saves it from time to time and at its end, reads it at the start.
#include <condition_variable>
#include <mutex>
#include <thread>

#include "async/clock.h"
#include "db/database.h"
#include "limits/gcra.h"

namespace lares::limits {

class Keeper {
public:
    // Both outlive it.
    Keeper(db::Database& database, Gcra& gcra) : database_(database), gcra_(gcra) {}
    ~Keeper();  // saves once more

    // Blocking, once.
    Result<void> start(async::Milliseconds every = async::Milliseconds(30'000));
    Result<void> save();  // blocking

private:
    void work(async::Milliseconds every);

    db::Database& database_;
    Gcra& gcra_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    bool saved_any_ = false;  // by the one thread that saves
    std::thread thread_;
};

}  // namespace lares::limits
