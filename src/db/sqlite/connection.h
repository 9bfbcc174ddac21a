#pragma once
// SQLite behind Connection: WAL, synchronous=FULL, foreign keys on, nothing in a schema is trusted.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>

#include "db/driver.h"

struct sqlite3;
struct sqlite3_stmt;

namespace lares::db::sqlite {

struct OpenOptions {
    std::filesystem::path file;
    Mode mode = Mode::writer;
    std::int64_t busy_ms = 10'000;
    std::string vfs;
    int checkpoint_pages = 1000;
};

class Connection;

class Statement final : public db::Statement {
public:
    Statement(Connection& connection, sqlite3_stmt* statement)
        : connection_(connection), statement_(statement) {}
    ~Statement() override;
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    Result<void> bind(std::span<const Param> params) override;
    Result<bool> step() override;
    Cell column(std::size_t index) const override;
    std::size_t columns() const override;
    void reset() override;
    bool busy() const;

private:
    Connection& connection_;
    sqlite3_stmt* statement_;
};

class Connection final : public db::Connection {
public:
    static Result<std::unique_ptr<Connection>> open(const OpenOptions& options);
    ~Connection() override;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    Result<db::Statement*> prepare(Sql sql) override;
    Result<void> script(std::string_view text) override;
    std::int64_t changes() const override;
    Result<void> begin_write() override;
    Result<void> begin_read() override;
    Result<void> savepoint() override;
    Result<void> release() override;
    Result<void> rollback_savepoint() override;
    Result<void> commit() override;
    void rollback() override;
    bool in_transaction() const override;
    Fault fault() const override { return fault_; }
    const Error& fault_error() const override { return fault_error_; }
    Result<void> tidy() override;
    Result<void> shrink_log() override;

    tl::unexpected<Error> failed(int code, const char* what);  // notes the fault, and says it

private:
    Connection() = default;
    Result<void> configure(const OpenOptions& options);
    Result<void> execute(Sql sql);
    Result<void> write_log_again();
    static int on_wal(void* self, sqlite3*, const char*, int pages);

    sqlite3* handle_ = nullptr;
    // Bounded: one entry for each Sql literal of the program.
    std::unordered_map<const void*, std::unique_ptr<Statement>> statements_;
    Fault fault_ = Fault::none;
    Error fault_error_;
    std::int64_t busy_ms_ = 0;
    int checkpoint_pages_ = 0;
    int wal_pages_ = 0;
};

}  // namespace lares::db::sqlite
