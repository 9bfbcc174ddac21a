#include "base/result.h"

#include <gtest/gtest.h>

namespace lares {
namespace {

Result<int> half(int n) {
    if (n % 2) return invalid_field("n", "must be even");
    return n / 2;
}
Result<void> positive(int n) {
    if (n < 0) return fail(Code::bad_request, "negative", "must not be negative");
    return {};
}
Result<int> quarter(int n) {
    LARES_CHECK(positive(n));
    LARES_TRY(const int once, half(n));
    LARES_TRY(const int twice, half(once));
    return twice;
}

TEST(Result, TryAndCheckHandOnTheFirstError) {
    EXPECT_EQ(quarter(12).value(), 3);
    EXPECT_EQ(quarter(-4).error().type, "negative");
    const auto error = quarter(6).error();
    EXPECT_EQ(error.code, Code::bad_request);
    EXPECT_EQ(error.type, "invalid-field");
    EXPECT_EQ(error.field, "n");
    EXPECT_EQ(error.message, "n: must be even");
}

}  // namespace
}  // namespace lares
