// The writer: one commit for many, a savepoint each, order, busy files, refusals; readers see what is
// committed.
#include <fstream>
#include <future>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <sqlite3.h>

#include "async/scope.h"
#include "fixture.h"

namespace lares::db {
namespace {

using namespace std::chrono_literals;
using test::count_notes;
using test::Folder;
using test::insert_note;
using test::notes_options;
using test::open_notes;

// Holds up the writer thread until released, so that what is queued meanwhile becomes one group.
class Gate {
public:
    explicit Gate(Database& database) {
        thread_ = std::thread([&database, this] {
            auto done = database.write_blocking([this](Tx&) -> Result<int> {
                if (!entered_) {
                    entered_ = true;
                    inside_.set_value();
                    open_.get_future().wait();
                }
                return 0;
            });
            EXPECT_TRUE(done);
        });
        inside_.get_future().wait();
    }
    void release() {
        open_.set_value();
        thread_.join();
    }

private:
    std::promise<void> inside_, open_;
    bool entered_ = false;
    std::thread thread_;
};

// Runs tasks on one event loop until all have ended.
void run_all(std::vector<Task<void>> tasks) {
    boost::asio::io_context loop;
    async::TaskScope scope(loop.get_executor());
    for (auto& task : tasks) scope.spawn(std::move(task));
    loop.run();
}

class OpenDatabase : public testing::Test {
protected:
    Folder folder_;
    std::unique_ptr<Database> database_ = open_notes(notes_options(folder_ / "notes.db"));
};

Task<void> write_note(Database& database, std::int64_t id, std::string text, std::vector<std::string>& log) {
    auto done = co_await database.write([=](Tx& tx) { return insert_note(tx, id, text); });
    log.push_back(std::to_string(id) + (done ? " ok" : " " + done.error().type));
}

TEST_F(OpenDatabase, OneFailureInAGroupRollsBackOnlyItself) {
    std::vector<std::string> log;
    Gate gate(*database_);
    std::vector<Task<void>> tasks;
    tasks.push_back(write_note(*database_, 1, "a", log));
    tasks.push_back(write_note(*database_, 2, "a", log));  // the text is there already
    tasks.push_back(write_note(*database_, 3, "c", log));
    std::thread opener([&] {
        std::this_thread::sleep_for(50ms);
        gate.release();
    });
    run_all(std::move(tasks));
    opener.join();
    EXPECT_EQ(log, (std::vector<std::string>{"1 ok", "2 storage-unique", "3 ok"}));
    EXPECT_EQ(count_notes(*database_), 2);
}

TEST_F(OpenDatabase, AClosureThatReturnsAnErrorLeavesNothing) {
    auto done = database_->write_blocking([](Tx& tx) -> Result<int> {
        LARES_CHECK(insert_note(tx, 1, "a"));
        return fail(Code::conflict, "mine", "changed my mind");
    });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().type, "mine");
    EXPECT_EQ(count_notes(*database_), 0);
}

TEST_F(OpenDatabase, AClosureThatThrowsLeavesNothingAndOthersGoOn) {
    auto done = database_->write_blocking([](Tx& tx) -> Result<int> {
        LARES_CHECK(insert_note(tx, 1, "a"));
        throw std::runtime_error("bug");
    });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().type, "storage-closure");
    EXPECT_EQ(done.error().detail, "bug");
    EXPECT_TRUE(database_->write_blocking([](Tx& tx) { return insert_note(tx, 2, "b"); }));
    EXPECT_EQ(count_notes(*database_), 1);
}

// Each commit marks its last frame in the log with the size of the database: counted from the file itself.
int commits_in_log(const std::filesystem::path& log) {
    std::ifstream stream(log, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(stream)), {});
    int commits = 0;
    for (std::size_t frame = 32; frame + 24 + 4096 <= bytes.size(); frame += 24 + 4096)
        commits += bytes.substr(frame + 4, 4) != std::string(4, '\0');
    return commits;
}

TEST_F(OpenDatabase, QueuedWritesShareOneCommit) {
    const int before = commits_in_log(folder_ / "notes.db-wal");
    ASSERT_GT(before, 0);
    Gate gate(*database_);
    std::vector<std::future<bool>> writes;
    for (int i = 0; i < 100; ++i)
        writes.push_back(std::async(std::launch::async, [this, i] {
            return database_->write_blocking([i](Tx& tx) { return insert_note(tx, i, std::to_string(i)); })
                .has_value();
        }));
    std::this_thread::sleep_for(200ms);
    gate.release();
    for (auto& write : writes) EXPECT_TRUE(write.get());
    EXPECT_EQ(commits_in_log(folder_ / "notes.db-wal"), before + 1);
    EXPECT_EQ(count_notes(*database_), 100);
}

Task<void> write_in_order(Database& database, std::int64_t from, std::int64_t to) {
    for (std::int64_t i = from; i < to; ++i) {
        auto done =
            co_await database.write([i](Tx& tx) { return insert_note(tx, i, "n" + std::to_string(i)); });
        EXPECT_TRUE(done);
        // What was acknowledged is visible to a reader at once.
        auto seen = co_await database.read(
            [i](Reader& r) { return r.one<std::int64_t>("SELECT id FROM notes WHERE id = ?1", i); });
        EXPECT_TRUE(seen && *seen) << i;
    }
}

TEST_F(OpenDatabase, ReadersSeeWhatWasAcknowledged) {
    std::vector<Task<void>> tasks;
    for (int writer = 0; writer < 8; ++writer)
        tasks.push_back(write_in_order(*database_, writer * 1000, writer * 1000 + 25));
    run_all(std::move(tasks));
    EXPECT_EQ(count_notes(*database_), 200);
}

Task<void> append(Database& database, int value) {
    auto done = co_await database.write(
        [value](Tx& tx) { return tx.run("INSERT INTO notes (text) VALUES (?1)", std::to_string(value)); });
    EXPECT_TRUE(done);
}

TEST_F(OpenDatabase, WritesKeepTheOrderInWhichTheyWereAsked) {
    std::vector<Task<void>> tasks;
    for (int i = 0; i < 300; ++i) tasks.push_back(append(*database_, i));
    run_all(std::move(tasks));
    auto texts = database_->read_blocking(
        [](Reader& r) { return r.rows<std::string>("SELECT text FROM notes ORDER BY id"); });
    ASSERT_TRUE(texts);
    ASSERT_EQ(texts->size(), 300u);
    for (int i = 0; i < 300; ++i) EXPECT_EQ(texts->at(i), std::to_string(i));
}

Task<void> cancel_soon(async::TaskScope& scope) {
    co_await async::yield();
    scope.cancel();
}

TEST_F(OpenDatabase, ACancelledCallerDoesNotStopItsWrite) {
    Gate gate(*database_);
    boost::asio::io_context loop;
    std::vector<std::string> log;
    async::TaskScope scope(loop.get_executor()), other(loop.get_executor());
    scope.spawn(write_note(*database_, 1, "a", log));
    other.spawn(cancel_soon(scope));
    loop.run();
    EXPECT_TRUE(log.empty());
    gate.release();
    ASSERT_TRUE(database_->write_blocking([](Tx& tx) { return insert_note(tx, 2, "b"); }));
    EXPECT_EQ(count_notes(*database_), 2);
}

Task<void> write_and_tell(Database& database, std::int64_t id, std::vector<std::int64_t>& told) {
    const auto tell = [&told](std::int64_t& committed) { told.push_back(committed); };
    (void)co_await database.write(
        [id](Tx& tx) -> Result<std::int64_t> {
            LARES_CHECK(insert_note(tx, id, std::to_string(id)));
            return id;
        },
        tell);
}

TEST_F(OpenDatabase, WhatWasCommittedIsToldInItsOrderAlsoWhenTheCallerIsGone) {
    std::vector<std::int64_t> told;
    Gate gate(*database_);
    boost::asio::io_context loop;
    async::TaskScope scope(loop.get_executor());
    for (const std::int64_t id : {3, 1, 2, 1}) scope.spawn(write_and_tell(*database_, id, told));
    loop.poll();  // all are queued
    scope.cancel();
    loop.run();
    gate.release();
    ASSERT_TRUE(database_->write_blocking([](Tx& tx) { return insert_note(tx, 9, "last"); }));
    EXPECT_EQ(count_notes(*database_), 4);
    EXPECT_EQ(told, (std::vector<std::int64_t>{3, 1, 2}));  // the second 1 was refused
}

TEST_F(OpenDatabase, AReadSeesOneSnapshot) {
    auto counts = database_->read_blocking([&](Reader& r) -> Result<std::pair<std::int64_t, std::int64_t>> {
        LARES_TRY(auto before, r.one<std::int64_t>("SELECT count(*) FROM notes"));
        auto wrote = database_->write_blocking([](Tx& tx) { return insert_note(tx, 1, "a"); });
        if (!wrote) return tl::unexpected(wrote.error());
        LARES_TRY(auto after, r.one<std::int64_t>("SELECT count(*) FROM notes"));
        return std::pair(*before, *after);
    });
    ASSERT_TRUE(counts);
    EXPECT_EQ(counts->first, counts->second);
    EXPECT_EQ(count_notes(*database_), 1);
}

TEST(BusyFile, TheGroupRunsAgainWhenAnotherProgramLetsGo) {
    Folder folder;
    Options options = notes_options(folder / "notes.db");
    options.busy_ms = 5000;
    auto database = open_notes(std::move(options));
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open((folder / "notes.db").c_str(), &other), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
    auto write = std::async(std::launch::async, [&] {
        return database->write_blocking([](Tx& tx) { return insert_note(tx, 1, "a"); }).has_value();
    });
    EXPECT_EQ(write.wait_for(100ms), std::future_status::timeout);
    sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr);
    EXPECT_TRUE(write.get());
    sqlite3_close(other);
}

TEST(BusyFile, GivesUpAfterItsTimeAndStaysHealthy) {
    Folder folder;
    Options options = notes_options(folder / "notes.db");
    options.busy_ms = 50;
    auto database = open_notes(std::move(options));
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open((folder / "notes.db").c_str(), &other), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
    auto refused = database->write_blocking([](Tx& tx) { return insert_note(tx, 1, "a"); });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().type, "storage-busy");
    EXPECT_TRUE(database->health().ok);
    sqlite3_close(other);
    EXPECT_TRUE(database->write_blocking([](Tx& tx) { return insert_note(tx, 1, "a"); }));
}

TEST(FullQueue, RefusesAtOnce) {
    Folder folder;
    Options options = notes_options(folder / "notes.db");
    options.write_queue_max = 3;
    auto database = open_notes(std::move(options));
    Gate gate(*database);
    std::vector<std::string> log;
    std::vector<Task<void>> tasks;
    for (int i = 1; i <= 5; ++i) tasks.push_back(write_note(*database, i, std::to_string(i), log));
    std::thread opener([&] {
        std::this_thread::sleep_for(50ms);
        gate.release();
    });
    run_all(std::move(tasks));
    opener.join();
    EXPECT_EQ(log, (std::vector<std::string>{"4 busy", "5 busy", "1 ok", "2 ok", "3 ok"}));
}

TEST(Closing, FinishesWhatIsQueued) {
    Folder folder;
    auto database = open_notes(notes_options(folder / "notes.db"));
    std::vector<std::future<bool>> writes;
    {
        Gate gate(*database);
        for (int i = 0; i < 10; ++i)
            writes.push_back(std::async(std::launch::async, [&database, i] {
                return database->write_blocking([i](Tx& tx) { return insert_note(tx, i, std::to_string(i)); })
                    .has_value();
            }));
        std::this_thread::sleep_for(100ms);
        gate.release();
    }
    database.reset();
    int kept = 0;
    for (auto& write : writes) kept += write.get();
    database = open_notes(notes_options(folder / "notes.db"));
    EXPECT_EQ(kept, 10);
    EXPECT_EQ(count_notes(*database), kept);
}

TEST(InlineMode, RunsAtOnceInMemory) {
    Options options = notes_options(":memory:");
    options.inline_mode = true;
    auto database = open_notes(std::move(options));
    std::vector<std::string> log;
    std::vector<Task<void>> tasks;
    tasks.push_back(write_note(*database, 1, "a", log));
    tasks.push_back(write_note(*database, 2, "a", log));
    run_all(std::move(tasks));
    EXPECT_EQ(log, (std::vector<std::string>{"1 ok", "2 storage-unique"}));
    EXPECT_EQ(count_notes(*database), 1);
}

TEST(Opening, NamesTheFileThatIsNoDatabase) {
    Folder folder;
    {
        std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen((folder / "x.db").c_str(), "w"),
                                                             &std::fclose);
        std::fputs("this is not a database, it is a letter to a friend", file.get());
    }
    auto opened = Database::open(notes_options(folder / "x.db"));
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message.find("x.db"), std::string::npos) << opened.error().message;
    EXPECT_FALSE(Database::open(notes_options(folder / "no/such/folder.db")));
}

TEST(Opening, FilesArePrivate) {
    Folder folder;
    auto database = open_notes(notes_options(folder / "notes.db"));
    ASSERT_TRUE(database->write_blocking([](Tx& tx) { return insert_note(tx, 1, "a"); }));
    for (const char* name : {"notes.db", "notes.db-wal", "notes.db-shm"})
        EXPECT_EQ(std::filesystem::status(folder / name).permissions() & std::filesystem::perms::all,
                  std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)
            << name;
}

}  // namespace
}  // namespace lares::db
