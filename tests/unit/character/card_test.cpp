#include "character/card.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "unit/character/png_writer.h"

namespace lares::character {
namespace {

using namespace testing;

const std::string v1 = R"({"name":" Mira ","description":"Keeps the light.","personality":"Calm.",
    "scenario":"A harbour.","first_mes":"Hello.","mes_example":""})";

std::string v2(const std::string& more = "") {
    return R"({"spec":"chara_card_v2","spec_version":"2.0","data":{"name":"Mira","description":"d","personality":"p",
        "scenario":"s","first_mes":"f","mes_example":"m","creator_notes":"n","system_prompt":"sys",
        "post_history_instructions":"post","alternate_greetings":["g1","g2"],"tags":["t"],"creator":"c",
        "character_version":"1","extensions":{"vendor":{"keep":[1,2.5,null]}})" +
           more + "}}";
}

std::string named(const std::string& name) {
    return R"({"spec":"chara_card_v3","spec_version":"3.0","data":{"name":")" + name + R"("}})";
}

std::string field_of(const std::string& json) {
    const auto card = parse_card_json(json);
    return card ? "accepted" : card.error().field;
}

TEST(CardJson, ReadsAllThreeVersions) {
    const auto one = parse_card_json(v1);
    ASSERT_TRUE(one) << one.error().message;
    EXPECT_EQ(one->spec, Spec::v1);
    EXPECT_EQ(one->name, "Mira");
    const auto two = parse_card_json(v2());
    ASSERT_TRUE(two) << two.error().message;
    EXPECT_EQ(two->spec, Spec::v2);
    EXPECT_EQ(two->alternate_greetings, (std::vector<std::string>{"g1", "g2"}));
    EXPECT_EQ(two->extensions, R"({"vendor":{"keep":[1,2.5E0,null]}})");
    const auto three = parse_card_json(named("Ada"));
    ASSERT_TRUE(three);
    EXPECT_EQ(three->spec, Spec::v3);
}

TEST(CardJson, KeepsTheOriginalByteForByte) {
    const std::string text = v2(R"(,"unknown":{"x":[true]},"number":1.0)");
    EXPECT_EQ(parse_card_json(text)->original, text);
    EXPECT_EQ(parse_card_json("\xef\xbb\xbf" + text)->original, text);
}

TEST(CardJson, NullIsAbsent) {
    EXPECT_TRUE(parse_card_json(v2(R"(,"nickname":null,"character_book":null)")));
    EXPECT_EQ(field_of(R"({"spec":"chara_card_v2","data":{"name":null}})"), "data.name");
}

TEST(CardJson, NamesWhatIsWrong) {
    EXPECT_EQ(field_of("null"), "json");
    EXPECT_EQ(field_of("[1]"), "json");
    EXPECT_EQ(field_of("{}"), "description");
    EXPECT_EQ(field_of(R"({"description":"x"})"), "name");
    EXPECT_EQ(field_of(R"({"name":"x"})"), "description");
    EXPECT_EQ(field_of(R"({"spec":"chara_card_v2"})"), "data");
    EXPECT_EQ(field_of(R"({"spec":"chara_card_v2","data":"x"})"), "data");
    EXPECT_EQ(field_of(R"({"spec":"other","data":{"name":"x"}})"), "spec");
    EXPECT_EQ(field_of(R"({"spec":"chara_card_v2","data":{"name":"x","tags":"x"}})"), "data.tags");
    EXPECT_EQ(field_of(R"({"spec":"chara_card_v2","data":{"name":"x","tags":[1]}})"), "data.tags");
    EXPECT_EQ(field_of(R"({"spec":"chara_card_v2","data":{"name":"x","extensions":[]}})"), "data.extensions");
    EXPECT_EQ(field_of(R"({"spec":"chara_card_v2","data":{"name":42}})"), "data.name");
    EXPECT_EQ(field_of("{\"name\":\"a\xff\",\"description\":\"\"}"), "json");
    EXPECT_EQ(field_of(R"({"name":"a\ud800","description":""})"),
              "accepted");  // half an emoji, as JavaScript cuts it
}

TEST(CardJson, NamesOfCharactersAreClean) {
    EXPECT_EQ(field_of(named("")), "data.name");
    EXPECT_EQ(field_of(named("  ")), "data.name");
    EXPECT_EQ(field_of(named("a\\u0000b")), "data.name");
    EXPECT_EQ(field_of(named("a\\u001b[2J")), "data.name");
    EXPECT_EQ(field_of(named("a\\u0085b")), "data.name");
    EXPECT_EQ(field_of(named(std::string(201, 'M'))), "data.name");
    EXPECT_EQ(parse_card_json(named("Míra 灯台 🙂"))->name, "Míra 灯台 🙂");
}

TEST(CardJson, BooksHaveTheRightTypes) {
    EXPECT_TRUE(
        parse_card_json(v2(R"(,"character_book":{"entries":[{"keys":["a"],"content":"b","enabled":true,
        "insertion_order":10,"extensions":{"depth":4}}],"extensions":{}})")));
    EXPECT_EQ(field_of(v2(R"(,"character_book":[])")), "data.character_book");
    EXPECT_EQ(field_of(v2(R"(,"character_book":{"entries":{}})")), "data.character_book.entries");
    EXPECT_EQ(field_of(v2(R"(,"character_book":{"entries":[null]})")), "data.character_book.entries[0]");
    EXPECT_EQ(field_of(v2(R"(,"character_book":{"entries":[{"keys":[1],"content":""}]})")),
              "data.character_book.entries[0].keys");
    EXPECT_EQ(field_of(v2(R"(,"character_book":{"entries":[{"keys":[],"content":""},{"keys":[]}]})")),
              "data.character_book.entries[1].content");
    EXPECT_EQ(field_of(v2(R"(,"character_book":{"entries":[{"keys":[],"content":"","enabled":"yes"}]})")),
              "data.character_book.entries[0].enabled");
}

TEST(CardJson, DepthSizeAndValueCountAreBounded) {
    const auto nested = [](std::size_t depth) {
        return R"({"name":"a","description":"","x":)" + std::string(depth, '[') + std::string(depth, ']') +
               "}";
    };
    EXPECT_EQ(field_of(nested(127)), "accepted");
    EXPECT_EQ(field_of(nested(128)), "json");
    EXPECT_EQ(field_of(nested(100'000)), "json");
    const std::string padding(limits::card_bytes, 'x');
    EXPECT_EQ(parse_card_json(R"({"name":"a","description":")" + padding + "\"}").error().code,
              Code::too_large);
    std::string many = R"({"name":"a","description":"","x":[0)";
    while (many.size() < limits::card_bytes - 10) many += ",0";
    EXPECT_EQ(parse_card_json(many + "]}").error().code, Code::too_large);
}

TEST(CardPng, Ccv3WinsAndTheFirstOfAKindWins) {
    const auto name_in = [](const std::string& image) { return parse_card_png(image)->name; };
    EXPECT_EQ(name_in(png_image(png_text("chara", to_base64(named("A"))) +
                                png_text("ccv3", to_base64(named("B"))))),
              "B");
    EXPECT_EQ(name_in(png_image(png_text("chara", to_base64(named("A"))),
                                png_text("chara", to_base64(named("B"))))),
              "A");
    EXPECT_EQ(name_in(png_image("", png_ztxt("chara", to_base64(named("Z"))))), "Z");
    const std::string international("chara\0\0\0\0\0", 10);
    EXPECT_EQ(name_in(png_image(png_chunk("iTXt", international + to_base64(named("I"))))), "I");
}

TEST(CardPng, LenientBase64) {
    std::string folded = to_base64(named("A"));
    folded.insert(20, "\r\n");
    EXPECT_TRUE(parse_card_png(png_image(png_text("chara", folded))));
    EXPECT_TRUE(parse_card_png(png_image(png_text("chara", to_base64url(named("Ab"))))));
    for (const auto* text : {"", "****", "=", "A"}) {
        EXPECT_EQ(parse_card_png(png_image(png_text("chara", text))).error().field, "png.chara") << text;
    }
    EXPECT_EQ(parse_card_png(png_image("")).error().field, "png.tEXt");
}

TEST(CardFile, IsToldApartByContent) {
    const std::string image = png_image(png_text("chara", to_base64(named("A"))));
    EXPECT_EQ(parse_card_file(image)->picture, image);
    EXPECT_EQ(parse_card_file(" \n" + v1)->picture, "");
    EXPECT_EQ(parse_card_file("").error().field, "file");
    EXPECT_EQ(parse_card_file("prose").error().code, Code::unsupported);
    EXPECT_EQ(parse_card_file("PK\x03\x04").error().field, "charx.zip");
    EXPECT_EQ(parse_card_file(std::string(limits::file_bytes + 1, '{')).error().code, Code::too_large);
}

}  // namespace
}  // namespace lares::character
