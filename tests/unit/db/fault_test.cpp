// Every write, truncate and flush is made to fail once, for every n: no answer that is not true, what was
// acknowledged stays (also after a power cut), the store says why and recovers by itself.
#include <set>
#include <thread>

#include "fault_vfs.h"
#include "fixture.h"

namespace lares::db {
namespace {

using namespace std::chrono_literals;
using test::FaultKind;
using test::FaultPlan;
using test::Folder;
using test::insert_note;
using test::notes_options;

// On memory-backed files the loops take seconds instead of minutes; the faults come from the shim all the
// same.
const char* fast_folder() {
    return std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : "/tmp";
}

struct Loop {
    int runs = 0;
    int refused_writes = 0;
    int refused_opens = 0;
};

std::set<std::int64_t> notes_of(Database& database) {
    auto ids = database.read_blocking([](Reader& r) { return r.rows<std::int64_t>("SELECT id FROM notes"); });
    EXPECT_TRUE(ids) << (ids ? "" : ids.error().detail);
    return ids ? std::set<std::int64_t>(ids->begin(), ids->end()) : std::set<std::int64_t>{};
}

void expect_all(const std::set<std::int64_t>& wanted, const std::set<std::int64_t>& there,
                const std::string& where) {
    for (const std::int64_t id : wanted)
        EXPECT_TRUE(there.contains(id)) << "acknowledged " << id << " is lost " << where;
}

class Run {
public:
    Run(FaultPlan plan, bool inline_mode, int threads, Loop& loop)
        : plan_(plan), inline_(inline_mode), threads_(threads), loop_(loop) {
        label_ = "(fault at " + std::to_string(plan.first) + ", " + std::to_string(plan.count) + " times, " +
                 (plan.kind == FaultKind::io ? "I/O" : "full") + (inline_mode ? ", inline)" : ")");
    }

    // False: the fault lay behind the last operation, so every one has had its turn.
    bool go() {
        ++loop_.runs;
        const std::string vfs = test::start_faults(plan_);
        auto database = open_until_it_works(vfs);
        std::vector<std::thread> others;
        for (std::int64_t from = 201; from < 201 + 10 * threads_; from += 10)
            others.emplace_back([&, from] {
                for (std::int64_t id = from; id < from + 5; ++id) write(*database, id);
            });
        for (std::int64_t id = 1; id <= 14; ++id) write(*database, id);
        for (auto& other : others) other.join();
        if (test::fault_happened()) {
            recovers(*database);
            for (std::int64_t id = 101; id <= 103; ++id)
                EXPECT_TRUE(write(*database, id)) << "after recovery " << label_;
        }
        expect_all(acknowledged_, notes_of(*database), "in the running server " + label_);
        EXPECT_TRUE(refused_.empty() || test::fault_happened());
        after_power_cut();
        database.reset();
        expect_all(acknowledged_, reopened(folder_ / "notes.db"), "after a restart " + label_);
        return test::fault_happened();
    }

private:
    std::unique_ptr<Database> open_until_it_works(const std::string& vfs) {
        for (int attempt = 0; attempt < 20; ++attempt) {
            Options options = notes_options(folder_ / "notes.db");
            options.vfs = vfs;
            options.probe_ms = 2;
            options.checkpoint_pages = 6;
            options.inline_mode = inline_;
            auto opened = Database::open(std::move(options));
            if (opened) return std::move(*opened);
            EXPECT_FALSE(opened.error().message.empty());
            ++loop_.refused_opens;
        }
        ADD_FAILURE() << "does not open again " << label_;
        std::abort();
    }

    bool write(Database& database, std::int64_t id) {
        auto done = database.write_blocking([id](Tx& tx) -> Result<int> {
            LARES_CHECK(insert_note(tx, id, std::to_string(id) + std::string(3000, 'x')));
            LARES_CHECK(tx.run("INSERT INTO tags VALUES (?1, 'tag')", id));
            return 0;
        });
        std::lock_guard lock(mutex_);
        if (done) {
            acknowledged_.insert(id);
            return true;
        }
        ++loop_.refused_writes;
        refused_.insert(id);
        EXPECT_TRUE(done.error().type == "storage-failed" || done.error().type == "storage-full")
            << done.error().type;
        return false;
    }

    // A checkpoint that fails after the last answer breaks the store a moment later: only a write that
    // succeeds tells that it is over.
    void recovers(Database& database) {
        for (int i = 0; i < 1000; ++i) {
            if (write(database, 1000 + i)) return;
            std::this_thread::sleep_for(1ms);
        }
        ADD_FAILURE() << "does not recover " << label_;
    }

    void after_power_cut() {
        for (std::uint32_t seed = 1; seed <= 3; ++seed) {
            Folder cut(fast_folder());
            test::power_cut(cut.path(), seed);
            expect_all(acknowledged_, reopened(cut / "notes.db"), "after a power cut " + label_);
        }
    }

    std::set<std::int64_t> reopened(const std::filesystem::path& file) {
        Options options = notes_options(file);
        options.inline_mode = true;
        auto opened = Database::open(std::move(options));
        EXPECT_TRUE(opened) << label_ << (opened ? "" : opened.error().detail);
        if (!opened) return {};
        auto sound =
            (*opened)->read_blocking([](Reader& r) { return r.one<std::string>("PRAGMA integrity_check"); });
        EXPECT_EQ(sound ? **sound : sound.error().detail, "ok") << label_;
        return notes_of(**opened);
    }

    FaultPlan plan_;
    bool inline_;
    int threads_;
    std::mutex mutex_;  // the sets, the counts
    Loop& loop_;
    std::string label_;
    Folder folder_{fast_folder()};
    std::set<std::int64_t> acknowledged_, refused_;
};

Loop for_every_operation(FaultKind kind, int count, bool inline_mode, int threads = 0) {
    Loop loop;
    for (int n = 1; n < 2000; ++n)
        if (!Run({n, count, kind}, inline_mode, threads, loop).go() || testing::Test::HasFailure()) break;
    return loop;
}

void expect_reached(const Loop& loop) {
    EXPECT_GT(loop.runs, 60);  // opening and migrating alone is some thirty operations
    EXPECT_GT(loop.refused_writes, 20);
    EXPECT_GT(loop.refused_opens, 5);
}

TEST(EveryOperationFails, WithAnIoErrorOnce) {
    expect_reached(for_every_operation(FaultKind::io, 1, false));
}
TEST(EveryOperationFails, WithAnIoErrorForAWhile) {
    expect_reached(for_every_operation(FaultKind::io, 7, false));
}
TEST(EveryOperationFails, WithAFullDiskOnce) {
    expect_reached(for_every_operation(FaultKind::full, 1, false));
}
TEST(EveryOperationFails, WithAFullDiskForAWhile) {
    expect_reached(for_every_operation(FaultKind::full, 7, false));
}
TEST(EveryOperationFails, WithoutAnyOtherConnection) {
    expect_reached(for_every_operation(FaultKind::io, 2, true));
}

TEST(EveryOperationFails, WithWritersThatShareCommits) {
    expect_reached(for_every_operation(FaultKind::io, 2, false, 4));
}

TEST(AFailedStore, RefusesAtOnceAndReadsGoOn) {
    Folder folder(fast_folder());
    Options options = notes_options(folder / "notes.db");
    options.vfs = test::start_faults({});
    auto database = test::open_notes(std::move(options));
    ASSERT_TRUE(database->write_blocking([](Tx& tx) { return insert_note(tx, 1, "a"); }));
    test::start_faults({1, 1'000'000, FaultKind::full});
    auto refused = database->write_blocking([](Tx& tx) { return insert_note(tx, 2, "b"); });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::storage_full);
    EXPECT_EQ(refused.error().type, "storage-full");
    ASSERT_FALSE(database->health().ok);
    EXPECT_EQ(database->health().error->type, "storage-full");
    EXPECT_FALSE(database->write_blocking([](Tx& tx) { return insert_note(tx, 3, "c"); }));
    EXPECT_EQ(test::count_notes(*database), 1);
    test::start_faults({});
    for (int i = 0; i < 500 && !database->health().ok; ++i) std::this_thread::sleep_for(10ms);
    EXPECT_TRUE(database->health().ok);
    EXPECT_TRUE(database->write_blocking([](Tx& tx) { return insert_note(tx, 4, "d"); }));
    EXPECT_EQ(test::count_notes(*database), 2);
}

TEST(AFailedStore, FailsTheWholeGroupEvenWhenAClosureSwallowsIt) {
    Folder folder(fast_folder());
    Options options = notes_options(folder / "notes.db");
    options.vfs = test::start_faults({});
    options.inline_mode = true;
    auto database = test::open_notes(std::move(options));
    auto refused = database->write_blocking([](Tx& tx) -> Result<int> {
        test::start_faults({1, 1'000'000, FaultKind::io});
        // More than the page cache holds, so that a write happens inside the closure.
        (void)tx.run("INSERT INTO notes (id, text) VALUES (1, hex(zeroblob(20000000)))");
        return 7;
    });
    EXPECT_FALSE(refused);
    test::start_faults({});
}

}  // namespace
}  // namespace lares::db
