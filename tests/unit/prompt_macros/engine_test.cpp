#include "prompt/macros/engine.h"

#include <chrono>

#include <gtest/gtest.h>

namespace lares::prompt::macros {
namespace {

Engine engine() {
    World world;
    world.character = "Mira";
    world.user = "Robin";
    world.card_fields = {{"description", "DESC"}, {"personality", "PERS"}, {"scenario", ""}};
    static const Texts outlets = {{"notes", "Outlet lore."}};
    world.outlets = &outlets;
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
    made.world().place.locale = "de";
    made.world().place.time_zone = "Europe/Berlin";
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

std::string repeated(std::string_view text, std::size_t count) {
    std::string out;
    out.reserve(text.size() * count);
    for (std::size_t i = 0; i < count; ++i) out += text;
    return out;
}

using Clock = std::chrono::steady_clock;

TEST(Macros, marks_of_a_whole_card_take_linear_time) {
    const auto began = Clock::now();
    EXPECT_EQ(expand(repeated("{{trim}}", 1 << 20)), "");
    EXPECT_EQ(expand(repeated("\n{{trim}}\r\nx", 500'000)).size(), 500'000u);
    EXPECT_EQ(expand("a\r\r\n{{trim}}\r{{trim}}b"), "a\r\rb") << "a return goes with its line feed only";
    EXPECT_LT(Clock::now() - began, std::chrono::seconds(10));
}

TEST(Macros, a_choice_of_a_long_text_does_not_read_it_again) {
    const auto began = Clock::now();
    const auto chosen = expand(repeated("{{pick::a::b}}", 90'000));
    EXPECT_EQ(chosen.size(), 90'000u);
    EXPECT_EQ(expand("{{random:" + std::string(8 << 20, ',') + "}}"), "");
    EXPECT_LT(Clock::now() - began, std::chrono::seconds(10));
}

TEST(Macros, scopes_within_scopes_end_somewhere) {
    const auto began = Clock::now();
    for (const std::string_view name : {"if 1", "char", "nobody", "trim"}) {
        const std::string close = "{{/" + std::string(name.substr(0, name.find(' '))) + "}}";
        const auto text = repeated("{{" + std::string(name) + "}}", 40'000) + "x" + repeated(close, 40'000);
        EXPECT_NE(expand(text).find('x'), std::string::npos) << name;
    }
    EXPECT_EQ(expand(repeated("{{if 1}}", 20) + "x" + repeated("{{/if}}", 20)), "x");
    EXPECT_LT(Clock::now() - began, std::chrono::seconds(10));
}

TEST(Macros, what_is_nested_is_expanded_once) {
    EXPECT_EQ(expand("{{char::{{incvar::n}}}}{{.n{{incvar::n}}}}"), "{{char::1}}");
    EXPECT_EQ(expand("{{char}}{{incvar::m}}{{/char}}[{{getvar::m}}]"), "{{char}}1{{/char}}[1]");
    EXPECT_EQ(expand("{{if {{incvar::k}}}}[{{getvar::k}}]"), "{{if 1}}[1]");
}

TEST(Macros, texts_of_one_budget_share_it) {
    Budget budget(100'000);
    World world;
    world.user = std::string(800, 'u');
    Engine made(world, &budget);
    EXPECT_EQ(made.expand("<user>").size(), 800u);
    EXPECT_LT(made.expand(repeated("{{user}}", 1'000)).size(), 120'000u);
    EXPECT_TRUE(budget.spent());
    EXPECT_EQ(made.expand("{{user}}<user>"), "{{user}}<user>");
    Budget all(1'000), part(1'000'000, &all);
    part.take(1'000);
    EXPECT_TRUE(part.spent()) << "it is part of one that is spent";
}

TEST(Macros, variables_have_room_together) {
    auto made = engine();
    std::string text = "{{setvar::long::" + std::string(60'000, 'x') + "}}";
    for (int i = 0; i < 900; ++i)
        text += "{{setvar::n" + std::to_string(i) + "{{getvar::long}}::{{getvar::long}}}}";
    made.expand(text);
    std::size_t bytes = 0;
    for (const auto& [name, value] : made.world().variables) bytes += name.size() + value.size();
    EXPECT_LE(bytes, 2 * limits::variables_bytes);
    EXPECT_EQ(made.world().variables["long"].size(), 60'000u);
}

TEST(Macros, what_a_text_alone_does_to_variables_ends_with_it) {
    auto made = engine();
    made.expand("{{setvar::a::1}}{{setvar::b::2}}");
    const auto before = made.world().variables;
    Engine::Options options;
    options.alone = true;
    EXPECT_EQ(
        made.expand("{{incvar::a}}{{incvar::a}}{{deletevar::b}}{{.c = 4}}[{{.a}}{{.b}}{{.c}}]", options),
        "23[34]");
    EXPECT_EQ(made.world().variables, before);
}

TEST(Macros, a_pattern_of_a_date_ends_somewhere) {
    const auto began = Clock::now();
    const auto made = expand("{{datetimeformat::" + repeated("D", 1 << 20) + "}}");
    EXPECT_GT(made.size(), (1u << 20) - 2 * limits::date_tokens);
    EXPECT_LT(expand(repeated("{{time}}", 100'000)).find("{{time}}"), 100'000u) << "dates are dear";
    EXPECT_LT(Clock::now() - began, std::chrono::seconds(10));
}

}  // namespace
}  // namespace lares::prompt::macros
