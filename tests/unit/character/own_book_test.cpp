#include "character/own_book.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "character/card.h"

namespace lares::character {
namespace {

namespace bj = boost::json;

constexpr auto with_book =
    R"J({"spec":"chara_card_v3","spec_version":"3.0","beside":1,"data":{"name":"Mira","vendor":{"kept":[1.50]},"extensions":{},)J"
    R"J("character_book":{"name":"Harbour","vendor":"x","extensions":{"a":1},"entries":[)J"
    R"J({"id":4,"keys":["lamp"],"content":"Old.","enabled":true,"insertion_order":7,"extensions":{"position":4,"depth":2,"vendor":9},"vendor":[1]},)J"
    R"J({"keys":["rope"],"content":"@@depth 3\nHangs there.","enabled":true,"insertion_order":8,"extensions":{}},)J"
    R"J({"keys":["fo(x|xes)"],"content":"Red.","use_regex":true,"enabled":true,"insertion_order":9,"extensions":{}}]}}})J";

Card card_of(std::string_view json) {
    return parse_card_json(json).value();
}
bj::object book_in(const Card& card) {
    return bj::parse(card.character_book).as_object();
}
BookChange entry(std::optional<std::int64_t> uid, std::optional<LoreEntry> made) {
    BookChange change;
    change.entry = EntryChange{uid, std::move(made)};
    return change;
}
LoreEntry fox() {
    LoreEntry made;
    made.comment = "Fox";
    made.keys = {"fox"};
    made.content = "Red.";
    return made;
}

TEST(OwnBook, EntriesHaveTheNumbersOfScans) {
    const auto book = own_book(card_of(with_book)).value();
    EXPECT_EQ(book.head.name, "Harbour");
    ASSERT_EQ(book.entries.size(), 3U);
    EXPECT_EQ(book.entries[0].uid, 1);
    EXPECT_EQ(book.entries[1].uid, 2);
    EXPECT_EQ(book.entries[2].uid, 4);
    EXPECT_EQ(book.entries[0].json.at("content"), "@@depth 3\nHangs there.");
    EXPECT_TRUE(own_book(card_of(R"({"name":"Old","description":"d"})")).value().entries.empty());
}

TEST(OwnBook, AChangeLeavesTheRestAsItWas) {
    const auto card = card_of(with_book);
    auto made = parse_world_entry(own_book(card).value().entries[2].json).value();
    made.content = "New.";
    made.keys.push_back("light");
    const auto changed = change_own_book(card, entry(4, made)).value();
    EXPECT_FALSE(changed.is_new);
    auto before = bj::parse(card.original).as_object();
    auto after = bj::parse(changed.card.original).as_object();
    auto& old_list = before["data"].as_object()["character_book"].as_object()["entries"].as_array();
    auto& new_list = after["data"].as_object()["character_book"].as_object()["entries"].as_array();
    const auto& lamp = new_list[0].as_object();
    EXPECT_EQ(lamp.at("content"), "New.");
    EXPECT_EQ(lamp.at("keys"), bj::parse(R"(["lamp","light"])"));
    EXPECT_EQ(lamp.at("vendor"), bj::parse("[1]"));
    EXPECT_EQ(lamp.at("extensions").at("vendor"), 9);
    EXPECT_EQ(lamp.at("extensions").at("position"), 4);
    EXPECT_EQ(lamp.at("extensions").at("depth"), 2);
    new_list[0] = old_list[0];
    EXPECT_EQ(before, after);
}

TEST(OwnBook, APatternStaysAPattern) {
    const auto card = card_of(with_book);
    auto made = parse_world_entry(own_book(card).value().entries[1].json).value();
    EXPECT_EQ(made.keys, std::vector<std::string>{"/fo(x|xes)/"});
    made.content = "Redder.";
    const auto changed = change_own_book(card, entry(2, made)).value();
    const auto stored = book_in(changed.card).at("entries").at(2).as_object();
    EXPECT_EQ(stored.at("use_regex"), false);
    EXPECT_EQ(stored.at("keys").at(0), "/fo(x|xes)/");
}

TEST(OwnBook, ANumberStaysWhenOneBeforeItGoes) {
    const auto removed = change_own_book(card_of(with_book), entry(1, std::nullopt)).value().card;
    auto book = own_book(removed).value();
    ASSERT_EQ(book.entries.size(), 2U);
    EXPECT_EQ(book.entries[0].uid, 2);
    EXPECT_EQ(book.entries[1].uid, 4);
    const auto back = change_own_book(removed, entry(1, fox())).value();
    EXPECT_TRUE(back.is_new);
    EXPECT_EQ(own_book(back.card).value().entries[0].uid, 1);
    EXPECT_EQ(change_own_book(removed, entry(1, std::nullopt)).error().type, "entry-not-found");
}

TEST(OwnBook, ACardWithoutOneGetsOne) {
    const auto made = change_own_book(card_of(R"({"name":"Old","description":"d","talkativeness":"0.5"})"),
                                      entry(std::nullopt, fox()))
                          .value();
    EXPECT_EQ(made.card.spec, Spec::v2);
    EXPECT_EQ(made.entry->uid, 0);
    const auto read = parse_lorebook_text(made.card.character_book).value();
    ASSERT_EQ(read.entries.size(), 1U);
    EXPECT_EQ(read.entries[0].keys, std::vector<std::string>{"fox"});
    EXPECT_EQ(bj::parse(made.card.original).at("data").at("talkativeness"), "0.5");
    const auto second = change_own_book(made.card, entry(std::nullopt, fox())).value();
    EXPECT_EQ(second.entry->uid, 1);
}

TEST(OwnBook, ItsHeadChangesAndItGoes) {
    BookChange change;
    change.head = HeadChange{"Quay", "", 6, std::nullopt, true};
    const auto changed = change_own_book(card_of(with_book), change).value().card;
    const auto book = book_in(changed);
    EXPECT_EQ(book.at("name"), "Quay");
    EXPECT_EQ(book.at("scan_depth"), 6);
    EXPECT_EQ(book.at("recursive_scanning"), true);
    EXPECT_EQ(book.at("vendor"), "x");
    EXPECT_EQ(book.at("extensions"), bj::parse(R"({"a":1})"));
    EXPECT_FALSE(book.contains("token_budget"));
    EXPECT_FALSE(book.contains("description"));
    // What is absent stays.
    BookChange deeper;
    deeper.head = HeadChange{{}, {}, 9, {}, {}};
    const auto again = book_in(change_own_book(changed, deeper).value().card);
    EXPECT_EQ(again.at("name"), "Quay");
    EXPECT_EQ(again.at("scan_depth"), 9);
    EXPECT_EQ(again.at("recursive_scanning"), true);
    BookChange drop;
    drop.remove_book = true;
    EXPECT_TRUE(change_own_book(changed, drop).value().card.character_book.empty());
}

}  // namespace
}  // namespace lares::character
