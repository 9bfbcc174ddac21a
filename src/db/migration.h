#pragma once
// Forward-only changes of the schema. A product folder lists its own in migrations.h:
//   inline constexpr db::Migration migrations[] = {{1, "conversations", R"sql(CREATE TABLE …)sql"}, …};
// and app passes {"chat", migrations} in the order in which folders depend on one another. A migration that
// was released is never edited: its checksum is stored, and a changed one refuses to start.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lares::db {

class Connection;

struct Migration {
    int number;             // 1, 2, 3 … within its folder
    std::string_view name;  // a few words, shown in errors
    std::string_view sql;   // one or more statements
};

struct MigrationSet {
    std::string_view folder;
    std::span<const Migration> migrations;
};

// Each migration and its record are one transaction: a crash between two is resumed by the next start.
// Errors: "migration-changed" (a stored one has another checksum), "schema-newer" (the database knows more
// than this program), "migration-failed"; each names folder and number.
Result<void> migrate(Connection& connection, std::span<const MigrationSet> sets);

// What migrate() would apply, each as "chat 3 (branches)", without changing anything. Errors as migrate.
Result<std::vector<std::string>> pending_migrations(Connection& connection,
                                                    std::span<const MigrationSet> sets);

}  // namespace lares::db
