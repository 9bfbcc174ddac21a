#include "base/text.h"

#include <random>

#include <gtest/gtest.h>

namespace lares {
namespace {

TEST(Text, Utf8AsRfc3629) {
    for (std::string_view good :
         {"", "a", "é", "€", "😀", "\xef\xbf\xbf", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80"})
        EXPECT_TRUE(is_utf8(good)) << good;
    for (std::string_view bad :
         {"\x80", "\xc0\xaf", "\xc1\x81", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\x80",
          "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xe2\x82", "a\xc3", "\xc3\x28"})
        EXPECT_FALSE(is_utf8(bad));
}

TEST(Text, Utf8AtEveryOffset) {
    for (std::size_t before = 0; before < 20; ++before) {
        const std::string ascii(before, 'a');
        EXPECT_TRUE(is_utf8(ascii + "é" + ascii));
        EXPECT_EQ(utf8_valid_prefix(ascii + "\x80" + ascii), before);
        EXPECT_EQ(utf8_valid_prefix(ascii + "\xe2\x82"), before);
    }
}

TEST(Text, CountsAndCutsAtCodePoints) {
    const std::string_view text = "aé€😀";
    EXPECT_EQ(count_code_points(text), 4u);
    EXPECT_EQ(utf8_offset(text, 0), 0u);
    EXPECT_EQ(utf8_offset(text, 2), 3u);
    EXPECT_EQ(utf8_offset(text, 3), 6u);
    EXPECT_EQ(utf8_offset(text, 4), text.size());
    EXPECT_EQ(utf8_offset(text, 99), text.size());
    EXPECT_EQ(utf8_valid_prefix(text), text.size());
    EXPECT_EQ(utf8_valid_prefix(text.substr(0, 8)), 6u);
}

// RFC 4648, section 10.
TEST(Text, Base64Vectors) {
    const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                     {"f", "Zg=="},
                                                                     {"fo", "Zm8="},
                                                                     {"foo", "Zm9v"},
                                                                     {"foob", "Zm9vYg=="},
                                                                     {"fooba", "Zm9vYmE="},
                                                                     {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, encoded] : vectors) {
        EXPECT_EQ(to_base64(plain), encoded);
        EXPECT_EQ(from_base64(encoded), plain);
    }
    EXPECT_EQ(to_base64url("\xfb\xff\xfe"), "-__-");
    EXPECT_EQ(from_base64url("-__-"), "\xfb\xff\xfe");
    EXPECT_EQ(from_base64url("Zg"), "f");
    EXPECT_EQ(from_base64url("Zg=="), "f");
}

TEST(Text, DecodersRefuseEveryForeignByte) {
    for (std::string_view bad :
         {"Zg", "Zg=", "Zh==", "Zm9=", "Z g==", "Zm9v\n", "-_==", "====", "Z===", "Zm9v="})
        EXPECT_FALSE(from_base64(bad)) << bad;
    for (std::string_view bad : {"Z", "Zh", "Zm9v+", "Zm9v/", "Zm 9"})
        EXPECT_FALSE(from_base64url(bad)) << bad;
    for (std::string_view bad : {"a", "0g", "0x", " 00"}) EXPECT_FALSE(from_hex(bad)) << bad;
    for (std::string_view bad : {"%", "%a", "%zz", "a%2"}) EXPECT_FALSE(percent_decode(bad)) << bad;
}

TEST(Text, AnyBytesRoundTrip) {
    std::mt19937 random(1);
    for (std::size_t size = 0; size < 200; ++size) {
        std::string bytes(size, '\0');
        for (char& c : bytes) c = static_cast<char>(random());
        EXPECT_EQ(from_hex(to_hex(bytes)), bytes);
        EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
        EXPECT_EQ(from_base64url(to_base64url(bytes)), bytes);
    }
    EXPECT_EQ(to_hex("\x01\xfe"), "01fe");
    EXPECT_EQ(from_hex("01FE"), "\x01\xfe");
    EXPECT_EQ(percent_decode("a%2Fb%00+"), std::string("a/b\0+", 5));
}

TEST(Text, AsciiHelpers) {
    EXPECT_EQ(to_lower_ascii("AbÉ"), "abÉ");
    EXPECT_TRUE(equal_ignoring_case("Content-Type", "content-type"));
    EXPECT_FALSE(equal_ignoring_case("a", "ab"));
    EXPECT_EQ(trim(" \t a b\r\n"), "a b");
    EXPECT_EQ(trim(" \n "), "");
}

}  // namespace
}  // namespace lares
