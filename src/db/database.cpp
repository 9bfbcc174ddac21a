#include "db/database.h"

#include "db/sqlite/driver.h"
#include "db/writer.h"

namespace lares::db {

struct Database::State {
    Options options;
    std::unique_ptr<Driver> driver;
    std::unique_ptr<Writer> writer;  // null: read_only
    std::vector<std::string> pending;

    std::mutex mutex;
    std::vector<std::unique_ptr<Connection>>
        idle;  // readers; a failed one is dropped and opened again when needed

    Result<std::unique_ptr<Connection>> take_reader() {
        {
            std::lock_guard lock(mutex);
            if (!idle.empty()) {
                auto connection = std::move(idle.back());
                idle.pop_back();
                return connection;
            }
        }
        return driver->open(Mode::reader);
    }

    void give_back(std::unique_ptr<Connection> connection) {
        if (connection->fault() > Fault::busy) return;
        std::lock_guard lock(mutex);
        if (idle.size() < options.readers) idle.push_back(std::move(connection));
    }
};

Database::Database() = default;

Result<std::unique_ptr<Database>> Database::open(Options options) {
    const bool memory = options.file == ":memory:";
    if (memory && !options.inline_mode)
        return fail(Code::internal, "database-options", "A database in memory needs inline_mode.");
    std::unique_ptr<Database> out(new Database());
    out->state_ = std::make_unique<State>();
    State& state = *out->state_;
    state.options = std::move(options);
    const Options& settled = state.options;
    state.driver = std::make_unique<sqlite::Driver>(sqlite::OpenOptions{
        settled.file, Mode::writer, settled.busy_ms, settled.vfs, settled.checkpoint_pages});

    auto connection = state.driver->open(settled.read_only ? Mode::reader : Mode::writer);
    if (!connection) {
        Error error = std::move(connection).error();
        error.message = "Cannot open the database " + settled.file.string() + ": " + error.detail;
        return fail(std::move(error));
    }
    if (settled.read_only) {
        LARES_TRY(state.pending, db::pending_migrations(**connection, settled.migrations));
    } else {
        // What a crash left in the log is put into the file and flushed before anything is added behind it:
        // after a failed flush and a crash, the log that we can read may not be on the disk.
        LARES_CHECK((*connection)->shrink_log());
        LARES_CHECK(migrate(**connection, settled.migrations));
        state.writer = std::make_unique<Writer>(settled, *state.driver, std::move(*connection));
    }
    if (!settled.inline_mode)
        out->readers_ = std::make_unique<async::Pool>(async::Pool::Options{
            .name = "sql-read", .threads = settled.readers, .queue_max = settled.read_queue_max, .nice = 0});
    return out;
}

Database::~Database() {
    readers_.reset();
}

void Database::enqueue(std::unique_ptr<WriteJob> job) {
    if (state_->writer) return state_->writer->enqueue(std::move(job));
    const Error error{
        Code::unavailable, "storage-read-only", "This database was opened for reading only.", {}, {}, {}};
    job->settle(&error);
}

Result<void> Database::borrow(void* data, void (*use)(void*, Reader&)) {
    if (state_->options.inline_mode && state_->writer) return state_->writer->borrow(data, use);
    LARES_TRY(auto connection, state_->take_reader());
    LARES_CHECK(connection->begin_read());
    Reader reader(*connection);
    try {
        use(data, reader);
    } catch (const std::exception& thrown) {
        return fail({Code::internal,
                     "storage-closure",
                     "The server made a mistake while reading.",
                     {},
                     thrown.what(),
                     {}});
    }
    connection->rollback();
    state_->give_back(std::move(connection));
    return {};
}

Health Database::health() const {
    return state_->writer ? state_->writer->health() : Health{};
}

const std::vector<std::string>& Database::pending_migrations() const {
    return state_->pending;
}

Result<void> Database::copy_to(const std::filesystem::path& file) {
    return state_->driver->copy_to(file);
}

const std::filesystem::path& Database::file() const {
    return state_->options.file;
}

}  // namespace lares::db
