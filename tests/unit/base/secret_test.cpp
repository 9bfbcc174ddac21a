#include "base/secret.h"

#include <ostream>

#include <gtest/gtest.h>

namespace lares {
namespace {

template <class T>
concept Printable = requires(std::ostream& out, const T& value) { out << value; };
static_assert(!Printable<SecretText>, "a secret must not be printable");
static_assert(!std::is_convertible_v<SecretText, std::string>);
static_assert(!std::is_convertible_v<std::string, SecretText>, "making a secret is written out");

TEST(Secret, IsReachedByRevealOnly) {
    const SecretText secret("hunter2");
    EXPECT_EQ(secret.reveal(), "hunter2");
    EXPECT_FALSE(secret.empty());
    EXPECT_TRUE(SecretText().empty());
}

TEST(Secret, WipeOverwritesTheBytes) {
    std::string text(100, 'x');
    text.resize(60);  // what was behind the end counts too
    const char* bytes = text.data();
    wipe(text);
    EXPECT_TRUE(text.empty());
    for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(bytes[i], '\0') << i;
}

TEST(Secret, IsWipedWhenItEnds) {
    alignas(SecretText) unsigned char place[sizeof(SecretText)];
    auto* secret = new (place) SecretText("short one");  // fits into the object itself
    secret->~Secret();
    const std::string_view left(reinterpret_cast<const char*>(place), sizeof place);
    EXPECT_EQ(left.find("short"), left.npos);
}

}  // namespace
}  // namespace lares
