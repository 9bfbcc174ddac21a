#pragma once
// The database of a server: one writer with group commit, a pool of readers.
//
//   auto id = co_await db.write([=](db::Tx& tx) -> Result<MessageId> {
//       LARES_CHECK(tx.run("INSERT INTO messages (id, owner, text) VALUES (?1, ?2, ?3)", id, owner, text));
//       return id;
//   });
//   auto rows = co_await db.read([=](db::Reader& r) { return r.rows<Message>("SELECT … LIMIT ?1", limit); });
//
// A write closure may run more than once (another process held the lock): it captures by value, changes
// nothing outside but through Tx, and returns Result<T>. When write() answers a value, it is on the disk.
// Writes of one caller keep their order. A cancelled caller does not stop its write.
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "async/one_shot.h"
#include "async/pool.h"
#include "async/task.h"
#include "base/result.h"
#include "db/migration.h"
#include "db/tx.h"

namespace lares::db {

struct Options {
    std::filesystem::path file;  // ":memory:" only with inline_mode
    std::vector<MigrationSet> migrations;
    std::size_t readers = 2;             // connections, a thread each
    std::size_t write_queue_max = 4096;  // waiting closures; past it write() answers "busy"
    std::size_t read_queue_max = 4096;
    std::size_t group_max = 1024;   // closures in one commit
    std::int64_t busy_ms = 10'000;  // how long another process may hold the write lock
    std::int64_t probe_ms = 1'000;  // how often a failed store is tried again, and the folder looked at
    int checkpoint_pages = 1000;    // of the log, before it is copied into the file: 4 MB
    bool inline_mode = false;       // closures run at once on the caller's thread: unit tests, simulation
    bool read_only = false;         // nothing is migrated or written: write() answers "storage-read-only"
    std::string vfs;                // SQLite VFS by name, empty: the system's (fault injection)
};

// The state of the store, for /ready. Not ok: writes are refused at once with `error`, reads go on; the
// writer probes every probe_ms and recovers by itself.
struct Health {
    bool ok = true;
    std::optional<Error> error;  // storage-full, storage-read-only, storage-failed
};

class WriteJob {
public:
    virtual ~WriteJob() = default;
    virtual bool run(Tx& tx) = 0;                   // false: the closure answered an error
    virtual void fail(Error error) = 0;             // the closure threw, or its statement ended it
    virtual void settle(const Error* failure) = 0;  // nullptr: committed, hand out the closure's own answer
};

class Database {
public:
    // Opens or creates the file, runs the migrations. Errors name the file and the remedy.
    static Result<std::unique_ptr<Database>> open(Options options);
    ~Database();  // finishes what is queued
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    // f(Tx&) -> Result<T>. Resumes on the caller's executor after the commit.
    template <class F>
    auto write(F f) -> Task<std::invoke_result_t<F&, Tx&>> {
        using R = std::invoke_result_t<F&, Tx&>;
        async::OneShot<R> answer(co_await boost::asio::this_coro::executor);
        enqueue(std::make_unique<Write<F, R, async::OneShot<R>>>(std::move(f), answer));
        co_return co_await answer.take();
    }

    // The same, and what was committed is told: committed(T&) runs on the writer's thread before the next
    // group is begun, so in the order of the commits, also when the caller is gone. Short; throws nothing.
    template <class F, class C>
    auto write(F f, C committed) -> Task<std::invoke_result_t<F&, Tx&>> {
        using R = std::invoke_result_t<F&, Tx&>;
        using Answer = Announced<R, C>;
        async::OneShot<R> answer(co_await boost::asio::this_coro::executor);
        enqueue(std::make_unique<Write<F, R, Answer>>(std::move(f), Answer{answer, std::move(committed)}));
        co_return co_await answer.take();
    }

    // f(Reader&) -> Result<T>, on one snapshot of what is committed.
    template <class F>
    auto read(F f) -> Task<std::invoke_result_t<F&, Reader&>> {
        if (!readers_) co_return read_blocking(std::move(f));
        auto job = [this, closure = std::move(f)]() mutable { return read_blocking(std::move(closure)); };
        co_return co_await readers_->run(std::move(job));
    }

    // For start-up, commands and tests: block the calling thread. Never on an event loop.
    template <class F>
    auto write_blocking(F f) -> std::invoke_result_t<F&, Tx&> {
        using R = std::invoke_result_t<F&, Tx&>;
        Waiting<R> answer;
        enqueue(std::make_unique<Write<F, R, Waiting<R>&>>(std::move(f), answer));
        return answer.take();
    }
    template <class F>
    auto read_blocking(F f) -> std::invoke_result_t<F&, Reader&> {
        using R = std::invoke_result_t<F&, Reader&>;
        struct Call {
            F& closure;
            std::optional<R> answer;
        } call{f, {}};
        auto outcome = borrow(&call, [](void* data, Reader& reader) {
            auto& self = *static_cast<Call*>(data);
            self.answer.emplace(self.closure(reader));
        });
        if (!outcome) return tl::unexpected(std::move(outcome).error());
        return std::move(*call.answer);
    }

    Health health() const;

    // What opening it for writing would apply; none but for read_only.
    const std::vector<std::string>& pending_migrations() const;

    // A consistent, verified copy of the database in one new file, while writes go on; fsynced.
    Result<void> copy_to(const std::filesystem::path& file);

    const std::filesystem::path& file() const;

private:
    template <class R>
    class Waiting {
    public:
        void set(R value) {
            std::lock_guard lock(mutex_);
            value_.emplace(std::move(value));
            ready_.notify_one();
        }
        R take() {
            std::unique_lock lock(mutex_);
            ready_.wait(lock, [this] { return value_.has_value(); });
            return std::move(*value_);
        }

    private:
        std::mutex mutex_;
        std::condition_variable ready_;
        std::optional<R> value_;
    };

    template <class R, class C>
    struct Announced {
        async::OneShot<R> answer;
        C committed;
        void set(R value) {
            if (value) committed(*value);
            answer.set(std::move(value));
        }
    };

    template <class F, class R, class Answer>
    class Write final : public WriteJob {
    public:
        Write(F f, Answer answer) : closure_(std::move(f)), answer_(std::forward<Answer>(answer)) {}
        bool run(Tx& tx) override {
            result_.emplace(closure_(tx));
            return result_->has_value();
        }
        void fail(Error error) override { result_.emplace(tl::unexpected(std::move(error))); }
        void settle(const Error* failure) override {
            if (failure)
                answer_.set(R(tl::unexpected(*failure)));
            else
                answer_.set(std::move(*result_));
        }

    private:
        F closure_;
        Answer answer_;
        std::optional<R> result_;
    };

    Database();
    void enqueue(std::unique_ptr<WriteJob> job);
    Result<void> borrow(void* data, void (*use)(void*, Reader&));

    struct State;
    std::unique_ptr<State> state_;
    std::unique_ptr<async::Pool> readers_;  // null in inline_mode; ends before what it uses
};

}  // namespace lares::db
