#include "db/sqlite/connection.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

namespace lares::db::sqlite {

namespace {

Fault classify(int code, int system_error) {
    if (system_error == ENOSPC || system_error == EDQUOT) return Fault::full;
    if (system_error == EROFS) return Fault::read_only;
    switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return Fault::busy;
        case SQLITE_FULL:
            return Fault::full;
        case SQLITE_READONLY:
        case SQLITE_PERM:
            return Fault::read_only;
        case SQLITE_CANTOPEN:
            return system_error == EACCES || system_error == EPERM ? Fault::read_only : Fault::storage;
        case SQLITE_IOERR:
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_NOMEM:
        case SQLITE_PROTOCOL:
            return Fault::storage;
        default:
            return Fault::statement;
    }
}

Error statement_error(int code) {
    switch (code) {
        case SQLITE_CONSTRAINT_UNIQUE:
        case SQLITE_CONSTRAINT_PRIMARYKEY:
        case SQLITE_CONSTRAINT_ROWID:
            return {Code::conflict, "storage-unique", "It exists already.", {}, {}, {}};
        case SQLITE_CONSTRAINT_FOREIGNKEY:
            return {Code::conflict,
                    "storage-reference",
                    "It belongs to something that does not exist.",
                    {},
                    {},
                    {}};
        case SQLITE_TOOBIG:
            return {Code::too_large, "storage-too-big", "It is too large to store.", {}, {}, {}};
        default:
            return {
                Code::internal, "storage-query", "The server could not work with its database.", {}, {}, {}};
    }
}

Error error_for(Fault fault, int code) {
    switch (fault) {
        case Fault::busy:
            return {Code::unavailable,
                    "storage-busy",
                    "Another program holds the database. Try again in a moment.",
                    {},
                    {},
                    1000};
        case Fault::full:
            return {Code::storage_full,
                    "storage-full",
                    "The server's disk is full, so nothing was stored. Free some space and try again.",
                    {},
                    {},
                    {}};
        case Fault::read_only:
            return {Code::unavailable,
                    "storage-read-only",
                    "The server's data folder cannot be written, so nothing was stored. Its operator must "
                    "make it "
                    "writable.",
                    {},
                    {},
                    {}};
        case Fault::storage:
            return {
                Code::unavailable,
                "storage-failed",
                "The server's disk or database failed, so it is not certain that this was stored. Try again.",
                {},
                {},
                {}};
        case Fault::none:
        case Fault::statement:
            break;
    }
    return statement_error(code);
}

// Conversations are private: the file, and the log files that take its mode, are their owner's alone. A file
// that is there is not even opened: closing it would drop the locks of this process's other connections.
void create_private(const std::filesystem::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor >= 0) ::close(descriptor);
}

std::string immutable_uri(const std::filesystem::path& file) {
    std::string out = "file:";
    for (const char c : std::filesystem::absolute(file).string()) {
        if (c == '%' || c == '?' || c == '#')
            out += c == '%' ? "%25" : c == '?' ? "%3f" : "%23";
        else
            out += c;
    }
    return out + "?immutable=1";
}

}  // namespace

Statement::~Statement() {
    sqlite3_finalize(statement_);
}

Result<void> Statement::bind(std::span<const Param> params) {
    const int wanted = sqlite3_bind_parameter_count(statement_);
    if (static_cast<std::size_t>(wanted) != params.size())
        return connection_.failed(SQLITE_RANGE, "bind: count");
    int index = 0;
    for (const Param& param : params) {
        ++index;
        int code = SQLITE_OK;
        // An empty view may be a null pointer, which would bind NULL.
        const char* bytes = param.bytes.data() ? param.bytes.data() : "";
        switch (param.kind) {
            case Kind::null:
                code = sqlite3_bind_null(statement_, index);
                break;
            case Kind::integer:
                code = sqlite3_bind_int64(statement_, index, param.integer);
                break;
            case Kind::real:
                code = sqlite3_bind_double(statement_, index, param.real);
                break;
            case Kind::text:
                code = sqlite3_bind_text64(statement_, index, bytes, param.bytes.size(), SQLITE_STATIC,
                                           SQLITE_UTF8);
                break;
            case Kind::blob:
                code = sqlite3_bind_blob64(statement_, index, bytes, param.bytes.size(), SQLITE_STATIC);
                break;
            case Kind::uuid: {
                const std::string text = param.uuid.text();
                code = sqlite3_bind_text64(statement_, index, text.data(), text.size(), SQLITE_TRANSIENT,
                                           SQLITE_UTF8);
                break;
            }
        }
        if (code != SQLITE_OK) return connection_.failed(code, "bind");
    }
    return {};
}

Result<bool> Statement::step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return connection_.failed(code, sqlite3_sql(statement_));
}

Cell Statement::column(std::size_t index) const {
    const int column = static_cast<int>(index);
    switch (sqlite3_column_type(statement_, column)) {
        case SQLITE_INTEGER:
            return {.kind = Kind::integer, .integer = sqlite3_column_int64(statement_, column), .bytes = {}};
        case SQLITE_FLOAT:
            return {.kind = Kind::real, .real = sqlite3_column_double(statement_, column), .bytes = {}};
        case SQLITE_TEXT: {
            const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
            return {.kind = Kind::text,
                    .bytes = {text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))}};
        }
        case SQLITE_BLOB: {
            const auto* blob = static_cast<const char*>(sqlite3_column_blob(statement_, column));
            return {.kind = Kind::blob,
                    .bytes = {blob, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))}};
        }
        default:
            return {};
    }
}

std::size_t Statement::columns() const {
    return static_cast<std::size_t>(sqlite3_column_count(statement_));
}

void Statement::reset() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
}

bool Statement::busy() const {
    return sqlite3_stmt_busy(statement_) != 0;
}

Result<std::unique_ptr<Connection>> Connection::open(const OpenOptions& options) {
    // SQLite sums up its memory under a lock of the whole process, at each block; nobody asks for the sum.
    [[maybe_unused]] static const int uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    std::unique_ptr<Connection> out(new Connection());
    const bool writer = options.mode == Mode::writer;
    if (writer && options.file != ":memory:") create_private(options.file);
    const int flags = (writer ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY) |
                      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const bool inspects = options.mode == Mode::inspector;
    const std::string name = inspects ? immutable_uri(options.file) : options.file.string();
    const int code = sqlite3_open_v2(name.c_str(), &out->handle_, inspects ? flags | SQLITE_OPEN_URI : flags,
                                     options.vfs.empty() ? nullptr : options.vfs.c_str());
    if (code != SQLITE_OK) return out->failed(code, options.file.c_str());
    LARES_CHECK(out->configure(options));
    return out;
}

Result<void> Connection::configure(const OpenOptions& options) {
    busy_ms_ = options.busy_ms;
    checkpoint_pages_ = options.checkpoint_pages;
    sqlite3_busy_timeout(handle_, static_cast<int>(busy_ms_));
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);  // until shrink_log
    LARES_CHECK(
        script("PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;"
               "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;"));
    if (options.mode == Mode::reader || options.mode == Mode::inspector)
        return script("PRAGMA query_only = ON");
    if (options.mode == Mode::copier) return {};
    // A checkpoint is the writer's own step (tidy), so that its failure is seen. Deleted text is overwritten.
    LARES_CHECK(
        script("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;"
               "PRAGMA journal_size_limit = 67108864; PRAGMA secure_delete = FAST;"));
    sqlite3_wal_hook(handle_, &Connection::on_wal, this);
    return {};
}

Connection::~Connection() {
    statements_.clear();
    sqlite3_close(handle_);
}

tl::unexpected<Error> Connection::failed(int code, const char* what) {
    const int system_error =
        handle_ && (code & 0xff) != SQLITE_CONSTRAINT ? sqlite3_system_errno(handle_) : 0;
    const bool of_system = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;
    const Fault fault = classify(code, of_system ? system_error : 0);
    Error error = error_for(fault, code);
    error.detail = "sqlite " + std::to_string(code) + " (" + sqlite3_errstr(code) + ")";
    if (handle_) error.detail += std::string(": ") + sqlite3_errmsg(handle_);
    if (of_system && system_error != 0) error.detail += std::string(", ") + std::strerror(system_error);
    error.detail += std::string(", in: ") + what;
    if (fault > fault_) {
        fault_ = fault;
        fault_error_ = error;
    }
    return lares::fail(std::move(error));
}

Result<db::Statement*> Connection::prepare(Sql sql) {
    auto& cached = statements_[sql.key()];
    if (!cached) {
        sqlite3_stmt* statement = nullptr;
        const int code = sqlite3_prepare_v3(handle_, sql.text().data(), static_cast<int>(sql.text().size()),
                                            SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
        if (code != SQLITE_OK) return failed(code, sql.text().data());
        cached = std::make_unique<Statement>(*this, statement);
    }
    if (cached->busy()) return failed(SQLITE_MISUSE, "a statement is used within its own rows");
    return cached.get();
}

Result<void> Connection::script(std::string_view text) {
    const std::string copy(text);
    const int code = sqlite3_exec(handle_, copy.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return failed(code, copy.c_str());
    return {};
}

Result<void> Connection::execute(Sql sql) {
    LARES_TRY(auto* statement, prepare(sql));
    auto row = statement->step();
    statement->reset();
    if (!row) return tl::unexpected(std::move(row).error());
    return {};
}

std::int64_t Connection::changes() const {
    return sqlite3_changes64(handle_);
}

Result<void> Connection::begin_write() {
    fault_ = Fault::none;
    return execute("BEGIN IMMEDIATE");
}
Result<void> Connection::begin_read() {
    fault_ = Fault::none;
    return execute("BEGIN");
}
Result<void> Connection::savepoint() {
    return execute("SAVEPOINT closure");
}
Result<void> Connection::release() {
    return execute("RELEASE closure");
}
Result<void> Connection::rollback_savepoint() {
    LARES_CHECK(execute("ROLLBACK TO closure"));
    return execute("RELEASE closure");
}
Result<void> Connection::commit() {
    return execute("COMMIT");
}

void Connection::rollback() {
    if (!in_transaction()) return;
    if (!execute("ROLLBACK")) fault_ = Fault::storage;
}

bool Connection::in_transaction() const {
    return sqlite3_get_autocommit(handle_) == 0;
}

int Connection::on_wal(void* self, sqlite3*, const char*, int pages) {
    static_cast<Connection*>(self)->wal_pages_ = pages;
    return SQLITE_OK;
}

Result<void> Connection::tidy() {
    if (wal_pages_ < checkpoint_pages_) return {};
    wal_pages_ = 0;
    const int code = sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) return failed(code, "checkpoint");
    return {};
}

// What a checkpoint copies must be on the disk in the log as well: where it is only in the page cache, a
// power cut before the log is emptied leaves the newer pages in the file under the older log.
Result<void> Connection::write_log_again() {
    sqlite3_file* log = nullptr;
    int code = sqlite3_file_control(handle_, "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&log));
    sqlite3_int64 size = 0;
    if (code == SQLITE_OK && log && log->pMethods) code = log->pMethods->xFileSize(log, &size);
    std::array<char, 1 << 16> part;
    for (sqlite3_int64 at = 0; code == SQLITE_OK && at < size;) {
        const int count = static_cast<int>(std::min<sqlite3_int64>(part.size(), size - at));
        code = log->pMethods->xRead(log, part.data(), count, at);
        if (code == SQLITE_OK) code = log->pMethods->xWrite(log, part.data(), count, at);
        at += count;
    }
    if (code == SQLITE_OK && size > 0) code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
    if (code != SQLITE_OK) return failed(code, "writing the log again");
    return {};
}

Result<void> Connection::shrink_log() {
    LARES_CHECK(begin_write());  // nobody adds to the log meanwhile
    auto written = write_log_again();
    rollback();
    if (!written) return written;
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
    sqlite3_busy_timeout(handle_, 100);  // a long reader (a backup) is not waited for
    const int code =
        sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    sqlite3_busy_timeout(handle_, static_cast<int>(busy_ms_));
    if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) return failed(code, "checkpoint");
    return {};
}

}  // namespace lares::db::sqlite
