#pragma once
// Backup and restore of a data folder: the database, and the files and folders that are named beside it
// (models are not: they can be fetched again). A backup is a folder with a copy of each and MANIFEST, which
// holds size and SHA-256 of every file and of itself.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "db/migration.h"
#include "db/tx.h"

namespace lares::db {

struct DataFolder {
    std::filesystem::path folder;
    std::string database = "lares.db";  // within the folder
    std::vector<std::string> others;    // files and folders within it; one that is absent is left out
};

struct BackupReport {
    std::filesystem::path place;
    std::size_t files = 0;
    std::uint64_t bytes = 0;
    std::filesystem::path kept_aside;  // of a restore: where the replaced data is, empty when there was none
};

// While a server writes: one snapshot of the database, then the files. `target` does not exist yet and
// appears only when it is complete, verified and on the disk.
Result<BackupReport> backup_to(const DataFolder& data, const std::filesystem::path& target);

// Every byte against the manifest, every page of the database. Errors: "backup-damaged" names the file.
Result<BackupReport> verify_backup(const std::filesystem::path& backup, const DataFolder& data);

// Verifies, copies, verifies the copy and opens it with this program's migrations before live data is
// touched; `prepare` then changes what must not come back as it was, in one transaction of the copy. Refuses
// while a server holds the folder. What was there is kept in `before-restore-…` within the
// folder. Interrupted while files are moved: run it again.
Result<BackupReport> restore_from(const std::filesystem::path& backup, const DataFolder& data,
                                  std::span<const MigrationSet> migrations,
                                  const std::function<Result<void>(Tx&)>& prepare = {});

}  // namespace lares::db
