// Every write, truncate and flush is made to fail once, for every n: no answer that is not true, what was
// acknowledged stays (also after a power cut), the store says why and recovers by itself.
#include <set>
#include <thread>

#include "fault_vfs.h"
#include "fixture.h"
#include "observe/log.h"

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

// Each loop breaks the store hundreds of times, and the writer logs each.
class Quiet : public testing::Environment {
    void SetUp() override {
        log::start({.sink = [](std::string_view) {}});
    }
    void TearDown() override { log::stop(); }
};
const auto* const quiet = testing::AddGlobalTestEnvironment(new Quiet);

struct Setup {
    FaultKind kind = FaultKind::io;
    int count = 1;  // operations that fail in a row
    bool inline_mode = false;
    int threads = 0;           // writers beside the main one
    int checkpoint_pages = 6;  // 1000: what was written is in the log alone
};

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
    Run(int first, const Setup& setup, Loop& loop)
        : setup_(setup), plan_{first, setup.count, setup.kind}, loop_(loop) {
        label_ = "(fault at " + std::to_string(first) + ", " + std::to_string(setup.count) + " times, " +
                 (setup.kind == FaultKind::io ? "I/O" : "full") + (setup.inline_mode ? ", inline)" : ")");
    }

    // False: the fault lay behind the last operation, so every one has had its turn.
    bool go() {
        ++loop_.runs;
        const std::string vfs = test::start_faults(plan_);
        auto database = open_until_it_works(vfs);
        std::vector<std::thread> others;
        for (std::int64_t from = 201; from < 201 + 10 * setup_.threads; from += 10)
            others.emplace_back([&, from] {
                for (std::int64_t id = from; id < from + 5; ++id) write(*database, id);
            });
        for (std::int64_t id = 1; id <= 14; ++id) {
            write(*database, id);
            if (id == 1 + plan_.first % 14) after_power_cut();
        }
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
            options.checkpoint_pages = setup_.checkpoint_pages;
            options.inline_mode = setup_.inline_mode;
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
        for (std::uint32_t seed = 1; seed <= 2; ++seed) {
            std::set<std::int64_t> acknowledged;
            {
                std::lock_guard lock(mutex_);
                acknowledged = acknowledged_;
            }
            Folder cut(fast_folder());
            test::power_cut(cut.path(), seed);
            expect_all(acknowledged, reopened(cut / "notes.db"), "after a power cut " + label_);
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

    Setup setup_;
    FaultPlan plan_;
    std::mutex mutex_;  // the sets, the counts
    Loop& loop_;
    std::string label_;
    Folder folder_{fast_folder()};
    std::set<std::int64_t> acknowledged_, refused_;
};

Loop for_every_operation(const Setup& setup) {
    Loop loop;
    for (int n = 1; n < 2000; ++n)
        if (!Run(n, setup, loop).go() || testing::Test::HasFailure()) break;
    return loop;
}

void expect_reached(const Loop& loop) {
    EXPECT_GT(loop.runs, 60);  // opening and migrating alone is some thirty operations
    EXPECT_GT(loop.refused_writes, 20);
    EXPECT_GT(loop.refused_opens, 5);
}

TEST(EveryOperationFails, WithAnIoErrorOnce) {
    expect_reached(for_every_operation({}));
}
TEST(EveryOperationFails, WithAnIoErrorForAWhile) {
    expect_reached(for_every_operation({.count = 7}));
}
TEST(EveryOperationFails, WithAFullDiskOnce) {
    expect_reached(for_every_operation({.kind = FaultKind::full}));
}
TEST(EveryOperationFails, WithAFullDiskForAWhile) {
    expect_reached(for_every_operation({.kind = FaultKind::full, .count = 7}));
}
TEST(EveryOperationFails, WithoutAnyOtherConnection) {
    expect_reached(for_every_operation({.count = 2, .inline_mode = true, .checkpoint_pages = 1000}));
}
TEST(EveryOperationFails, WithWritersThatShareCommits) {
    expect_reached(for_every_operation({.count = 2, .threads = 4}));
}

Options inline_options(const Folder& folder, const std::string& vfs) {
    Options out = notes_options(folder / "notes.db");
    out.vfs = vfs;
    out.inline_mode = true;
    return out;
}

// The trap of a failed flush: the new process reads a log from the page cache that is not on the disk. What
// it acknowledges behind that must not be lost with it.
TEST(ACrashAfterAFailedFlush, LosesNothingThatIsAcknowledgedLater) {
    int crashes = 0;
    for (int n = 1; n < 200; ++n) {
        Folder before(fast_folder()), after(fast_folder()), cut(fast_folder());
        const std::string vfs = test::start_faults({n, 1'000'000, FaultKind::io});
        std::set<std::int64_t> acknowledged;
        auto database = Database::open(inline_options(before, vfs));
        if (!database) continue;  // not open yet when the disk failed
        const auto write = [&](Database& into, std::int64_t id) {
            if (into.write_blocking([id](Tx& tx) { return insert_note(tx, id, std::to_string(id)); }))
                acknowledged.insert(id);
        };
        for (std::int64_t id = 1; id <= 5; ++id) write(**database, id);
        if (!test::fault_happened()) break;
        ++crashes;
        test::crash(before.path(), after.path());
        test::end_faults();
        database = Database::open(inline_options(after, vfs));
        ASSERT_TRUE(database) << n;
        for (std::int64_t id = 11; id <= 13; ++id) write(**database, id);
        EXPECT_TRUE(acknowledged.contains(13));
        test::power_cut(cut.path(), 1);
        auto reopened = test::open_notes(notes_options(cut / "notes.db"));
        ASSERT_TRUE(reopened);
        expect_all(acknowledged, notes_of(*reopened), "(fault at " + std::to_string(n) + ")");
    }
    EXPECT_GT(crashes, 10);
}

// Power cuts at every operation from a fault on, while the store recovers from it: each leaves a folder,
// which is opened when all is over. Rows come in scattered order, so that a lost commit moves those of
// earlier ones.
class CutsWhileItRecovers {
public:
    void watch() {
        test::before_each_operation([this] {
            if (cuts_.size() >= 40) return;
            Cut& cut = cuts_.emplace_back(std::make_unique<Folder>(fast_folder()), acknowledged_);
            test::power_cut(cut.folder->path(), static_cast<std::uint32_t>(cuts_.size()));
        });
    }

    // Inline: nothing else works on the database meanwhile.
    void write(Database& into, int count) {
        for (int i = 0; i < count; ++i) {
            const std::int64_t id = ++next_ * 37 % 101;
            if (into.write_blocking(
                    [id](Tx& tx) { return insert_note(tx, id, std::to_string(id) + std::string(900, 'x')); }))
                acknowledged_.insert(id);
        }
    }

    std::size_t expect_nothing_lost(const std::string& label) {
        test::before_each_operation({});
        for (const Cut& cut : cuts_) {
            auto database = test::open_notes(notes_options(*cut.folder / "notes.db"));
            if (!database) continue;
            auto sound = database->read_blocking(
                [](Reader& r) { return r.one<std::string>("PRAGMA integrity_check"); });
            EXPECT_EQ(sound && *sound ? **sound : "no answer", "ok") << label;
            expect_all(cut.acknowledged, notes_of(*database), "after a power cut " + label);
        }
        return cuts_.size();
    }

private:
    struct Cut {
        std::unique_ptr<Folder> folder;
        std::set<std::int64_t> acknowledged;
    };
    std::int64_t next_ = 0;
    std::set<std::int64_t> acknowledged_;
    std::vector<Cut> cuts_;
};

TEST(APowerCutWhileTheStoreRecovers, LosesNothing) {
    std::size_t cuts = 0;
    for (int n = 1; n < 200 && !testing::Test::HasFailure(); ++n) {
        Folder folder(fast_folder());
        Options options = inline_options(folder, test::start_faults({n, 2, FaultKind::flush}));
        options.checkpoint_pages = 12;  // what the lost commit changes stands partly in the file alone
        auto database = Database::open(std::move(options));
        if (!database) continue;
        CutsWhileItRecovers recovery;
        recovery.watch();
        recovery.write(**database, 40);
        if (!test::fault_happened()) break;
        cuts += recovery.expect_nothing_lost("(flush " + std::to_string(n) + ")");
    }
    EXPECT_GT(cuts, 300);
}

TEST(APowerCutWhileTheStoreRecovers, LosesNothingAfterACrash) {
    std::size_t cuts = 0;
    for (int n = 1; n < 100 && !testing::Test::HasFailure(); ++n) {
        Folder before(fast_folder()), after(fast_folder());
        const std::string vfs = test::start_faults({n, 1'000'000, FaultKind::flush});
        auto database = Database::open(inline_options(before, vfs));
        if (!database) continue;
        CutsWhileItRecovers recovery;
        recovery.write(**database, 16);
        if (!test::fault_happened()) break;
        test::crash(before.path(), after.path());
        test::end_faults();
        recovery.watch();
        database = Database::open(inline_options(after, vfs));
        ASSERT_TRUE(database) << n;
        recovery.write(**database, 4);
        cuts += recovery.expect_nothing_lost("(flush " + std::to_string(n) + " and a crash)");
    }
    EXPECT_GT(cuts, 100);
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
