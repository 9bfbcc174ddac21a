#include "character/export.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "character/card.h"
#include "character/charx.h"
#include "character/png.h"
#include "unit/character/png_writer.h"

namespace lares::character {
namespace {

namespace bj = boost::json;

constexpr auto v3 =
    R"({"spec":"chara_card_v3","spec_version":"3.0","beside":1,"data":{"name":"Mira é","description":"d","vendor":{"kept":[1.50]},"extensions":{"x/y":null},"assets":[{"type":"icon","uri":"embeded://assets/icon/face.png","name":"main","ext":"png"}]}})";
constexpr auto v1 = R"({"name":"Old","description":"d","first_mes":"hi","talkativeness":"0.5"})";

Card card_of(std::string_view json) {
    return parse_card_json(json).value();
}
bj::object parsed(const std::string& json) {
    return bj::parse(json).as_object();
}
std::string picture() {
    return testing::png_image(testing::png_text("chara", "b2xk") + testing::png_text("Software", "kept"));
}

TEST(Export, TheOwnVersionIsByteEqual) {
    EXPECT_EQ(card_json_as(card_of(v3), Spec::v3), v3);
    EXPECT_EQ(card_json_as(card_of(v1), Spec::v1), v1);
}

TEST(Export, AnotherVersionKeepsWhatItDoesNotKnow) {
    const auto v2 = parsed(card_json_as(card_of(v3), Spec::v2));
    EXPECT_EQ(v2.at("spec"), "chara_card_v2");
    EXPECT_EQ(v2.at("beside"), 1);
    const auto& data = v2.at("data").as_object();
    EXPECT_EQ(data.at("vendor"), bj::parse(R"({"kept":[1.50]})"));
    EXPECT_EQ(data.at("extensions"), bj::parse(R"({"x/y":null})"));
    EXPECT_EQ(data.at("creator_notes"), "");
    EXPECT_TRUE(data.at("tags").is_array());

    const auto grown = parsed(card_json_as(card_of(v1), Spec::v3));
    EXPECT_EQ(grown.at("data").at("talkativeness"), "0.5");
    EXPECT_TRUE(grown.at("data").at("group_only_greetings").is_array());

    const auto shrunk = parsed(card_json_as(card_of(v3), Spec::v1));
    EXPECT_EQ(shrunk.at("name"), "Mira é");
    EXPECT_TRUE(shrunk.contains("vendor"));
    EXPECT_FALSE(shrunk.contains("data"));
}

TEST(Export, ABookGetsWhatTheVersionDemands) {
    const auto card = card_of(
        R"({"spec":"chara_card_v2","spec_version":"2.0","data":{"name":"Mira","description":"d","character_book":{"entries":[{"keys":["/fox(es)?/i"],"content":"c","kept":1},{"keys":["fox"],"content":"c","enabled":false}]}}})");
    const auto book = parsed(card_json_as(card, Spec::v3)).at("data").at("character_book").as_object();
    EXPECT_TRUE(book.at("extensions").is_object());
    const auto& first = book.at("entries").at(0).as_object();
    EXPECT_EQ(first.at("use_regex"), true);
    EXPECT_EQ(first.at("enabled"), true);
    EXPECT_EQ(first.at("kept"), 1);
    EXPECT_EQ(book.at("entries").at(1).at("use_regex"), false);
    EXPECT_EQ(book.at("entries").at(1).at("enabled"), false);
}

TEST(Export, PngCarriesBothVersionsAndOtherTextsStay) {
    const auto file = export_card(card_of(v3), Format::png, Spec::v3, picture(), {}).value();
    EXPECT_EQ(file.name, "Mira.png");
    const auto texts = read_png_texts(file.bytes).value();
    ASSERT_EQ(texts.size(), 3u);  // the old chara is gone
    EXPECT_EQ(texts[0].keyword, "Software");
    EXPECT_EQ(parse_card_png(file.bytes).value().original, v3);
}

TEST(Export, ACardWithoutAPictureGetsAPlainOne) {
    const auto file = export_card(card_of(v1), Format::png, Spec::v1, {}, {}).value();
    const auto back = parse_card_png(file.bytes).value();
    EXPECT_EQ(back.name, "Old");
    EXPECT_EQ(back.spec, Spec::v3);
}

TEST(Export, CharxHasCardAndPictureWhereTheCardNamesIt) {
    const auto file = export_card(card_of(v3), Format::charx, Spec::v3, picture(), {}).value();
    EXPECT_EQ(file.name, "Mira.charx");
    EXPECT_EQ(read_charx_card(file.bytes).value(), v3);
    EXPECT_EQ(read_charx_picture(file.bytes, v3).value(), picture());
    const auto imported = parse_card_file(file.bytes).value();
    EXPECT_EQ(imported.card.name, "Mira é");
    EXPECT_EQ(imported.archive, file.bytes);
}

TEST(Export, FilesOfTheArchiveItCameInAreKept) {
    const std::string other =
        R"({"spec":"chara_card_v3","spec_version":"3.0","data":{"name":"B","assets":[{"type":"icon","uri":"embeded://x.png","name":"main","ext":"png"}]}})";
    const auto base = write_charx(other, picture(), {}).value();
    const auto again = write_charx(v3, picture(), base).value();
    EXPECT_EQ(read_charx_card(again).value(), v3);
    EXPECT_EQ(read_charx_picture(again, other).value(), picture());  // x.png still lies there
}

TEST(Export, DamagedArchivesAreNamed) {
    const auto whole = write_charx(v3, picture(), {}).value();
    for (std::size_t size = 0; size < whole.size(); size += 7) {
        const auto cut = read_charx_card(std::string_view(whole).substr(0, size));
        ASSERT_FALSE(cut) << size;
        EXPECT_EQ(cut.error().type, "invalid-card");
    }
    EXPECT_EQ(read_charx_card(write_charx("{", {}, {}).value()).value(), "{");
    EXPECT_FALSE(parse_card_file(write_charx("{", {}, {}).value()));
}

TEST(Export, FileNamesAreSafe) {
    EXPECT_EQ(export_card(card_of(R"({"name":"../../etc/passwd","description":""})"), Format::json, Spec::v1,
                          {}, {})
                  .value()
                  .name,
              "etc-passwd.json");
    EXPECT_EQ(export_card(card_of(R"({"name":"日本","description":""})"), Format::json, Spec::v1, {}, {})
                  .value()
                  .name,
              "character.json");
}

TEST(Change, SetsFieldsAndKeepsTheRest) {
    CardChange change;
    change.description = "new";
    change.tags = {"a", "b"};
    const auto changed = changed_card(card_of(v3), change).value();
    EXPECT_EQ(changed.description, "new");
    EXPECT_EQ(changed.tags, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(parsed(changed.original).at("data").at("vendor"), bj::parse(R"({"kept":[1.50]})"));

    CardChange notes;
    notes.creator_notes = "n";
    EXPECT_EQ(changed_card(card_of(v1), notes).value().spec, Spec::v2);
    CardChange name;
    name.name = "New";
    EXPECT_EQ(changed_card(card_of(v1), name).value().spec, Spec::v1);
    name.name = " ";
    EXPECT_FALSE(changed_card(card_of(v1), name));
}

TEST(Change, PronunciationsStandInTheCardBesideWhatOthersKeepThere) {
    const auto card = parse_card_json(
        R"({"spec":"chara_card_v3","spec_version":"3.0","data":{"name":"A","extensions":{"other":{"x":1},"lares":{"y":[2]}}}})");
    ASSERT_TRUE(card);
    EXPECT_TRUE(pronunciations_of(*card).empty());
    const std::vector<Pronunciation> entries = {{"Xochitl", "", "so cheel"}, {"Mira", "mˈɪɹə", ""}};
    CardChange change;
    change.pronunciations = entries;
    EXPECT_FALSE(change.empty());
    const auto changed = changed_card(*card, change);
    ASSERT_TRUE(changed);
    EXPECT_EQ(pronunciations_of(*changed), entries);
    EXPECT_NE(changed->extensions.find(R"("other":{"x":1})"), std::string::npos);
    EXPECT_NE(changed->extensions.find(R"("y":[2])"), std::string::npos);
    // A V1 card has no room for them: it becomes the next kind.
    const auto old = changed_card(*parse_card_json(R"({"name":"A","description":"b"})"), change);
    ASSERT_TRUE(old);
    EXPECT_EQ(old->spec, Spec::v2);
    EXPECT_EQ(pronunciations_of(*old), entries);
    // Foreign entries of any shape are no error.
    const auto odd = parse_card_json(
        R"({"spec":"chara_card_v2","spec_version":"2.0","data":{"name":"A","extensions":{"lares":{"pronunciations":[7,{"word":1},{"word":"a"}]}}}})");
    ASSERT_TRUE(odd);
    EXPECT_EQ(pronunciations_of(*odd), (std::vector<Pronunciation>{{"", "", ""}, {"a", "", ""}}));
}

}  // namespace
}  // namespace lares::character
