#pragma once
// A folder that disappears with the test, and a small schema like chat's.
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "db/database.h"

namespace lares::db::test {

class Folder {
public:
    explicit Folder(const std::filesystem::path& parent = std::filesystem::temp_directory_path()) {
        std::string name = (parent / "lares-db-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::filesystem::path operator/(const char* name) const { return path_ / name; }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

inline constexpr Migration notes_migrations[] = {
    {1, "notes",
     "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;"
     "CREATE TABLE tags (note INTEGER NOT NULL REFERENCES notes (id), tag TEXT NOT NULL) STRICT;"},
};

inline Options notes_options(const std::filesystem::path& file) {
    Options options;
    options.file = file;
    options.migrations = {{"notes", notes_migrations}};
    options.probe_ms = 20;
    return options;
}

inline std::unique_ptr<Database> open_notes(Options options) {
    auto database = Database::open(std::move(options));
    EXPECT_TRUE(database.has_value()) << database.error().message << " | " << database.error().detail;
    return database ? std::move(*database) : nullptr;
}

inline Result<std::int64_t> insert_note(Tx& tx, std::int64_t id, const std::string& text) {
    return tx.run("INSERT INTO notes (id, text) VALUES (?1, ?2)", id, text);
}

inline std::int64_t count_notes(Database& database) {
    auto count = database.read_blocking(
        [](Reader& reader) { return reader.one<std::int64_t>("SELECT count(*) FROM notes"); });
    EXPECT_TRUE(count.has_value() && count->has_value()) << (count ? "" : count.error().detail);
    return count && *count ? **count : -1;
}

}  // namespace lares::db::test
