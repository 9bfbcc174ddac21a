#include "prompt/lore/scan.h"

#include <gtest/gtest.h>

#include "prompt/lore/text.h"

namespace lares::prompt::lore {
namespace {

using character::LoreEntry;

LoreEntry entry(std::string content, std::vector<std::string> keys) {
    LoreEntry made;
    made.content = std::move(content);
    made.keys = std::move(keys);
    return made;
}

struct Fixture {
    std::vector<LoreEntry> entries;
    CompileOptions options;
    ScanInput input;
    ScanText text;
    std::size_t counted = 0;  // bytes

    ScanResult run(std::vector<std::string> newest_first) {
        character::Lorebook book;
        for (std::size_t i = 0; i < entries.size(); ++i) {
            entries[i].uid = static_cast<std::int64_t>(i);
            book.entries.push_back(entries[i]);
        }
        set_ = BookSet::compile({{Scope::character, "B", std::make_shared<const character::Lorebook>(book)}},
                                options);
        text.messages = std::move(newest_first);
        input.books = set_.get();
        input.text = &text;
        if (input.settings.budget == 1) input.settings.budget = 10'000;
        input.count = [this](const std::string& one) -> Result<std::size_t> {
            counted += one.size();
            return one.size() / 4;
        };
        auto found = scan(input);
        EXPECT_TRUE(found);
        input.timed = found->timed;
        return std::move(*found);
    }
    std::vector<std::string> woken(std::vector<std::string> newest_first) {
        std::vector<std::string> contents;
        for (auto& one : run(std::move(newest_first)).activated) contents.push_back(one.content);
        return contents;
    }

private:
    std::shared_ptr<const BookSet> set_;
};

using Texts = std::vector<std::string>;

TEST(Scan, whole_words_are_bounded_by_ascii) {
    Fixture book;
    book.entries = {entry("L", {"lamp"})};
    EXPECT_EQ(book.woken({"The lamp."}), Texts{"L"});
    EXPECT_EQ(book.woken({"The lamplight."}), Texts{});
    EXPECT_EQ(book.woken({"lamp2"}), Texts{});
    EXPECT_EQ(book.woken({"lamp_"}), Texts{});
    EXPECT_EQ(book.woken({"élampé"}), Texts{"L"});
    book.options.whole_words = false;
    EXPECT_EQ(book.woken({"The lamplight."}), Texts{"L"});
}

// What is nearer to the chat goes first for the budget, whatever its order says.
TEST(Scan, books_of_each_scope_have_their_turn) {
    const auto book = [](double order) {
        auto made = std::make_shared<character::Lorebook>();
        made->entries = {entry("x", {"lamp"})};
        made->entries[0].order = order;
        return made;
    };
    const auto set = BookSet::compile({{Scope::global, "G", book(900)},
                                       {Scope::character, "C", book(800)},
                                       {Scope::space, "S", book(1)},
                                       {Scope::persona, "P", book(2)},
                                       {Scope::chat, "H", book(3)}},
                                      {});
    Texts ids;
    for (const auto& item : set->items()) ids.push_back(item.id);
    EXPECT_EQ(ids, (Texts{"chat/H/0", "persona/P/0", "space/S/0", "character/C/0", "global/G/0"}));
}

TEST(Scan, case_is_folded_in_every_script) {
    Fixture book;
    book.entries = {entry("L", {"МАЯК"}), entry("M", {"É"})};
    EXPECT_EQ(book.woken({"на маяк и é"}), (Texts{"L", "M"}));
    book.options.case_sensitive = true;
    EXPECT_EQ(book.woken({"на маяк"}), Texts{});
}

TEST(Scan, a_regex_that_is_none_is_literal_text) {
    Fixture book;
    book.entries = {entry("L", {"/(/"})};
    EXPECT_EQ(book.woken({"the sign /(/ there"}), Texts{"L"});
    EXPECT_EQ(book.woken({"("}), Texts{});
}

TEST(Scan, a_regex_may_reach_over_messages) {
    Fixture book;
    book.entries = {entry("L", {"/one[\\s\\S]*two/"}), entry("M", {"/one.*two/"})};
    EXPECT_EQ(book.woken({"one", "two"}), Texts{"L"});
    EXPECT_EQ(book.woken({"two", "one"}), Texts{});
}

TEST(Scan, depth_bounds_what_is_searched) {
    Fixture book;
    book.entries = {entry("L", {"lamp"})};
    EXPECT_EQ(book.woken({"a", "b", "lamp"}), Texts{});
    book.entries[0].scan_depth = 3;
    EXPECT_EQ(book.woken({"a", "b", "lamp"}), Texts{"L"});
    book.entries[0].scan_depth = 0;
    EXPECT_EQ(book.woken({"lamp"}), Texts{});
}

TEST(Scan, secondary_keys_by_logic) {
    Fixture book;
    const auto with = [](std::string content, character::SecondaryLogic logic,
                         std::vector<std::string> secondary) {
        auto made = entry(std::move(content), {"lamp"});
        made.logic = logic;
        made.secondary_keys = std::move(secondary);
        return made;
    };
    using enum character::SecondaryLogic;
    book.entries = {with("any", and_any, {"old", "x"}), with("not all", not_all, {"old", "x"}),
                    with("not any", not_any, {"old", "x"}), with("all", and_all, {"old", "is"}),
                    with("empty", and_any, {""})};
    EXPECT_EQ(book.woken({"The lamp is old"}), (Texts{"any", "not all", "all"}));
    book.entries[4].selective = false;
    EXPECT_EQ(book.woken({"The lamp"}), (Texts{"not all", "not any", "empty"}));
}

TEST(Scan, recursion_reaches_what_woke_and_stops) {
    Fixture book;
    book.entries = {entry("speaks of copper", {"lamp"}), entry("speaks of zinc", {"copper"}),
                    entry("end", {"zinc"})};
    EXPECT_EQ(book.woken({"lamp"}), Texts{"speaks of copper"});
    book.input.settings.recursive = true;
    EXPECT_EQ(book.woken({"lamp"}), (Texts{"speaks of copper", "speaks of zinc", "end"}));
    book.input.settings.max_recursion_steps = 2;
    EXPECT_EQ(book.woken({"lamp"}).size(), 2u);
    book.input.settings.max_recursion_steps = 0;
    book.entries[1].exclude_recursion = true;
    EXPECT_EQ(book.woken({"lamp"}), Texts{"speaks of copper"});
    book.entries[1].exclude_recursion = false;
    book.entries[0].prevent_recursion = true;
    EXPECT_EQ(book.woken({"lamp"}), Texts{"speaks of copper"});
}

TEST(Scan, levels_of_delayed_recursion_come_one_after_the_other) {
    Fixture book;
    book.entries = {entry("first", {"lamp"}), entry("one", {"lamp"}), entry("two", {"lamp"})};
    book.entries[1].delay_until_recursion = 1;
    book.entries[2].delay_until_recursion = 2;
    book.input.settings.recursive = true;
    EXPECT_EQ(book.woken({"lamp"}), (Texts{"first", "one", "two"}));
}

TEST(Scan, minimum_activations_look_deeper) {
    Fixture book;
    book.entries = {entry("L", {"lamp"})};
    book.input.settings.scan_depth = 1;
    book.input.settings.min_activations = 1;
    EXPECT_EQ(book.woken({"a", "b", "c", "lamp"}), Texts{"L"});
    book.input.settings.min_activations_depth_max = 2;
    EXPECT_EQ(book.woken({"a", "b", "c", "lamp"}), Texts{});
}

TEST(Scan, the_budget_ends_at_the_first_that_does_not_fit) {
    Fixture book;
    book.entries = {entry(std::string(4'000, 'x'), {"lamp"}), entry("small", {"lamp"}),
                    entry("free", {"lamp"})};
    book.entries[0].order = 300;
    book.entries[2].ignore_budget = true;
    book.entries[2].order = 50;
    book.input.settings.budget = 500;
    const auto found = book.run({"lamp"});
    ASSERT_EQ(found.activated.size(), 1u);
    EXPECT_EQ(found.activated[0].content, "free");
    EXPECT_TRUE(found.overflowed);
    EXPECT_EQ(found.refused.size(), 2u);
}

TEST(Scan, entries_that_ignore_the_budget_are_counted_once_each) {
    Fixture book;
    for (int i = 0; i < 5'000; ++i) {
        book.entries.push_back(entry(std::string(400, 'x'), {"lamp"}));
        book.entries.back().ignore_budget = true;
    }
    book.input.settings.budget = 500;
    const auto found = book.run({"lamp"});
    EXPECT_EQ(found.activated.size(), 5'000u);
    EXPECT_LT(book.counted, 5'000u * 400 * 2);
    for (const auto& one : found.activated) EXPECT_LE(one.tokens, 101u);
}

TEST(Scan, what_no_budget_holds_is_not_counted) {
    Fixture book;
    book.entries = {entry(std::string(8 << 20, 'x'), {"lamp"})};
    book.input.settings.budget = 500;
    EXPECT_TRUE(book.run({"lamp"}).overflowed);
    EXPECT_EQ(book.counted, 0u);
}

TEST(Scan, groups_choose_by_priority_then_weight) {
    Fixture book;
    book.entries = {entry("A", {"lamp"}), entry("B", {"lamp"}), entry("C", {"lamp"})};
    for (auto& one : book.entries) one.groups = {"g"};
    EXPECT_EQ(book.woken({"lamp"}).size(), 1u);
    book.entries[0].group_weight = book.entries[2].group_weight = 0;
    EXPECT_EQ(book.woken({"lamp"}), Texts{"B"});
    book.entries[2].group_override = true;
    EXPECT_EQ(book.woken({"lamp"}), Texts{"C"});
}

TEST(Scan, groups_choose_by_score_where_asked) {
    Fixture book;
    book.entries = {entry("A", {"lamp"}), entry("B", {"lamp", "old"})};
    for (auto& one : book.entries) one.groups = {"g"};
    book.input.settings.group_scoring = true;
    EXPECT_EQ(book.woken({"old lamp"}), Texts{"B"});
}

TEST(Scan, sticky_stays_and_cooldown_follows) {
    Fixture book;
    book.entries = {entry("L", {"lamp"})};
    book.entries[0].sticky = 3;
    book.entries[0].cooldown = 3;
    book.input.settings.scan_depth = 1;
    EXPECT_EQ(book.woken({"lamp"}), Texts{"L"});
    EXPECT_EQ(book.woken({"x", "y", "lamp"}), Texts{"L"});            // sticky until 4
    EXPECT_EQ(book.woken({"lamp", "y", "x", "y", "lamp"}), Texts{});  // cools down until 8
    EXPECT_EQ(book.woken({"lamp", "y", "lamp", "y", "x", "y", "lamp", "x"}), Texts{"L"});
}

TEST(Scan, a_swipe_resets_the_effects_of_its_own_message) {
    Fixture book;
    book.entries = {entry("L", {"lamp"})};
    book.entries[0].cooldown = 10;
    EXPECT_EQ(book.woken({"lamp"}), Texts{"L"});
    EXPECT_EQ(book.woken({"lamp"}), Texts{"L"});
    EXPECT_EQ(book.woken({"lamp", "x", "lamp"}), Texts{});
}

TEST(Scan, delay_waits_for_messages) {
    Fixture book;
    book.entries = {entry("L", {"lamp"})};
    book.entries[0].delay = 2;
    EXPECT_EQ(book.woken({"lamp"}), Texts{});
    EXPECT_EQ(book.woken({"lamp", "x"}), Texts{"L"});
}

TEST(Scan, filters_and_triggers) {
    Fixture book;
    book.entries = {entry("name", {"lamp"}), entry("tag", {"lamp"}), entry("swipe", {"lamp"})};
    book.entries[0].filter = {false, {"Mira"}, {}};
    book.entries[1].filter = {true, {}, {"sea"}};
    book.entries[2].triggers = {"swipe"};
    book.input.character = "Mira";
    book.input.tags = {"sea"};
    EXPECT_EQ(book.woken({"lamp"}), Texts{"name"});
    book.input.character = "Odile";
    book.input.tags = {};
    book.input.trigger = "swipe";
    EXPECT_EQ(book.woken({"lamp"}), (Texts{"tag", "swipe"}));
}

TEST(Scan, chance_is_the_seeds) {
    Fixture book;
    for (int i = 0; i < 200; ++i) {
        book.entries.push_back(entry("e" + std::to_string(i), {"lamp"}));
        book.entries.back().probability = 50;
    }
    const auto first = book.woken({"lamp"});
    EXPECT_GT(first.size(), 50u);
    EXPECT_LT(first.size(), 150u);
    EXPECT_EQ(book.woken({"lamp"}), first);
    book.input.seed = 1;
    EXPECT_NE(book.woken({"lamp"}), first);
}

TEST(Scan, macros_in_keys_and_fields_on_request) {
    Fixture book;
    book.entries = {entry("dynamic", {"{{char}}"}), entry("field", {"granite"})};
    book.entries[1].match_fields = 1U << static_cast<unsigned>(character::LoreField::description);
    book.text.fields[static_cast<std::size_t>(character::LoreField::description)] = "of granite";
    book.input.expand = [](std::string_view text) {
        return text == "{{char}}" ? std::string("Mira") : std::string(text);
    };
    EXPECT_EQ(book.woken({"hello mira"}), (Texts{"dynamic", "field"}));
    book.entries[1].match_fields = 0;
    EXPECT_EQ(book.woken({"granit"}), Texts{});
}

TEST(Scan, decorators_of_v3_are_followed_when_asked) {
    Fixture book;
    book.entries = {entry("regex", {"la.p"}), entry("out", {"lamp"})};
    book.entries[0].use_regex = true;
    book.entries[1].decorators.exclude_keys = {"old"};
    EXPECT_EQ(book.woken({"old lamp"}), Texts{"out"});
    book.options.v3 = true;
    EXPECT_EQ(book.woken({"old lamp"}), Texts{"regex"});
}

TEST(Scan, finds_what_a_search_for_each_key_finds) {
    Fixture book;
    const std::vector<std::string> words = {"lamp",  "old lamp",  "la", "mp",
                                            "light", "lamplight", "é",  "Lamp"};
    for (const auto& word : words) book.entries.push_back(entry(word, {word}));
    const std::string text = "an Old lamp, lamplight; la mp and é";
    Texts expected;
    for (const auto& word : words) {
        const bool whole = word.find(' ') == word.npos;
        if (contains(lower(text), lower(word), whole)) expected.push_back(word);
    }
    EXPECT_EQ(book.woken({text}), expected);
}

}  // namespace
}  // namespace lares::prompt::lore
