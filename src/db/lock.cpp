#include "db/lock.h"

#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/text.h"

namespace lares::db {

Result<DataLock> DataLock::take(const std::filesystem::path& folder, For purpose) {
    const std::filesystem::path file = folder / lock_file;
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        const bool read_only = errno == EROFS || errno == EACCES || errno == EPERM;
        return fail(Code::unavailable, read_only ? "storage-read-only" : "storage-failed",
                    "The data folder " + folder.string() + " cannot be written (" + std::strerror(errno) +
                        "): make it writable for this user, or name another with --data.");
    }
    DataLock lock(descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        char holder[32] = {};
        const ssize_t got = ::pread(descriptor, holder, sizeof holder - 1, 0);
        const std::string process = got > 0 ? " (process " + std::string(trim(holder)) + ")" : "";
        return fail(Code::conflict, "data-in-use",
                    "The data folder " + folder.string() + " is in use by another lares" + process +
                        ": stop it first, or name another folder with --data.");
    }
    if (purpose == For::serving && std::filesystem::exists(folder / restore_marker))
        return fail(Code::conflict, "restore-unfinished",
                    "A restore into " + folder.string() +
                        " was interrupted: run the same `lares restore` again before you start the server.");
    const std::string process = std::to_string(::getpid()) + "\n";
    // Who holds it is a courtesy to the reader of the message above; the lock holds without it.
    if (::ftruncate(descriptor, 0) == 0 && ::pwrite(descriptor, process.data(), process.size(), 0) > 0)
        return lock;
    return lock;
}

DataLock::~DataLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace lares::db
