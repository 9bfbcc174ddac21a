#include "prompt/macros/values.h"

#include <gtest/gtest.h>

namespace lares::prompt::macros {
namespace {

TEST(Values, numbers_read_and_write_as_in_javascript) {
    EXPECT_EQ(number_of(" 12.50 "), 12.5);
    EXPECT_EQ(number_of(""), 0.0);
    EXPECT_EQ(number_of("0x10"), 16.0);
    EXPECT_FALSE(number_of("12a"));
    EXPECT_FALSE(number_of("inf"));
    EXPECT_EQ(text_of(5), "5");
    EXPECT_EQ(text_of(0.1 + 0.2), "0.30000000000000004");
    EXPECT_EQ(text_of(-2.5), "-2.5");
}

TEST(Values, dice_formulas) {
    const auto highest = [](std::int64_t sides) { return sides - 1; };
    EXPECT_EQ(roll("2d6+1", highest), 13);
    EXPECT_EQ(roll("d20", highest), 20);
    EXPECT_EQ(roll("20", highest), 20);
    EXPECT_EQ(roll("3D4-2", highest), 10);
    for (const auto* bad : {"", "0d6", "d0", "2d", "2d6+", "1d6x", "x", "9999d6"})
        EXPECT_FALSE(roll(bad, highest)) << bad;
}

TEST(Values, offsets) {
    EXPECT_EQ(utc_offset("UTC+2"), 120);
    EXPECT_EQ(utc_offset("utc-03:30"), -210);
    EXPECT_FALSE(utc_offset("UTC+99"));
    EXPECT_FALSE(utc_offset("CET"));
}

}  // namespace
}  // namespace lares::prompt::macros
