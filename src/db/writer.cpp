#include "db/writer.h"

#include <array>
#include <chrono>

#include <pthread.h>

#include "db/tx.h"
#include "observe/log.h"
#include "observe/metrics.h"

namespace lares::db {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

Error busy_error() {
    return {Code::unavailable, "busy", "The server is busy (database). Try again in a moment.", {}, {}, 1000};
}
Error stopping_error() {
    return {Code::unavailable, "stopping", "The server is stopping.", {}, {}, 1000};
}

constexpr std::array<double, 10> group_sizes{1, 2, 4, 8, 16, 32, 64, 128, 256, 1024};

struct Instruments {
    metrics::Histogram& group =
        metrics::histogram("lares_db_group_size", {}, "Write closures in one commit", group_sizes);
    metrics::Histogram& seconds = metrics::histogram(
        "lares_db_commit_seconds", {}, "From the first closure of a group to its flushed commit");
    metrics::Counter& failed =
        metrics::counter("lares_db_failed_groups_total", {}, "Groups that the store did not take");
};
Instruments& instruments() {
    static Instruments all;
    return all;
}

}  // namespace

Writer::Writer(const Options& options, Driver& driver, std::unique_ptr<Connection> connection)
    : options_(options), driver_(driver), connection_(std::move(connection)) {
    if (!options_.inline_mode) thread_ = std::thread([this] { work(); });
}

Writer::~Writer() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    ready_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Writer::enqueue(std::unique_ptr<WriteJob> job) {
    if (options_.inline_mode) {
        std::lock_guard lock(inline_mutex_);
        Jobs jobs;
        jobs.push_back(std::move(job));
        if (unhealthy_) look_after_store();
        return run_group(jobs);
    }
    std::optional<Error> refused;
    {
        std::lock_guard lock(mutex_);
        if (stopping_)
            refused = stopping_error();
        else if (unhealthy_)
            refused = unhealthy_;
        else if (queue_.size() >= options_.write_queue_max)
            refused = busy_error();
        else
            queue_.push_back(std::move(job));
    }
    if (refused)
        job->settle(&*refused);  // NOLINT(bugprone-use-after-move): what was refused was not moved
    else
        ready_.notify_one();
}

Health Writer::health() const {
    std::lock_guard lock(mutex_);
    return {!unhealthy_, unhealthy_};
}

Result<void> Writer::borrow(void* data, void (*use)(void*, Reader&)) {
    std::lock_guard lock(inline_mutex_);
    if (!connection_) return fail(*unhealthy_);
    LARES_CHECK(connection_->begin_read());
    Reader reader(*connection_);
    Result<void> done;
    try {
        use(data, reader);
    } catch (const std::exception& thrown) {
        done = fail({Code::internal,
                     "storage-closure",
                     "The server made a mistake while reading.",
                     {},
                     thrown.what(),
                     {}});
    }
    connection_->rollback();
    return done;
}

void Writer::work() {
    pthread_setname_np(pthread_self(), "sql-write");
    auto next_look = steady_clock::now() + milliseconds(options_.probe_ms);
    for (;;) {
        Jobs jobs;
        {
            std::unique_lock lock(mutex_);
            ready_.wait_until(lock, next_look, [this] { return stopping_ || !queue_.empty(); });
            while (!queue_.empty() && jobs.size() < options_.group_max) {
                jobs.push_back(std::move(queue_.front()));
                queue_.pop_front();
            }
            if (jobs.empty() && stopping_) return;
        }
        if (!jobs.empty()) run_group(jobs);
        if (steady_clock::now() >= next_look) {
            look_after_store();
            next_look = steady_clock::now() + milliseconds(options_.probe_ms);
        }
    }
}

void Writer::run_group(Jobs& jobs) {
    const auto start = steady_clock::now();
    const auto deadline = start + milliseconds(options_.busy_ms);
    Error error;
    if (unhealthy_) {  // only this thread changes it
        error = *unhealthy_;
    } else {
        for (;;) {
            const Outcome outcome = try_group(jobs, error);
            if (outcome == Outcome::committed) {
                for (auto& job : jobs) job->settle(nullptr);
                instruments().group.observe(static_cast<double>(jobs.size()));
                instruments().seconds.observe(
                    std::chrono::duration<double>(steady_clock::now() - start).count());
                jobs.clear();  // closures die here, before the checkpoint
                if (auto tidied = connection_->tidy(); !tidied) break_store(std::move(tidied).error());
                return;
            }
            if (outcome == Outcome::broken) {
                // After a failed flush the kernel may show pages that never reached the disk: this handle is
                // not asked again, and nothing of the group is retried.
                break_store(error);
                break;
            }
            if (steady_clock::now() >= deadline) break;
        }
    }
    instruments().failed.add();
    for (auto& job : jobs) job->settle(&error);
}

Writer::Outcome Writer::try_group(Jobs& jobs, Error& error) {
    const auto give_up = [&] {
        connection_->rollback();
        error = connection_->fault_error();
        return connection_->fault() == Fault::busy ? Outcome::again : Outcome::broken;
    };
    if (!connection_->begin_write()) return give_up();
    for (auto& job : jobs) {
        if (!connection_->savepoint()) return give_up();
        const bool kept = run_job(*job);
        // A fault of the store ends the whole group, even when the closure swallowed it.
        if (connection_->fault() > Fault::statement || !connection_->in_transaction()) return give_up();
        if (!(kept ? connection_->release() : connection_->rollback_savepoint())) return give_up();
    }
    if (!connection_->commit()) return give_up();
    return Outcome::committed;
}

bool Writer::run_job(WriteJob& job) {
    Tx tx(*connection_);
    try {
        return job.run(tx);
    } catch (const std::exception& thrown) {
        job.fail({Code::internal,
                  "storage-closure",
                  "The server made a mistake while storing.",
                  {},
                  thrown.what(),
                  {}});
        return false;
    }
}

void Writer::set_health(std::optional<Error> error) {
    if (error && (!unhealthy_ || unhealthy_->type != error->type))
        log::error("the store takes no writes",
                   {{"type", error->type}, {"reason", error->message}, {"detail", error->detail}});
    if (!error && unhealthy_) log::info("the store takes writes again");
    std::deque<std::unique_ptr<WriteJob>> refused;
    {
        std::lock_guard lock(mutex_);
        unhealthy_ = error;
        if (unhealthy_) refused.swap(queue_);
    }
    for (auto& job : refused) job->settle(&*error);
}

void Writer::break_store(Error error) {
    connection_.reset();
    if (auto opened = driver_.open(Mode::writer)) connection_ = std::move(*opened);
    set_health(std::move(error));
}

void Writer::look_after_store() {
    Result<void> state = driver_.check();
    const bool failed_before = unhealthy_.has_value();
    if (state && failed_before) state = probe();
    if (!state)
        set_health(std::move(state).error());
    else if (failed_before)
        set_health(std::nullopt);
}

// A real commit, flushed: only that proves that the store works again. It also overwrites what a failed
// commit may have left at the end of the log.
Result<void> Writer::probe() {
    if (!connection_) {
        LARES_TRY(connection_, driver_.open(Mode::writer));
    }
    LARES_CHECK(connection_->shrink_log());
    LARES_CHECK(connection_->begin_write());
    Tx tx(*connection_);
    Result<void> done;
    if (auto run = tx.run("UPDATE storage_probe SET probed_at = probed_at + 1, filler = randomblob(16384)");
        !run)
        done = tl::unexpected(std::move(run).error());
    if (done) done = connection_->commit();
    if (!done) {
        connection_->rollback();
        connection_.reset();
    }
    return done;
}

}  // namespace lares::db
