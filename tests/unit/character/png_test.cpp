#include "character/png.h"

#include <gtest/gtest.h>

#include "unit/character/png_writer.h"

namespace lares::character {
namespace {

using namespace testing;

std::string field_of(const std::string& bytes) {
    const auto texts = read_png_texts(bytes);
    return texts ? "accepted" : texts.error().field;
}

TEST(Png, TextsComeInFileOrderFromBothSidesOfTheImage) {
    const std::string image = png_image(png_text("a", "1") + png_ztxt("b", "22"), png_text("c", "333"));
    const auto texts = read_png_texts(image);
    ASSERT_TRUE(texts) << texts.error().message;
    ASSERT_EQ(texts->size(), 3u);
    EXPECT_EQ((*texts)[0].keyword, "a");
    EXPECT_EQ(png_text_value((*texts)[1], 10).value(), "22");
    EXPECT_EQ((*texts)[2].value, "333");
}

TEST(Png, EveryCutIsRefusedAndNamesAPart) {
    const std::string image = png_image(png_text("chara", "value"));
    for (std::size_t cut = 0; cut < image.size(); ++cut) {
        const auto texts = read_png_texts(std::string_view(image).substr(0, cut));
        ASSERT_FALSE(texts) << cut;
        EXPECT_TRUE(texts.error().field.starts_with("png.")) << cut;
    }
}

TEST(Png, EveryFlippedBitIsRefused) {
    const std::string image = png_image(png_text("chara", "value"));
    for (std::size_t bit = 0; bit < image.size() * 8; ++bit) {
        std::string changed = image;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
        EXPECT_FALSE(read_png_texts(changed)) << bit;
    }
}

TEST(Png, BrokenChunksAreRefusedByName) {
    const std::string head = png_signature() + png_header();
    const std::string tail = png_data() + png_end();
    EXPECT_EQ(field_of(head + png_chunk("tEXt", "k", {}) + tail), "png.tEXt");
    EXPECT_EQ(field_of(head + png_chunk("tEXt", std::string("k\0v", 3), {{}, 1u}) + tail), "png.tEXt");
    EXPECT_EQ(field_of(head + png_chunk("tEXt", "abc", {0xffffffffu, {}}) + tail), "png.tEXt");
    EXPECT_EQ(field_of(head + png_text(std::string(80, 'k'), "") + tail), "png.tEXt");
    EXPECT_EQ(field_of(head + png_chunk("t\1Xt", "") + tail), "png.chunk");
    EXPECT_EQ(field_of(png_signature() + png_text("a", "b") + tail), "png.IHDR");
    EXPECT_EQ(field_of(png_signature() + png_header(0, 1) + tail), "png.IHDR");
    EXPECT_EQ(field_of(png_signature() + png_header(0x7fffffff, 0x7fffffff) + tail), "png.IHDR");
    EXPECT_EQ(field_of(png_signature() + png_header(16000, 16000) + tail), "png.IHDR");
    EXPECT_EQ(field_of(head + png_end()), "png.IDAT");
    EXPECT_EQ(field_of(head + png_chunk("zTXt", std::string("k\0\1x", 4)) + tail), "png.zTXt");
    EXPECT_EQ(field_of(head + png_chunk("iTXt", std::string("k\0\0\0en", 6)) + tail), "png.iTXt");
}

TEST(Png, AnInflateBombStopsAtItsBound) {
    const std::string image = png_image(png_ztxt("chara", std::string(100 * 1000 * 1000, 'A')));
    const auto texts = read_png_texts(image);
    ASSERT_TRUE(texts);
    const auto value = png_text_value(texts->front(), 1 << 20);
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().code, Code::too_large);
}

TEST(Png, DamagedDeflateIsRefused) {
    const std::string image = png_image(png_chunk("zTXt", std::string("chara\0\0junkjunk", 15)));
    const auto texts = read_png_texts(image);
    ASSERT_TRUE(texts);
    EXPECT_EQ(png_text_value(texts->front(), 100).error().field, "png.zTXt");
}

}  // namespace
}  // namespace lares::character
