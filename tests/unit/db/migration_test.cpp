// Migrations run once, in order; an edited or unknown one refuses by name; a crash between two is resumed.
#include "fixture.h"

namespace lares::db {
namespace {

using test::Folder;

constexpr Migration one[] = {{1, "first", "CREATE TABLE a (x INTEGER) STRICT"}};
constexpr Migration two[] = {{1, "first", "CREATE TABLE a (x INTEGER) STRICT"},
                             {2, "second", "CREATE TABLE b (x INTEGER) STRICT; INSERT INTO b VALUES (1)"}};
constexpr Migration edited[] = {{1, "first", "CREATE TABLE a (x TEXT) STRICT"}};
constexpr Migration broken[] = {
    {1, "first", "CREATE TABLE a (x INTEGER) STRICT"},
    {2, "second", "CREATE TABLE b (x INTEGER) STRICT; INSERT INTO nowhere VALUES (1)"}};
constexpr Migration gap[] = {{1, "first", "CREATE TABLE a (x INTEGER) STRICT"}, {3, "third", "SELECT 1"}};

Result<std::unique_ptr<Database>> open_with(const Folder& folder, std::vector<MigrationSet> sets) {
    Options options;
    options.file = folder / "m.db";
    options.migrations = std::move(sets);
    return Database::open(std::move(options));
}

std::string error_of(const Result<std::unique_ptr<Database>>& opened) {
    return opened ? "none" : opened.error().type + ": " + opened.error().message;
}

TEST(Migrations, RunOnceAndGoOn) {
    Folder folder;
    EXPECT_EQ(error_of(open_with(folder, {{"a", one}})), "none");
    EXPECT_EQ(error_of(open_with(folder, {{"a", one}})), "none");
    auto database = open_with(folder, {{"a", two}});
    ASSERT_TRUE(database) << error_of(database);
    auto rows = (*database)->read_blocking([](Reader& r) { return r.rows<int>("SELECT x FROM b"); });
    ASSERT_TRUE(rows);
    EXPECT_EQ(rows->size(), 1u);
}

TEST(Migrations, AnEditedOneRefusesByName) {
    Folder folder;
    ASSERT_TRUE(open_with(folder, {{"a", one}}));
    const std::string error = error_of(open_with(folder, {{"a", edited}}));
    EXPECT_TRUE(error.starts_with("migration-changed:")) << error;
    EXPECT_NE(error.find("a 1 (first)"), std::string::npos) << error;
}

TEST(Migrations, ANewerSchemaRefusesByName) {
    Folder folder;
    ASSERT_TRUE(open_with(folder, {{"a", two}}));
    const std::string error = error_of(open_with(folder, {{"a", one}}));
    EXPECT_TRUE(error.starts_with("schema-newer:")) << error;
    EXPECT_NE(error.find("a 2 (second)"), std::string::npos) << error;
    EXPECT_TRUE(error_of(open_with(folder, {})).starts_with("schema-newer:"));
}

TEST(Migrations, AFailedOneLeavesNothingAndIsResumed) {
    Folder folder;
    const std::string error = error_of(open_with(folder, {{"a", broken}}));
    EXPECT_TRUE(error.starts_with("migration-failed:")) << error;
    auto database = open_with(folder, {{"a", two}});  // table b is not left over: this would fail
    ASSERT_TRUE(database) << error_of(database);
    auto applied = (*database)->read_blocking(
        [](Reader& r) { return r.one<int>("SELECT count(*) FROM schema_migrations WHERE folder = 'a'"); });
    ASSERT_TRUE(applied);
    EXPECT_EQ(**applied, 2);
}

TEST(Migrations, NumbersHaveNoGap) {
    Folder folder;
    EXPECT_TRUE(error_of(open_with(folder, {{"a", gap}})).starts_with("migration-order:"));
}

}  // namespace
}  // namespace lares::db
