#include "db/migration.h"

#include <chrono>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "db/digest.h"
#include "db/tx.h"

namespace lares::db {

namespace {

// storage_probe is what the writer updates to learn whether a failed store works again.
constexpr std::string_view own_schema = R"sql(
CREATE TABLE IF NOT EXISTS schema_migrations (
    folder TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, checksum TEXT NOT NULL,
    applied_at INTEGER NOT NULL, PRIMARY KEY (folder, number)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS storage_probe (
    id INTEGER PRIMARY KEY CHECK (id = 1), probed_at INTEGER NOT NULL, filler BLOB NOT NULL) STRICT;
INSERT OR IGNORE INTO storage_probe VALUES (1, 0, zeroblob(16384));
)sql";

struct Applied {
    std::string folder;
    int number = 0;
    std::string name;
    std::string checksum;
};

std::int64_t now_ms() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::string label(std::string_view folder, int number, std::string_view name) {
    return std::string(folder) + " " + std::to_string(number) + " (" + std::string(name) + ")";
}

Result<void> in_transaction(Connection& connection, auto&& work) {
    LARES_CHECK(connection.begin_write());
    auto done = work();
    if (done) done = connection.commit();
    if (!done) connection.rollback();
    return done;
}

Result<void> apply(Connection& connection, std::string_view folder, const Migration& migration,
                   const std::string& checksum) {
    auto done = in_transaction(connection, [&]() -> Result<void> {
        LARES_CHECK(connection.script(migration.sql));
        LARES_CHECK(Tx(connection)
                        .run("INSERT INTO schema_migrations VALUES (?1, ?2, ?3, ?4, ?5)", folder,
                             migration.number, migration.name, checksum, now_ms()));
        return {};
    });
    if (done) return {};
    Error error = std::move(done).error();
    error.message =
        "Migration " + label(folder, migration.number, migration.name) + " failed: " + error.message;
    error.type = "migration-failed";
    return fail(std::move(error));
}

struct Pending {
    std::string_view folder;
    const Migration* migration;
    std::string checksum;
};

// Everything is judged before anything is changed.
Result<std::vector<Pending>> judge(std::vector<Applied> rows, std::span<const MigrationSet> sets) {
    std::map<std::pair<std::string, int>, Applied> applied;
    for (auto& row : rows) applied.emplace(std::pair(row.folder, row.number), row);
    std::vector<Pending> pending;
    for (const MigrationSet& set : sets) {
        int expected = 1;
        for (const Migration& migration : set.migrations) {
            if (migration.number != expected++)
                return fail(Code::internal, "migration-order",
                            "Migration " + label(set.folder, migration.number, migration.name) +
                                " is out of order: number them 1, 2, 3 …");
            std::string checksum = sha256_hex(migration.sql);
            const auto known = applied.find({std::string(set.folder), migration.number});
            if (known == applied.end()) {
                pending.push_back({set.folder, &migration, std::move(checksum)});
                continue;
            }
            if (known->second.checksum != checksum)
                return fail(
                    Code::internal, "migration-changed",
                    "Migration " + label(set.folder, migration.number, migration.name) +
                        " differs from the one this database was made with. Start the version that made "
                        "it, or restore a backup.");
            applied.erase(known);
        }
    }
    if (!applied.empty()) {
        const Applied& first = applied.begin()->second;
        return fail(Code::internal, "schema-newer",
                    "This database was written by a newer version: it has migration " +
                        label(first.folder, first.number, first.name) +
                        ", which this program does not know. Start that version or a later one.");
    }
    return pending;
}

Result<std::vector<Applied>> applied_of(Connection& connection) {
    return Reader(connection)
        .rows<Applied>(
            "SELECT folder, number, name, checksum FROM schema_migrations ORDER BY folder, number");
}

}  // namespace

Result<void> migrate(Connection& connection, std::span<const MigrationSet> sets) {
    LARES_CHECK(in_transaction(connection, [&] { return connection.script(own_schema); }));
    LARES_TRY(auto rows, applied_of(connection));
    LARES_TRY(const auto pending, judge(std::move(rows), sets));
    for (const Pending& item : pending)
        LARES_CHECK(apply(connection, item.folder, *item.migration, item.checksum));
    return {};
}

Result<std::vector<std::string>> pending_migrations(Connection& connection,
                                                    std::span<const MigrationSet> sets) {
    LARES_TRY(
        const auto any,
        Reader(connection).one<std::int64_t>("SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations'"));
    std::vector<Applied> rows;
    if (any) {
        LARES_TRY(rows, applied_of(connection));
    }
    LARES_TRY(const auto pending, judge(std::move(rows), sets));
    std::vector<std::string> out;
    for (const Pending& item : pending)
        out.push_back(label(item.folder, item.migration->number, item.migration->name));
    return out;
}

}  // namespace lares::db
