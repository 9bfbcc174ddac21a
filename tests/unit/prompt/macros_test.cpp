#include "prompt/macros.h"

#include <chrono>

#include <gtest/gtest.h>

namespace lares::prompt {
namespace {

std::string expand(std::string_view text, std::optional<std::string_view> original = std::nullopt) {
    return expand_macros(text, {"Mira", "Ann", original});
}

TEST(Macros, NamesIgnoreCaseAndSpaces) {
    EXPECT_EQ(expand("{{char}} {{ USER }} {{Char}}"), "Mira Ann Mira");
    EXPECT_EQ(expand("<BOT> <user> <Char>"), "Mira Ann Mira");
}

TEST(Macros, UnknownOnesStayAndTheirInnerOnesExpand) {
    EXPECT_EQ(expand("{{rol:d6}} {{x {{char}} }} {one} {{ <b>"), "{{rol:d6}} {{x Mira }} {one} {{ <b>");
    EXPECT_EQ(expand("{{{char}}}"), "{Mira}");
}

TEST(Macros, CommentsVanish) {
    EXPECT_EQ(expand("a{{// {char} nothing }}b{{//}}c"), "abc");
}

TEST(Macros, OriginalExpandsOnceAndOnlyWhereThereIsOne) {
    EXPECT_EQ(expand("{{original}}|{{ORIGINAL}}", "base"), "base|");
    EXPECT_EQ(expand("{{original}}"), "{{original}}");
}

TEST(Macros, WhatAMacroYieldsIsNotReadAgain) {
    EXPECT_EQ(expand_macros("{{char}}{{user}}", {"{{user}}", "{{original}}", "x"}), "{{user}}{{original}}");
    EXPECT_EQ(expand_macros("{{original}}", {"Mira", "Ann", "{{char}}"}), "{{char}}");
    EXPECT_EQ(expand_macros("{{user}}{char}}", {"Mira", "{", std::nullopt}), "{{char}}");
}

TEST(Macros, HostileTextTakesLinearTime) {
    const auto start = std::chrono::steady_clock::now();
    const std::string braces(400'000, '{');  // a brace at a time it would be 80 billion steps
    EXPECT_EQ(expand(braces), braces);
    EXPECT_EQ(expand(braces + "}}"), braces + "}}");
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

}  // namespace
}  // namespace lares::prompt
