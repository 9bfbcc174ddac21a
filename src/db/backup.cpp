#include "db/backup.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>

#include <unistd.h>

#include "db/database.h"
#include "db/digest.h"
#include "db/durable.h"
#include "db/lock.h"
#include "db/manifest.h"
#include "db/sqlite/driver.h"

namespace lares::db {

namespace fs = std::filesystem;

namespace {

constexpr const char* manifest_file = "MANIFEST";
constexpr std::uint64_t manifest_max = 64 * 1024 * 1024;
constexpr std::int64_t copy_busy_ms = 30'000;

std::int64_t now_ms() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

tl::unexpected<Error> damaged(const std::string& file, const std::string& why) {
    return fail(Code::unprocessable, "backup-damaged", "The backup is damaged: " + file + " " + why + ".");
}

tl::unexpected<Error> io_failed(const fs::path& place, const std::error_code& error) {
    const bool full = error == std::errc::no_space_on_device;
    return fail(full ? Code::storage_full : Code::unavailable, full ? "storage-full" : "storage-failed",
                place.string() + ": " + error.message());
}

// A folder being made, which is removed again unless it was kept.
class Staging {
public:
    static Result<Staging> make(const fs::path& parent, const std::string& name) {
        std::string place = (parent.empty() ? fs::path(".") : parent) / ("." + name + "-XXXXXX");
        if (::mkdtemp(place.data()) == nullptr)
            return io_failed(place, std::error_code(errno, std::generic_category()));
        return Staging(place);
    }
    Staging(Staging&& other) noexcept : place_(std::exchange(other.place_, {})) {}
    Staging& operator=(Staging&&) = delete;
    ~Staging() {
        std::error_code ignored;
        if (!place_.empty()) fs::remove_all(place_, ignored);
    }
    const fs::path& place() const { return place_; }
    void keep() { place_.clear(); }

private:
    explicit Staging(fs::path place) : place_(std::move(place)) {}
    fs::path place_;
};

// What an interrupted restore left; the caller holds the folder's lock.
void remove_stale_staging(const fs::path& folder, std::string_view name) {
    const std::string prefix = "." + std::string(name) + "-";
    std::vector<fs::path> stale;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored))
        if (entry.path().filename().string().starts_with(prefix)) stale.push_back(entry.path());
    for (const fs::path& place : stale) fs::remove_all(place, ignored);
}

Result<void> make_folders(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return io_failed(folder, error);
    return {};
}

// Regular files below `root/inner`, relative to root; links are not followed.
Result<std::vector<std::string>> files_below(const fs::path& root, const std::string& inner) {
    std::vector<std::string> out;
    std::error_code error;
    const fs::path start = root / inner;
    const auto status = fs::symlink_status(start, error);
    if (fs::is_regular_file(status)) return std::vector<std::string>{inner};
    if (!fs::is_directory(status)) return out;
    for (fs::recursive_directory_iterator it(start, error), end; !error && it != end; it.increment(error))
        if (it->symlink_status().type() == fs::file_type::regular)
            out.push_back(it->path().lexically_relative(root).generic_string());
    if (error) return io_failed(start, error);
    return out;
}

Result<ManifestFile> describe(const fs::path& root, const std::string& path) {
    LARES_TRY(auto digest, sha256_of_file(root / path));
    std::error_code error;
    const std::uint64_t size = fs::file_size(root / path, error);
    if (error) return io_failed(root / path, error);
    return ManifestFile{path, size, std::move(digest)};
}

Result<void> flush_folders(const fs::path& root) {
    std::error_code error;
    for (fs::recursive_directory_iterator it(root, error), end; !error && it != end; it.increment(error))
        if (it->is_directory()) LARES_CHECK(flush_folder(it->path()));
    return flush_folder(root);
}

Result<Manifest> read_manifest(const fs::path& backup) {
    std::error_code error;
    const fs::path file = backup / manifest_file;
    if (!fs::is_regular_file(file, error))
        return fail(Code::unprocessable, "backup-damaged",
                    backup.string() + " is not a Lares backup: it has no MANIFEST.");
    if (fs::file_size(file, error) > manifest_max) return damaged(manifest_file, "is too large");
    std::ifstream stream(file, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(stream)), {});
    return Manifest::parse(text);
}

// Only the database's file is moved: a log that stays behind would take with it what was just changed.
Result<void> fold_log(const fs::path& database) {
    sqlite::Driver driver({.file = database, .vfs = {}});
    {
        LARES_TRY(const auto connection, driver.open(Mode::writer));
        LARES_CHECK(connection->shrink_log());
    }
    const fs::path log = database.string() + "-wal";
    std::error_code absent;
    if (const auto left = fs::file_size(log, absent); !absent && left > 0)
        return fail(Code::unavailable, "storage-failed",
                    log.string() + ": the log could not be written into the database.");
    LARES_CHECK(flush_file(database));
    return sqlite::verify(database);
}

// Every listed file as it was, and nothing else.
Result<void> check_files(const fs::path& root, const Manifest& manifest) {
    LARES_TRY(auto present, files_below(root, ""));
    for (std::string& path : present) path = fs::path(path).lexically_normal().generic_string();
    for (const ManifestFile& file : manifest.files) {
        if (std::find(present.begin(), present.end(), file.path) == present.end())
            return damaged(file.path, "is missing");
        LARES_TRY(auto actual, describe(root, file.path));
        if (actual.size != file.size)
            return damaged(file.path,
                           "has " + std::to_string(actual.size) + " bytes, not " + std::to_string(file.size));
        if (actual.sha256 != file.sha256) return damaged(file.path, "was changed");
    }
    if (present.size() != manifest.files.size() + 1)
        return damaged("the folder", "holds files that MANIFEST does not list");
    return {};
}

BackupReport report_of(const fs::path& place, const Manifest& manifest) {
    BackupReport out{place, manifest.files.size(), 0, {}};
    for (const ManifestFile& file : manifest.files) out.bytes += file.size;
    return out;
}

}  // namespace

Result<BackupReport> backup_to(const DataFolder& data, const fs::path& target) {
    if (fs::exists(target))
        return fail(Code::conflict, "backup-exists", target.string() + " exists already: name a new folder.");
    const fs::path source = data.folder / data.database;
    if (!fs::exists(source))
        return fail(Code::not_found, "no-database",
                    "There is no database " + source.string() + " to back up.");
    LARES_CHECK(make_folders(fs::absolute(target).parent_path()));
    LARES_TRY(auto staging, Staging::make(fs::absolute(target).parent_path(), target.filename().string()));

    // The database first: what it refers to was written before its row, so it is in the files that follow.
    sqlite::Driver driver({.file = source, .busy_ms = copy_busy_ms, .vfs = {}});
    LARES_CHECK(driver.copy_to(staging.place() / data.database));
    Manifest manifest{now_ms(), data.database, {}};
    std::vector<std::string> paths{data.database};
    for (const std::string& other : data.others) {
        LARES_TRY(auto files, files_below(data.folder, other));
        for (const std::string& path : files) {
            if (!is_inner_path(path))
                return fail(Code::unprocessable, "backup-name",
                            "Cannot back up a file with this name: " + path);
            LARES_CHECK(make_folders((staging.place() / path).parent_path()));
            auto copied = copy_durably(data.folder / path, staging.place() / path);
            if (!copied && !fs::exists(data.folder / path)) continue;  // deleted meanwhile
            LARES_CHECK(copied);
            paths.push_back(path);
        }
    }
    std::sort(paths.begin(), paths.end());
    for (const std::string& path : paths) {
        LARES_TRY(auto file, describe(staging.place(), path));
        manifest.files.push_back(std::move(file));
    }
    LARES_CHECK(write_file(staging.place() / manifest_file, manifest.text()));
    LARES_CHECK(flush_folders(staging.place()));
    LARES_CHECK(move_to(staging.place(), fs::absolute(target)));
    staging.keep();
    return report_of(target, manifest);
}

Result<BackupReport> verify_backup(const fs::path& backup, const DataFolder& data) {
    LARES_TRY(auto manifest, read_manifest(backup));
    if (manifest.database != data.database) return damaged(manifest_file, "names another database");
    LARES_CHECK(check_files(backup, manifest));
    LARES_CHECK(sqlite::verify(backup / manifest.database));
    return report_of(backup, manifest);
}

Result<BackupReport> restore_from(const fs::path& backup, const DataFolder& data,
                                  std::span<const MigrationSet> migrations,
                                  const std::function<Result<void>(Tx&)>& prepare) {
    LARES_TRY(auto report, verify_backup(backup, data));
    LARES_TRY(auto manifest, read_manifest(backup));
    LARES_CHECK(make_folders(data.folder));
    LARES_TRY(const auto lock, DataLock::take(data.folder, DataLock::For::restoring));

    remove_stale_staging(data.folder, "restore");
    LARES_TRY(auto staging, Staging::make(data.folder, "restore"));
    for (const ManifestFile& file : manifest.files) {
        LARES_CHECK(make_folders((staging.place() / file.path).parent_path()));
        LARES_CHECK(copy_durably(backup / file.path, staging.place() / file.path));
    }
    LARES_CHECK(copy_durably(backup / manifest_file, staging.place() / manifest_file));
    LARES_CHECK(check_files(staging.place(), manifest));
    {
        Options options;
        options.file = staging.place() / manifest.database;
        options.migrations.assign(migrations.begin(), migrations.end());
        options.inline_mode = true;
        LARES_TRY(const auto opened, Database::open(std::move(options)));
        if (prepare) LARES_CHECK(opened->write_blocking([&prepare](Tx& tx) { return prepare(tx); }));
    }
    LARES_CHECK(fold_log(staging.place() / manifest.database));
    LARES_CHECK(flush_folders(staging.place()));

    // From here on files move; the marker keeps a server from starting on half of them.
    if (!fs::exists(data.folder / restore_marker))
        LARES_CHECK(write_file(data.folder / restore_marker, backup.string() + "\n"));
    LARES_CHECK(flush_folder(data.folder));
    const fs::path aside = data.folder / ("before-restore-" + std::to_string(now_ms()));
    LARES_CHECK(make_folders(aside));
    std::vector<std::string> replaced = data.others;
    for (const char* suffix : {"", "-wal", "-shm"}) replaced.push_back(data.database + suffix);
    for (const std::string& path : replaced) {
        if (!fs::exists(fs::symlink_status(data.folder / path))) continue;
        LARES_CHECK(make_folders((aside / path).parent_path()));
        LARES_CHECK(move_to(data.folder / path, aside / path));
        report.kept_aside = aside;
    }
    if (report.kept_aside.empty()) fs::remove(aside);
    for (const ManifestFile& file : manifest.files) {
        LARES_CHECK(make_folders((data.folder / file.path).parent_path()));
        LARES_CHECK(move_to(staging.place() / file.path, data.folder / file.path));
    }
    LARES_CHECK(flush_folder(data.folder));
    std::error_code error;
    fs::remove(data.folder / restore_marker, error);
    if (error) return io_failed(data.folder / restore_marker, error);
    LARES_CHECK(flush_folder(data.folder));
    report.place = data.folder;
    return report;
}

}  // namespace lares::db
