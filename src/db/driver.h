#pragma once
// What a kind of database must offer. SQLite stands behind it (sqlite/); PostgreSQL and MySQL are a folder
// each with these three classes. Not for stores: they see Reader and Tx.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "db/sql.h"
#include "db/value.h"

namespace lares::db {

// Why the last call failed, as far as the writer must tell apart.
enum class Fault : std::uint8_t {
    none,
    statement,  // this statement only: constraint, mismatch, bad SQL
    busy,       // another process writes, or a serialisation failure: run the group again
    full,       // no space
    read_only,  // the file or folder cannot be written
    storage,    // I/O error, corruption, lost connection: nothing on this handle can be trusted
};

// A prepared statement of one connection.
class Statement {
public:
    virtual ~Statement() = default;
    virtual Result<void> bind(std::span<const Param> params) = 0;
    virtual Result<bool> step() = 0;  // true: a row is there
    virtual Cell column(std::size_t index) const = 0;
    virtual std::size_t columns() const = 0;
    virtual void reset() = 0;  // releases locks and borrowed arguments
};

// One handle, used by one thread at a time.
class Connection {
public:
    virtual ~Connection() = default;
    virtual Result<Statement*> prepare(Sql sql) = 0;         // from this connection's cache
    virtual Result<void> script(std::string_view text) = 0;  // several statements, for migrations
    virtual std::int64_t changes() const = 0;                // rows changed by the last statement
    virtual Result<void> begin_write() = 0;
    virtual Result<void> begin_read() = 0;  // one snapshot for what follows
    virtual Result<void> savepoint() = 0;
    virtual Result<void> release() = 0;  // keeps what was done since the savepoint
    virtual Result<void> rollback_savepoint() = 0;
    virtual Result<void> commit() = 0;
    virtual void rollback() = 0;                   // never fails: what is left is dropped
    virtual bool in_transaction() const = 0;       // some failures end it by themselves
    virtual Fault fault() const = 0;               // the worst since begin_*
    virtual const Error& fault_error() const = 0;  // what it said
    // What the log holds is on the disk after this, in the file and (when no reader holds it back) no longer
    // in the log: before the first write to a database, and after a failure of the store.
    virtual Result<void> shrink_log() = 0;
    virtual Result<void> tidy() = 0;  // after a commit: checkpoint when it is due
};

// One database: opens handles, and knows whether its place can take writes at all.
enum class Mode : std::uint8_t {
    writer,
    reader,
    copier,     // reads, and may write a new file (a copy of the database)
    inspector,  // reads a file that nobody changes, and leaves nothing beside it
};

class Driver {
public:
    virtual ~Driver() = default;
    virtual Result<std::unique_ptr<Connection>> open(Mode mode) = 0;
    virtual Result<void> check() = 0;  // cheap, without writing: full, read-only, gone
    virtual Result<void> copy_to(const std::filesystem::path& file) = 0;  // one snapshot, verified, flushed
};

}  // namespace lares::db
