// Values go in and come out as they were; constraint errors are told apart; statements are cached and
// reusable.
#include <cmath>
#include <tuple>

#include "fixture.h"

namespace lares::db {
namespace {

using test::Folder;

enum class State { done, interrupted };
BOOST_DESCRIBE_ENUM(State, done, interrupted)

struct Everything {
    UserId id;
    std::optional<Uuid> parent;
    std::string text;
    Blob bytes;
    double number = 0;
    bool flag = false;
    std::int64_t at = 0;
    std::optional<std::string> note;
    State state = State::done;
    std::int32_t small = 0;
};

class Values : public testing::Test {
protected:
    Values() {
        static constexpr Migration migrations[] = {
            {1, "all",
             "CREATE TABLE things (id TEXT PRIMARY KEY, parent TEXT, text TEXT NOT NULL, bytes BLOB NOT "
             "NULL, number REAL "
             "NOT NULL, flag INTEGER NOT NULL, at INTEGER NOT NULL, note TEXT, state TEXT NOT NULL, small "
             "INTEGER NOT "
             "NULL CHECK (small < 100)) STRICT;"
             "CREATE TABLE children (parent TEXT NOT NULL REFERENCES things (id)) STRICT;"}};
        Options options;
        options.file = ":memory:";
        options.inline_mode = true;
        options.migrations = {{"things", migrations}};
        database_ = test::open_notes(std::move(options));
    }
    Result<std::int64_t> insert(const Everything& e) {
        return database_->write_blocking([&](Tx& tx) {
            return tx.run("INSERT INTO things VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)", e.id,
                          e.parent, e.text, e.bytes, e.number, e.flag, e.at, e.note, e.state, e.small);
        });
    }
    std::unique_ptr<Database> database_;
    IdSource ids_{7};
};

TEST_F(Values, ComeBackAsTheyWentIn) {
    Everything in;
    in.id = ids_.make<UserId>(1'700'000'000'000);
    in.text = std::string("zero \0 inside", 13);
    in.bytes = {std::string("\0\xff\x01", 3)};
    in.number = 0.1;
    in.flag = true;
    in.at = -5'000'000'000;
    in.state = State::interrupted;
    in.small = -7;
    ASSERT_TRUE(insert(in));
    const Everything second{
        ids_.make<UserId>(1'700'000'000'001), in.id.value, "", {}, 1e300, false, 0, "", {}, 0};
    ASSERT_TRUE(insert(second));
    auto rows = database_->read_blocking(
        [](Reader& r) { return r.rows<Everything>("SELECT * FROM things ORDER BY id"); });
    ASSERT_TRUE(rows) << rows.error().detail;
    ASSERT_EQ(rows->size(), 2u);
    const Everything& out = rows->front();
    EXPECT_EQ(out.id, in.id);
    EXPECT_FALSE(out.parent);
    EXPECT_EQ(out.text, in.text);
    EXPECT_EQ(out.bytes, in.bytes);
    EXPECT_EQ(out.number, 0.1);
    EXPECT_TRUE(out.flag);
    EXPECT_EQ(out.at, in.at);
    EXPECT_FALSE(out.note);
    EXPECT_EQ(out.state, State::interrupted);
    EXPECT_EQ(out.small, -7);
    EXPECT_EQ(rows->at(1).parent, in.id.value);
    EXPECT_EQ(rows->at(1).note, "");  // empty is not NULL
    EXPECT_EQ(rows->at(1).bytes, Blob{});
    auto pair = database_->read_blocking([&](Reader& r) {
        return r.one<std::tuple<std::int64_t, std::string>>("SELECT at, text FROM things WHERE id = ?1",
                                                            in.id);
    });
    ASSERT_TRUE(pair && *pair);
    EXPECT_EQ(std::get<0>(**pair), in.at);
}

TEST_F(Values, HostileTextStaysText) {
    Everything in;
    in.id = ids_.make<UserId>(1);
    in.text = "'); DROP TABLE things; --";
    ASSERT_TRUE(insert(in));
    auto found = database_->read_blocking(
        [&](Reader& r) { return r.one<std::string>("SELECT text FROM things WHERE text = ?1", in.text); });
    ASSERT_TRUE(found && *found);
    EXPECT_EQ(**found, in.text);
}

TEST_F(Values, ConstraintsAreToldApart) {
    Everything in;
    in.id = ids_.make<UserId>(1);
    ASSERT_TRUE(insert(in));
    auto again = insert(in);
    ASSERT_FALSE(again);
    EXPECT_TRUE(is_unique_violation(again.error()));
    EXPECT_EQ(again.error().code, Code::conflict);
    in.id = ids_.make<UserId>(2);
    in.small = 100;
    auto check = insert(in);
    ASSERT_FALSE(check);
    EXPECT_FALSE(is_unique_violation(check.error()));
    EXPECT_EQ(check.error().type, "storage-query");
    auto orphan = database_->write_blocking(
        [&](Tx& tx) { return tx.run("INSERT INTO children VALUES (?1)", ids_.make<UserId>(3)); });
    ASSERT_FALSE(orphan);
    EXPECT_EQ(orphan.error().type, "storage-reference");
    EXPECT_TRUE(database_->health().ok);
}

TEST_F(Values, AMismatchIsAnErrorNotAGuess) {
    Everything in;
    in.id = ids_.make<UserId>(1);
    ASSERT_TRUE(insert(in));
    const auto type_of = [&](auto read) {
        auto result = database_->read_blocking(read);
        return result ? std::string("no error") : result.error().type;
    };
    EXPECT_EQ(type_of([](Reader& r) { return r.one<std::string>("SELECT note FROM things"); }),
              "storage-mismatch");
    EXPECT_EQ(type_of([](Reader& r) { return r.one<std::int64_t>("SELECT text FROM things"); }),
              "storage-mismatch");
    EXPECT_EQ(type_of([](Reader& r) { return r.one<UserId>("SELECT text FROM things"); }),
              "storage-mismatch");
    EXPECT_EQ(type_of([](Reader& r) { return r.one<std::int8_t>("SELECT 300"); }), "storage-mismatch");
    EXPECT_EQ(type_of([](Reader& r) { return r.one<std::tuple<int, int>>("SELECT 1"); }), "storage-mismatch");
    EXPECT_EQ(type_of([](Reader& r) { return r.one<int>("SELECT ?1"); }), "storage-query");
    EXPECT_EQ(type_of([](Reader& r) { return r.one<int>("SELECT nothing FROM nowhere"); }), "storage-query");
}

TEST_F(Values, ForEachStopsWhenAsked) {
    for (int i = 1; i <= 5; ++i) {
        Everything in;
        in.id = ids_.make<UserId>(i);
        in.at = i;
        ASSERT_TRUE(insert(in));
    }
    int seen = 0;
    auto done = database_->read_blocking([&](Reader& r) {
        return r.for_each("SELECT at FROM things ORDER BY at", [&](const Row& row) {
            seen = row.get<int>(0);
            return seen < 3;
        });
    });
    ASSERT_TRUE(done);
    EXPECT_EQ(seen, 3);
}

TEST_F(Values, ReadersCannotWrite) {
    Folder folder;
    auto database = test::open_notes(test::notes_options(folder / "n.db"));
    auto wrote = database->read_blocking(
        [](Reader& r) { return r.rows<int>("INSERT INTO notes VALUES (1, 'x') RETURNING id"); });
    ASSERT_FALSE(wrote);
    EXPECT_EQ(test::count_notes(*database), 0);
}

}  // namespace
}  // namespace lares::db
