#include "voice/english/numbers.h"

#include <gtest/gtest.h>

namespace lares::voice::english {
namespace {

TEST(Numbers, Cardinals) {
    EXPECT_EQ(cardinal(0), "zero");
    EXPECT_EQ(cardinal(21), "twenty one");
    EXPECT_EQ(cardinal(1'000'001), "one million one");
    EXPECT_EQ(cardinal("000123"), "one hundred twenty three");
    EXPECT_EQ(cardinal(std::string(36, '9')).substr(0, 38), "nine hundred ninety nine decillion nin");
    EXPECT_EQ(cardinal(std::string(37, '1')).substr(0, 11), "one one one");
}

TEST(Numbers, Ordinals) {
    EXPECT_EQ(ordinal(1), "first");
    EXPECT_EQ(ordinal(12), "twelfth");
    EXPECT_EQ(ordinal(40), "fortieth");
    EXPECT_EQ(ordinal(122), "one hundred twenty second");
}

TEST(Numbers, Years) {
    EXPECT_EQ(year(1905), "nineteen oh five");
    EXPECT_EQ(year(1900), "nineteen hundred");
    EXPECT_EQ(year(2000), "two thousand");
    EXPECT_EQ(year(2007), "two thousand seven");
    EXPECT_EQ(year(2026), "twenty twenty six");
    EXPECT_EQ(decade(1990), "nineteen nineties");
    EXPECT_EQ(in_pairs("405"), "four oh five");
    EXPECT_EQ(in_pairs("747"), "seven forty seven");
}

TEST(Numbers, RomanNumeralsOnlyAsTheyAreWritten) {
    EXPECT_EQ(roman(U"XIV"), 14u);
    EXPECT_EQ(roman(U"MCMXCIV"), 1994u);
    for (const auto* wrong : {U"IIII", U"VV", U"IC", U"XM", U"", U"IVX", U"ABC"}) EXPECT_EQ(roman(wrong), 0u);
}

}  // namespace
}  // namespace lares::voice::english
