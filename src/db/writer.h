#pragma once
// The one writer: takes whatever was queued while the last flush ran, runs each closure in a savepoint,
// commits once, then settles all. Owns the write connection and the health of the store.
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "db/database.h"
#include "db/driver.h"

namespace lares::db {

class Writer {
public:
    Writer(const Options& options, Driver& driver, std::unique_ptr<Connection> connection);
    ~Writer();  // commits what is queued
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void enqueue(std::unique_ptr<WriteJob> job);
    Health health() const;

    // inline_mode: the one connection also serves reads.
    Result<void> borrow(void* data, void (*use)(void*, Reader&));

private:
    using Jobs = std::vector<std::unique_ptr<WriteJob>>;
    enum class Outcome : std::uint8_t { committed, again, broken };

    void work();
    void run_group(Jobs& jobs);
    Outcome try_group(Jobs& jobs, Error& error);
    bool run_job(WriteJob& job);
    void set_health(std::optional<Error> error);
    void look_after_store();  // every probe_ms
    Result<void> probe();
    void break_store(Error error);

    const Options& options_;
    Driver& driver_;
    std::unique_ptr<Connection> connection_;  // null: it failed and could not be opened again yet

    mutable std::mutex mutex_;  // queue, health, stop
    std::condition_variable ready_;
    std::deque<std::unique_ptr<WriteJob>> queue_;
    std::optional<Error> unhealthy_;
    bool stopping_ = false;

    std::mutex inline_mutex_;
    std::thread thread_;
};

}  // namespace lares::db
