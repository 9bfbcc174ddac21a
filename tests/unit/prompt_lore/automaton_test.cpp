#include "prompt/lore/automaton.h"

#include <random>
#include <set>

#include <gtest/gtest.h>

namespace lares::prompt::lore {
namespace {

using Found = std::set<std::pair<std::uint32_t, std::size_t>>;

Found search(const std::vector<std::string_view>& patterns, std::string_view text) {
    Found found;
    Automaton(patterns).search(text,
                               [&](std::uint32_t pattern, std::size_t end) { found.emplace(pattern, end); });
    return found;
}

TEST(Automaton, finds_patterns_within_patterns) {
    EXPECT_EQ(search({"he", "she", "his", "hers"}, "ushers"), (Found{{1, 4}, {0, 4}, {3, 6}}));
}

TEST(Automaton, of_nothing_finds_nothing) {
    EXPECT_TRUE(search({}, "text").empty());
    EXPECT_TRUE(search({"a"}, "").empty());
}

TEST(Automaton, finds_what_a_search_for_each_finds) {
    std::mt19937 random(7);
    const auto text_of = [&](std::size_t size) {
        std::string text;
        for (std::size_t i = 0; i < size; ++i) text += static_cast<char>("ab\xc3\xa9"[random() % 4]);
        return text;
    };
    for (int round = 0; round < 200; ++round) {
        std::set<std::string> texts;
        for (int i = 0; i < 20; ++i) texts.insert(text_of(1 + random() % 6));
        const std::vector<std::string_view> patterns(texts.begin(), texts.end());
        const std::string text = text_of(60);
        Found expected;
        for (std::uint32_t p = 0; p < patterns.size(); ++p) {
            for (std::size_t at = text.find(patterns[p]); at != text.npos;
                 at = text.find(patterns[p], at + 1))
                expected.emplace(p, at + patterns[p].size());
        }
        ASSERT_EQ(search(patterns, text), expected) << text;
    }
}

}  // namespace
}  // namespace lares::prompt::lore
