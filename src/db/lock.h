#pragma once
// One server or restore at a time works on a data folder. The kernel lets go of the lock when the process
// ends, however it ends.
#include <filesystem>

#include "base/result.h"

namespace lares::db {

inline constexpr const char* lock_file = "lares.lock";
// Stands in the data folder while a restore moves files into place: a server must not start on half of it.
inline constexpr const char* restore_marker = "restore-unfinished";

class DataLock {
public:
    enum class For { serving, restoring };
    // Errors: "data-in-use" (names the process that holds it), "restore-unfinished" (only for serving),
    // "storage-read-only", "storage-failed".
    static Result<DataLock> take(const std::filesystem::path& folder, For purpose = For::serving);
    DataLock(DataLock&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
    DataLock& operator=(DataLock&&) = delete;
    ~DataLock();

private:
    explicit DataLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

}  // namespace lares::db
