#include "db/sqlite/driver.h"

#include <cerrno>
#include <cstring>

#include <sys/statvfs.h>
#include <unistd.h>

#include "db/durable.h"
#include "db/sqlite/connection.h"
#include "db/tx.h"

namespace lares::db::sqlite {

namespace {

// Less free space than this counts as full: a commit of one message needs some pages.
constexpr std::uint64_t space_min = 128 * 1024;

tl::unexpected<Error> unusable(Code code, const char* type, const std::filesystem::path& folder,
                               const char* why) {
    return lares::fail(code, type, "The data folder " + folder.string() + " " + why);
}

Result<void> look_for_damage(const std::filesystem::path& file) {
    LARES_TRY(auto connection, Connection::open({.file = file, .mode = Mode::inspector, .vfs = {}}));
    Reader reader(*connection);
    LARES_TRY(auto verdict, reader.one<std::string>("PRAGMA integrity_check(1)"));
    if (!verdict || *verdict != "ok")
        return lares::fail(Code::unprocessable, "database-damaged",
                           file.string() + " is damaged: " + verdict.value_or("no answer"));
    bool dangling = false;
    LARES_CHECK(reader.for_each("PRAGMA foreign_key_check", [&](const Row&) { return !(dangling = true); }));
    if (dangling)
        return lares::fail(Code::unprocessable, "database-damaged",
                           file.string() + " is damaged: rows refer to others that are not there");
    return {};
}

}  // namespace

Result<std::unique_ptr<db::Connection>> Driver::open(Mode mode) {
    OpenOptions options = options_;
    options.mode = mode;
    auto opened = Connection::open(options);
    if (!opened) return tl::unexpected(std::move(opened).error());
    return std::unique_ptr<db::Connection>(std::move(*opened));
}

Result<void> Driver::check() {
    if (options_.file == ":memory:") return {};
    const std::filesystem::path folder = options_.file.has_parent_path() ? options_.file.parent_path() : ".";
    struct statvfs space{};
    if (::statvfs(folder.c_str(), &space) != 0)
        return unusable(Code::unavailable, "storage-failed", folder, std::strerror(errno));
    if ((space.f_flag & ST_RDONLY) != 0 || ::access(folder.c_str(), W_OK) != 0)
        return unusable(Code::unavailable, "storage-read-only", folder,
                        "cannot be written. Make it writable; the server then goes on by itself.");
    if (static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize < space_min)
        return unusable(Code::storage_full, "storage-full", folder,
                        "has no space left. Free some; the server then goes on by itself.");
    return {};
}

Result<void> Driver::copy_to(const std::filesystem::path& file) {
    LARES_CHECK(write_file(file, ""));  // private, and empty, as VACUUM INTO takes it
    {
        // A connection of its own: readers of the pool may not write, and VACUUM must stand outside a
        // transaction.
        LARES_TRY(auto connection, open(Mode::copier));
        LARES_TRY(auto* statement, connection->prepare("VACUUM INTO ?1"));
        const std::string name = file.string();
        const Param param = to_param(name);
        LARES_CHECK(statement->bind({&param, 1}));
        auto done = statement->step();
        statement->reset();
        if (!done) return tl::unexpected(std::move(done).error());
    }
    LARES_CHECK(flush_file(file));
    return verify(file);
}

Result<void> verify(const std::filesystem::path& file) {
    return look_for_damage(file);
}

}  // namespace lares::db::sqlite
