#include "base/id.h"

#include <algorithm>
#include <set>
#include <thread>
#include <unordered_set>
#include <vector>

#include <gtest/gtest.h>

namespace lares {
namespace {

constexpr std::int64_t now_ms = 1'700'000'000'000;

TEST(Uuid, TextRoundTripsAndKeepsOrder) {
    IdSource ids(1);
    std::vector<Uuid> made;
    for (int i = 0; i < 20'000; ++i) made.push_back(ids.next(now_ms + i / 100));
    for (const auto& uuid : made) {
        const std::string text = uuid.text();
        ASSERT_EQ(text.size(), 26u);
        ASSERT_EQ(Uuid::parse(text), uuid);
    }
    for (std::size_t i = 1; i < made.size(); ++i) {
        ASSERT_LT(made[i - 1], made[i]);
        ASSERT_LT(made[i - 1].text(), made[i].text());
    }
}

TEST(Uuid, IsAVersion7) {
    const Uuid uuid = IdSource().next(now_ms);
    EXPECT_EQ(uuid.bytes[6] >> 4, 7);
    EXPECT_EQ(uuid.bytes[8] >> 6, 2);
    EXPECT_EQ(uuid.unix_ms(), now_ms);
}

TEST(Uuid, ParsesOnlyItsOwnForm) {
    const std::string good = IdSource(1).next(now_ms).text();
    std::string upper = good;
    for (char& c : upper) c = static_cast<char>(std::toupper(c));
    EXPECT_EQ(Uuid::parse(upper)->text(), good);
    EXPECT_TRUE(Uuid::parse("7zzzzzzzzzzzzzzzzzzzzzzzzz"));
    for (const std::string& bad :
         {std::string(), good + "0", good.substr(1), "8" + good.substr(1), "u" + good.substr(1),
          good.substr(0, 25) + "i", good.substr(0, 25) + " ", good.substr(0, 25) + "\xc3",
          std::string("018bcfe5-6800-7000-8000-000000000000")})
        EXPECT_FALSE(Uuid::parse(bad)) << bad;
}

TEST(IdSource, StaysMonotonicWhenTheClockStepsBackAndTheCounterFills) {
    IdSource ids(3);
    Uuid last = ids.next(now_ms);
    for (int i = 0; i < 50'000; ++i) {
        const Uuid next = ids.next(now_ms - i);
        ASSERT_LT(last, next);
        last = next;
    }
    EXPECT_GT(last.unix_ms(), now_ms) << "a full counter borrows from the next millisecond";
}

TEST(IdSource, ASeedRepeatsAndNoSeedDoesNot) {
    EXPECT_EQ(IdSource(5).next(now_ms), IdSource(5).next(now_ms));
    EXPECT_NE(IdSource(5).next(now_ms), IdSource(6).next(now_ms));
    EXPECT_NE(IdSource().next(now_ms), IdSource().next(now_ms));
}

TEST(IdSource, ThreadsNeverGetTheSame) {
    IdSource ids;
    std::vector<std::vector<Uuid>> made(4);
    std::vector<std::thread> threads;
    for (auto& mine : made)
        threads.emplace_back([&ids, &mine] {
            for (int i = 0; i < 5'000; ++i) mine.push_back(ids.next(now_ms));
        });
    for (auto& thread : threads) thread.join();
    std::unordered_set<Uuid> all;
    for (const auto& mine : made) {
        EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
        all.insert(mine.begin(), mine.end());
    }
    EXPECT_EQ(all.size(), 20'000u);
}

struct PostTag {
    static constexpr std::string_view kind = "post";
};
static_assert(!std::is_convertible_v<Id<PostTag>, UserId>, "ids of two kinds must not mix");
static_assert(!std::is_constructible_v<UserId, Id<PostTag>>);

TEST(Id, KnowsItsKind) {
    EXPECT_EQ(UserId::kind, "user");
    EXPECT_EQ(Id<PostTag>::kind, "post");
    const auto id = IdSource(1).make<Id<PostTag>>(now_ms);
    EXPECT_EQ(Id<PostTag>::parse(id.text()), id);
    EXPECT_FALSE(Id<PostTag>::parse("x"));
}

}  // namespace
}  // namespace lares
