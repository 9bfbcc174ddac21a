#include "media/image.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "media/container.h"

namespace lares::media {
namespace {

// Left half red, right half blue; the top left corner green.
Pixels picture(std::uint32_t width, std::uint32_t height, std::uint8_t alpha = 255) {
    Pixels out{width, height, {}};
    for (std::uint32_t y = 0; y < height; ++y)
        for (std::uint32_t x = 0; x < width; ++x) {
            const bool corner = x < width / 4 && y < height / 4;
            const bool left = x < width / 2;
            for (const int value : {left && !corner ? 255 : 0, corner ? 255 : 0, left ? 0 : 255})
                out.rgba.push_back(static_cast<std::uint8_t>(value));
            out.rgba.push_back(alpha);
        }
    return out;
}

std::string with_exif(const std::string& jpeg, char orientation) {
    std::string exif("Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", 25);
    exif += orientation;
    exif += std::string("\0\0\0\0\0\0", 6);
    const std::string length{'\0', static_cast<char>(exif.size() + 2)};
    return jpeg.substr(0, 2) + "\xFF\xE1" + length + exif + jpeg.substr(2);
}

const std::uint8_t* at(const Pixels& pixels, std::uint32_t x, std::uint32_t y) {
    return &pixels.rgba[(std::size_t{y} * pixels.width + x) * 4];
}

TEST(Image, KindsAreKnownByTheirFirstBytes) {
    EXPECT_EQ(sniff_image(*encode_png(picture(4, 4))), ImageKind::png);
    EXPECT_EQ(sniff_image(*encode_jpeg(picture(16, 16), 90)), ImageKind::jpeg);
    EXPECT_EQ(sniff_image("GIF89a"), ImageKind::gif);
    EXPECT_EQ(sniff_image("<svg>"), ImageKind::none);
}

TEST(Image, ItsSizeStandsInItsHead) {
    const auto is = [](std::string_view bytes, std::uint32_t width, std::uint32_t height) {
        const auto size = size_of_picture(bytes);
        return size && size->width == width && size->height == height;
    };
    EXPECT_TRUE(is(*encode_png(picture(300, 200)), 300, 200));
    EXPECT_TRUE(is(with_exif(*encode_jpeg(picture(300, 200), 90), 6), 300, 200));
    const std::string behind(20, '\0');
    EXPECT_TRUE(is("GIF89a\x2C\x01\xC8" + std::string(1, '\0') + behind, 300, 200));
    const auto webp = [&](std::string form, std::string body) {
        return "RIFF....WEBP" + std::move(form) + "...." + std::move(body) + behind;
    };
    using namespace std::string_literals;
    EXPECT_TRUE(is(webp("VP8X", "\0\0\0\0\x2B\x01\0\xC7\0\0"s), 300, 200));
    EXPECT_TRUE(is(webp("VP8 ", "\0\0\0\x9D\x01\x2A\x2C\x01\xC8\0"s), 300, 200));
    EXPECT_TRUE(is(webp("VP8L", "\x2F\x2B\xC1\x31\0"s), 300, 200));
    for (const auto* none : {"", "GIF8", "\xFF\xD8", "<svg>", "RIFF....WEBPVP8Z........................"})
        EXPECT_FALSE(size_of_picture(none)) << none;
}

TEST(Image, WhatWasMadeHereStaysByteForByte) {
    for (const auto& made : {*encode_png(picture(64, 32)), *encode_jpeg(picture(64, 32), 86)}) {
        const auto shown = for_display(made, 100);
        ASSERT_TRUE(shown) << shown.error().message;
        EXPECT_EQ(shown->bytes, made);
        EXPECT_EQ(shown->width, 64u);
        EXPECT_EQ(shown->height, 32u);
    }
}

TEST(Image, NothingButThePictureIsKept) {
    const auto jpeg = *encode_jpeg(picture(64, 32), 90);
    const auto png = *encode_png(picture(64, 32));
    for (const auto& told : {with_exif(jpeg, 1), jpeg + "behind the end", png + "behind the end"}) {
        const auto shown = for_display(told, 100);
        ASSERT_TRUE(shown) << shown.error().message;
        EXPECT_EQ(shown->bytes.find("Exif"), std::string::npos);
        EXPECT_EQ(shown->bytes.find("behind"), std::string::npos);
    }
    EXPECT_FALSE(is_bare_jpeg(with_exif(jpeg, 1)));
    EXPECT_TRUE(is_bare_jpeg(jpeg));
}

TEST(Image, APictureStandsUprightHoweverTheCameraWasHeld) {
    const auto jpeg = *encode_jpeg(picture(64, 32), 95);
    struct Case {
        char orientation;
        std::uint32_t width, x, y;  // where the green corner is
    };
    for (const auto& each :
         {Case{1, 64, 2, 2}, Case{2, 64, 61, 2}, Case{3, 64, 61, 29}, Case{4, 64, 2, 29}, Case{5, 32, 2, 2},
          Case{6, 32, 29, 2}, Case{7, 32, 29, 61}, Case{8, 32, 2, 61}}) {
        const auto shown = decode(with_exif(jpeg, each.orientation), 1000);
        ASSERT_TRUE(shown) << int(each.orientation);
        ASSERT_EQ(shown->width, each.width) << int(each.orientation);
        const auto* corner = at(*shown, each.x, each.y);
        EXPECT_GT(corner[1], 200) << int(each.orientation);
        EXPECT_LT(corner[0], 60) << int(each.orientation);
    }
}

TEST(Image, ALargeOneIsMadeSmaller) {
    for (const auto& large : {*encode_png(picture(900, 300)), *encode_jpeg(picture(900, 300), 90)}) {
        const auto shown = for_display(large, 300);
        ASSERT_TRUE(shown) << shown.error().message;
        EXPECT_EQ(shown->width, 300u);
        EXPECT_EQ(shown->height, 100u);
        const auto pixels = decode(shown->bytes, 300);
        ASSERT_TRUE(pixels);
        EXPECT_GT(at(*pixels, 10, 10)[1], 230);
        EXPECT_GT(at(*pixels, 100, 80)[0], 230);
        EXPECT_GT(at(*pixels, 290, 50)[2], 230);
        EXPECT_EQ(for_display(shown->bytes, 300)->bytes, shown->bytes);
    }
}

TEST(Image, HolesStay) {
    const auto shown = for_display(*encode_png(picture(400, 400, 128)), 100);
    ASSERT_TRUE(shown);
    EXPECT_EQ(shown->kind, ImageKind::png);
    EXPECT_EQ(at(*decode(shown->bytes, 100), 50, 80)[3], 128);
}

TEST(Image, WebPIsRead) {
    const auto bytes = from_base64("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA");
    ASSERT_TRUE(bytes);
    const auto shown = for_display(*bytes, 100);
    ASSERT_TRUE(shown) << shown.error().message;
    EXPECT_EQ(shown->width, 1u);
    EXPECT_EQ(shown->kind, ImageKind::jpeg);
}

TEST(Image, WhatIsNoPictureIsRefusedByName) {
    const auto type_of = [](const std::string& bytes) {
        const auto shown = for_display(bytes, 100);
        return shown ? std::string("read") : shown.error().type;
    };
    EXPECT_EQ(type_of("GIF89a"), "unsupported-image");
    EXPECT_EQ(type_of("<svg xmlns='http://www.w3.org/2000/svg'/>"), "unsupported-image");
    EXPECT_EQ(type_of(""), "unsupported-image");
    const auto png = *encode_png(picture(64, 64));
    const auto jpeg = *encode_jpeg(picture(64, 64), 90);
    EXPECT_EQ(type_of(png.substr(0, png.size() / 2)), "damaged-image");
    EXPECT_EQ(type_of(jpeg.substr(0, jpeg.size() / 2)), "damaged-image");
    auto huge = png;  // says that it is 2^24 pixels wide; the CRC is not asked before the size
    huge[16] = 1;
    EXPECT_NE(type_of(huge), "read");
}

}  // namespace
}  // namespace lares::media
