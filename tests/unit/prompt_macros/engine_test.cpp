#include "prompt/macros/engine.h"

#include <gtest/gtest.h>

namespace lares::prompt::macros {
namespace {

Engine engine() {
    World world;
    world.character = "Mira";
    world.user = "Robin";
    world.card_fields = {{"description", "DESC"}, {"personality", "PERS"}, {"scenario", ""}};
    world.outlets = {{"notes", "Outlet lore."}};
    world.seed = 3;
    world.now_ms = 1'795'273'445'000;  // 2026-11-21 15:04:05 UTC
    return Engine(std::move(world));
}

std::string expand(std::string_view text) {
    auto made = engine();
    return made.expand(text);
}

TEST(Macros, names_in_any_case_with_white_space) {
    EXPECT_EQ(expand("{{char}} {{USER}} {{ Char }} <BOT> <user>"), "Mira Robin Mira Mira Robin");
    EXPECT_EQ(expand("{{{char}}}"), "{Mira}");
}

TEST(Macros, unknown_ones_stay_and_their_inner_ones_expand) {
    EXPECT_EQ(expand("{{nobody}} {{nobody::{{char}}}} {{char::x}} {{roll}} {{}} {{"),
              "{{nobody}} {{nobody::Mira}} {{char::x}} {{roll}} {{}} {{");
    EXPECT_EQ(expand("{{original}}"), "{{original}}");
}

TEST(Macros, what_a_macro_yields_is_not_read_again) {
    auto made = engine();
    made.world().user = "{{char}}";
    EXPECT_EQ(made.expand("{{user}}"), "{{char}}");
}

TEST(Macros, original_once) {
    auto made = engine();
    Engine::Options options;
    options.original = "MAIN";
    EXPECT_EQ(made.expand("{{original}}|{{original}}", options), "MAIN|");
}

TEST(Macros, card_fields_are_empty_in_the_card_itself) {
    auto made = engine();
    EXPECT_EQ(made.expand("[{{description}}][{{outlet::notes}}]"), "[DESC][Outlet lore.]");
    Engine::Options options;
    options.card_field = true;
    EXPECT_EQ(made.expand("[{{description}}][{{outlet::notes}}]", options), "[][]");
}

TEST(Macros, comments_vanish) {
    EXPECT_EQ(expand("a{{// one\ntwo}}b{{//}}c {{char}}{{///}}d"), "abd");
}

TEST(Macros, trim_takes_line_breaks_only) {
    EXPECT_EQ(expand("top\n\n{{trim}}\r\n\nbottom"), "topbottom");
    EXPECT_EQ(expand("l   {{trim}}  r"), "l     r");
    EXPECT_EQ(expand("{{trim}}  x {{/trim}}"), "x");
}

TEST(Macros, conditions) {
    EXPECT_EQ(expand("{{if description}}has{{else}}none{{/if}}"), "has");
    EXPECT_EQ(expand("{{if !scenario}}none{{/if}}{{if 0}}x{{/if}}{{if off}}x{{/if}}"), "none");
    EXPECT_EQ(expand("{{if 1}}{{if 0}}a{{else}}b{{/if}}{{else}}c{{/if}}"), "b");
    EXPECT_EQ(expand("{{if::1::yes}}"), "yes");
    EXPECT_EQ(expand("{{if 0}}{{setvar::x::1}}{{/if}}[{{getvar::x}}]"), "[]");
    EXPECT_EQ(expand("{{ if 1 }}\n  # A\n    b\n{{ /if }}"), "# A\n  b");
}

TEST(Macros, variables) {
    EXPECT_EQ(expand("{{setvar::a::4}}{{incvar::a}}{{addvar::a::2.5}}[{{getvar::a}}]"), "5[7.5]");
    EXPECT_EQ(expand("{{addvar::s::x}}{{addvar::s::y}}{{getvar s}}"), "xy");
    EXPECT_EQ(expand("{{.t = 4}}[{{.t}}] {{.t++}} [{{.t}}]"), "[4] 5 [5]");
    EXPECT_EQ(expand("{{.n || none}} {{.n ?\?= 3}} {{.n += 4}}{{.n}} {{.n > 6}} {{.n == 8}}"),
              "none 3 7 true false");
    EXPECT_EQ(expand("{{hasvar::q}} {{setvar::q::1}}{{varexists::q}}{{deletevar::q}} {{hasvar::q}}"),
              "false true false");
    EXPECT_EQ(expand("{{setvar::{{char}}_m::up}}{{getvar::Mira_m}}"), "up");
    EXPECT_EQ(expand("{{setvar b}}\n  two\n  lines\n{{/setvar}}{{getvar::b}}"), "two\nlines");
}

TEST(Macros, choices_are_the_seeds) {
    auto made = engine();
    const std::string first = made.expand("{{pick::a::b::c::d::e::f}}");
    EXPECT_EQ(made.expand("{{pick::a::b::c::d::e::f}}"), first);
    std::set<std::string> seen;
    for (int i = 0; i < 60; ++i) seen.insert(made.expand("{{random:a,b,c}}"));
    EXPECT_EQ(seen, (std::set<std::string>{"a", "b", "c"}));
    EXPECT_EQ(expand("[{{random}}][{{random:}}][{{random::}}]{{random only}}"), "[][][]only");
    EXPECT_EQ(expand("{{random:a\\,b}}"), "a,b");
}

TEST(Macros, dice) {
    for (int i = 0; i < 20; ++i) {
        const int value = std::stoi(expand("{{roll:2d6+1}}"));
        EXPECT_GE(value, 3);
        EXPECT_LE(value, 13);
    }
    EXPECT_EQ(expand("[{{roll:banana}}][{{roll:}}][{{roll:1d1}}]"), "[][][1]");
}

TEST(Macros, small_ones) {
    EXPECT_EQ(expand("a{{noop}}b{{newline}}{{newline::2}}{{space::2}}|"), "ab\n\n\n  |");
    EXPECT_EQ(expand("{{reverse:abc}} {{reverse::{{char}}}} {{reverse}}ab{{/reverse}} {{reverse:é1}}"),
              "cba ariM ba 1é");
    EXPECT_EQ(expand("\\{\\{char\\}\\}"), "{{char}}");
}

TEST(Macros, dates_by_locale_and_zone) {
    EXPECT_EQ(expand("{{time}}|{{date}}|{{weekday}}|{{isotime}}|{{isodate}}"),
              "3:04 PM|November 21, 2026|Saturday|15:04|2026-11-21");
    EXPECT_EQ(expand("{{time_UTC+2}} {{time::UTC-3}} {{datetimeformat::DD.MM.YYYY HH:mm [at] dddd}}"),
              "5:04 PM 12:04 PM 21.11.2026 15:04 at Saturday");
    auto made = engine();
    made.world().locale = "de";
    made.world().time_zone = "Europe/Berlin";
    EXPECT_EQ(made.expand("{{date}} {{weekday}} {{time}}"), "21. November 2026 Samstag 16:04");
}

TEST(Macros, stay_within_bounds) {
    auto made = engine();
    std::string doubling = "{{setvar::a::0123456789}}";
    for (int i = 0; i < 40; ++i) doubling += "{{setvar::a::{{getvar::a}}x{{getvar::a}}}}";
    made.expand(doubling);
    EXPECT_LE(made.world().variables["a"].size(), limits::variable_bytes);
    std::string deep;
    for (int i = 0; i < 5'000; ++i) deep += "{{reverse::";
    deep += "x";
    for (int i = 0; i < 5'000; ++i) deep += "}}";
    EXPECT_FALSE(made.expand(deep).empty());
    std::string output = "{{setvar::b::" + std::string(60'000, 'x') + "}}";
    for (int i = 0; i < 500; ++i) output += "{{getvar::b}}";
    EXPECT_LT(made.expand(output).size(), limits::output_bytes + 100'000);
}

}  // namespace
}  // namespace lares::prompt::macros
