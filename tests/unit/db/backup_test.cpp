// A backup under load is one moment of the data; damage anywhere in it is found before live data is touched.
#include "db/backup.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fstream>
#include <random>
#include <thread>

#include <sys/resource.h>
#include <unistd.h>

#include "db/lock.h"
#include "db/manifest.h"
#include "db/sqlite/driver.h"
#include "fixture.h"

namespace lares::db {
namespace {

namespace fs = std::filesystem;
using test::Folder;
using test::insert_note;
using test::notes_options;
using test::open_notes;

const std::vector<MigrationSet> sets = {{"notes", test::notes_migrations}};

void write_text(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
}

std::string read_text(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> notes_in(const fs::path& file) {
    auto database = open_notes(notes_options(file));
    auto rows = database->read_blocking(
        [](Reader& r) { return r.rows<std::string>("SELECT id || ':' || text FROM notes ORDER BY id"); });
    EXPECT_TRUE(rows);
    return rows ? *rows : std::vector<std::string>{};
}

class Backup : public testing::Test {
protected:
    DataFolder data(const char* name) {
        fs::create_directories(folder_ / name);
        return {folder_ / name, "lares.db", {"media", "absent"}};
    }
    void fill(const DataFolder& data, int notes) {
        auto database = open_notes(notes_options(data.folder / "lares.db"));
        for (int i = 0; i < notes; ++i)
            ASSERT_TRUE(
                database->write_blocking([i](Tx& tx) { return insert_note(tx, i, std::to_string(i)); }));
        write_text(data.folder / "media/a/picture", std::string(5000, 'p'));
        write_text(data.folder / "media/empty", "");
        write_text(data.folder / "models/huge", "not in the backup");
    }
    std::string error_of(const Result<BackupReport>& result) {
        return result ? "none"
                      : result.error().type + ": " + result.error().message + " " + result.error().detail;
    }
    Folder folder_;
};

TEST_F(Backup, RestoresTheSameElsewhere) {
    const DataFolder from = data("from"), to = data("to");
    fill(from, 50);
    auto made = backup_to(from, folder_ / "b");
    ASSERT_TRUE(made) << error_of(made);
    EXPECT_EQ(made->files, 3u);
    EXPECT_EQ(fs::status(folder_ / "b" / "lares.db").permissions() & fs::perms::all,
              fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(error_of(verify_backup(folder_ / "b", from)), "none");
    auto restored = restore_from(folder_ / "b", to, sets);
    ASSERT_TRUE(restored) << error_of(restored);
    EXPECT_TRUE(restored->kept_aside.empty());
    EXPECT_EQ(notes_in(to.folder / "lares.db"), notes_in(from.folder / "lares.db"));
    EXPECT_EQ(read_text(to.folder / "media/a/picture"), std::string(5000, 'p'));
    EXPECT_TRUE(fs::exists(to.folder / "media/empty"));
    EXPECT_FALSE(fs::exists(to.folder / "models"));
    EXPECT_EQ(error_of(backup_to(from, folder_ / "b")).substr(0, 14), "backup-exists:");
}

TEST_F(Backup, KeepsTheReplacedDataAside) {
    const DataFolder from = data("from"), to = data("to");
    fill(from, 5);
    ASSERT_TRUE(backup_to(from, folder_ / "b"));
    fill(to, 9);
    write_text(to.folder / "media/newer", "n");
    auto restored = restore_from(folder_ / "b", to, sets);
    ASSERT_TRUE(restored) << error_of(restored);
    EXPECT_EQ(notes_in(to.folder / "lares.db").size(), 5u);
    EXPECT_FALSE(fs::exists(to.folder / "media/newer"));
    EXPECT_EQ(notes_in(restored->kept_aside / "lares.db").size(), 9u);
    EXPECT_EQ(read_text(restored->kept_aside / "media/newer"), "n");
    EXPECT_TRUE(fs::exists(to.folder / "models/huge"));
}

TEST_F(Backup, UnderLoadHoldsAllThatWasAcknowledgedBefore) {
    const DataFolder from = data("from"), to = data("to");
    fill(from, 0);
    auto database = open_notes(notes_options(from.folder / "lares.db"));
    std::atomic<bool> stop = false;
    std::atomic<int> acknowledged = 0;
    // Each write adds a note and its tag: a backup of half a transaction would hold one without the other.
    std::vector<std::thread> writers;
    for (int w = 0; w < 4; ++w)
        writers.emplace_back([&, w] {
            for (int i = 0; !stop; ++i) {
                const std::int64_t id = w * 1'000'000 + i;
                auto done = database->write_blocking([id](Tx& tx) -> Result<std::int64_t> {
                    LARES_CHECK(insert_note(tx, id, std::to_string(id)));
                    return tx.run("INSERT INTO tags VALUES (?1, 't')", id);
                });
                if (done) ++acknowledged;
            }
        });
    for (int round = 0; round < 5; ++round) {
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        const int before = acknowledged;
        const fs::path target = folder_.path() / ("b" + std::to_string(round));
        auto made = backup_to(from, target);
        ASSERT_TRUE(made) << error_of(made);
        ASSERT_TRUE(restore_from(target, to, sets));
        auto copy = open_notes(notes_options(to.folder / "lares.db"));
        const auto count = copy->read_blocking([](Reader& r) {
            return r.one<std::tuple<int, int>>(
                "SELECT (SELECT count(*) FROM notes), (SELECT count(*) FROM notes JOIN tags ON note = id)");
        });
        EXPECT_GE(std::get<0>(**count), before);
        EXPECT_EQ(std::get<0>(**count), std::get<1>(**count));
    }
    stop = true;
    for (auto& writer : writers) writer.join();
}

TEST_F(Backup, DamageAtAnyPlaceIsFoundBeforeLiveDataIsTouched) {
    const DataFolder from = data("from"), to = data("to");
    fill(from, 200);
    ASSERT_TRUE(backup_to(from, folder_ / "b"));
    fill(to, 3);
    const auto live = notes_in(to.folder / "lares.db");
    std::mt19937 random(11);
    const std::vector<std::string> files = {"lares.db", "MANIFEST", "media/a/picture"};
    int truncated = 0, flipped = 0;
    for (int i = 0; i < 100; ++i) {
        const fs::path file = folder_ / "b" / files[i % files.size()];
        const std::string sound = read_text(file);
        const std::size_t place = i < 6 ? (i < 3 ? 0 : sound.size() - 1) : random() % sound.size();
        std::string bad = sound;
        bad[place] = static_cast<char>(bad[place] ^ (1 << (random() % 8)));
        for (const std::string& text : {bad, sound.substr(0, place)}) {
            write_text(file, text);
            auto refused = restore_from(folder_ / "b", to, sets);
            EXPECT_FALSE(refused) << file << " at " << place;
            if (!refused) EXPECT_EQ(refused.error().type, "backup-damaged") << error_of(refused);
            (text.size() == sound.size() ? flipped : truncated) += !refused;
        }
        write_text(file, sound);
    }
    EXPECT_EQ(flipped, 100);
    EXPECT_EQ(truncated, 100);
    EXPECT_EQ(notes_in(to.folder / "lares.db"), live);
    write_text(folder_ / "b" / "media/extra", "x");
    EXPECT_FALSE(restore_from(folder_ / "b", to, sets));
    fs::remove(folder_ / "b" / "media/extra");
    EXPECT_EQ(error_of(restore_from(folder_ / "b", to, sets)), "none");
}

TEST_F(Backup, ABackupOfANewerProgramRefusesBeforeLiveDataIsTouched) {
    static constexpr Migration more[] = {test::notes_migrations[0],
                                         {2, "later", "CREATE TABLE later (x INTEGER) STRICT"}};
    const DataFolder from = data("from"), to = data("to");
    {
        Options options = notes_options(from.folder / "lares.db");
        options.migrations = {{"notes", more}};
        ASSERT_TRUE(open_notes(std::move(options)));
    }
    ASSERT_TRUE(backup_to(from, folder_ / "b"));
    fill(to, 3);
    EXPECT_EQ(error_of(restore_from(folder_ / "b", to, sets)).substr(0, 13), "schema-newer:");
    EXPECT_EQ(notes_in(to.folder / "lares.db").size(), 3u);
}

// No file of this process grows past so many bytes.
class FilesAtMost {
public:
    explicit FilesAtMost(std::uint64_t bytes) {
        std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const ::rlimit limit{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FilesAtMost() { ::setrlimit(RLIMIT_FSIZE, &before_); }
    FilesAtMost(const FilesAtMost&) = delete;
    FilesAtMost& operator=(const FilesAtMost&) = delete;

private:
    ::rlimit before_{};
};

TEST_F(Backup, ARestoreWhoseChangesStayInTheLogFailsBeforeLiveDataIsTouched) {
    const DataFolder from = data("from"), to = data("to");
    fill(from, 5);
    {
        auto database = open_notes(notes_options(from.folder / "lares.db"));
        ASSERT_TRUE(
            database->write_blocking([](Tx& tx) { return insert_note(tx, 100, std::string(200'000, 'n')); }));
    }
    ASSERT_TRUE(backup_to(from, folder_ / "b"));
    fill(to, 3);
    const auto live = notes_in(to.folder / "lares.db");
    const auto change = [](Tx& tx) -> Result<void> {
        LARES_CHECK(insert_note(tx, 101, std::string(9'000, 'm')));
        return {};
    };
    const auto expect_refused = [&](const Result<BackupReport>& refused) {
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().type, "storage-failed") << error_of(refused);
        EXPECT_EQ(notes_in(to.folder / "lares.db"), live);
        EXPECT_TRUE(DataLock::take(to.folder));
    };
    // The disk has room for the log, and none for a file that grows.
    std::optional<FilesAtMost> limit;
    const auto size = fs::file_size(folder_ / "b" / "lares.db");
    auto full = restore_from(folder_ / "b", to, sets, [&](Tx& tx) {
        limit.emplace(size);
        return change(tx);
    });
    limit.reset();
    expect_refused(full);
    // Somebody else reads it, so that the log is not emptied.
    std::unique_ptr<Connection> other;
    auto held = restore_from(folder_ / "b", to, sets, [&](Tx& tx) -> Result<void> {
        LARES_TRY(const auto place,
                  tx.one<std::string>("SELECT file FROM pragma_database_list WHERE name = 'main'"));
        LARES_TRY(other, sqlite::Driver({.file = *place, .vfs = {}}).open(Mode::reader));
        LARES_CHECK(other->begin_read());
        LARES_CHECK(Reader(*other).one<std::int64_t>("SELECT count(*) FROM notes"));
        return change(tx);
    });
    other.reset();
    expect_refused(held);
    ASSERT_TRUE(restore_from(folder_ / "b", to, sets, change));
    EXPECT_EQ(notes_in(to.folder / "lares.db").size(), 7u);
}

TEST_F(Backup, RefusesWhileAServerHoldsTheFolder) {
    const DataFolder from = data("from"), to = data("to");
    fill(from, 5);
    ASSERT_TRUE(backup_to(from, folder_ / "b"));
    auto lock = DataLock::take(to.folder);
    ASSERT_TRUE(lock);
    // flock is per open file: a second taker in this process is like another process.
    auto refused = restore_from(folder_ / "b", to, sets);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().type, "data-in-use");
    EXPECT_NE(refused.error().message.find(std::to_string(::getpid())), std::string::npos)
        << refused.error().message;
    EXPECT_FALSE(DataLock::take(to.folder));
}

TEST_F(Backup, AnInterruptedRestoreKeepsAServerFromStarting) {
    const DataFolder to = data("to");
    write_text(to.folder / restore_marker, "somewhere");
    write_text(to.folder / ".restore-abcdef/lares.db", "left over");
    auto lock = DataLock::take(to.folder);
    ASSERT_FALSE(lock);
    EXPECT_EQ(lock.error().type, "restore-unfinished");
    const DataFolder from = data("from");
    fill(from, 5);
    ASSERT_TRUE(backup_to(from, folder_ / "b"));
    ASSERT_TRUE(restore_from(folder_ / "b", to, sets));
    EXPECT_FALSE(fs::exists(to.folder / ".restore-abcdef"));
    EXPECT_TRUE(DataLock::take(to.folder));
}

TEST(ManifestText, RefusesPathsThatLeaveTheFolder) {
    EXPECT_TRUE(is_inner_path("a/b.c"));
    for (const char* bad : {"", "/etc/passwd", "../x", "a/../../x", "a//b", "./a", "a\nb", "a/"})
        EXPECT_FALSE(is_inner_path(bad)) << bad;
    EXPECT_FALSE(is_inner_path(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace lares::db
