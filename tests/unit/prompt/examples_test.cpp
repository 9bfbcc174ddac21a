#include "prompt/examples.h"

#include <gtest/gtest.h>

namespace lares::prompt {
namespace {

// "u:text a:text | u:…": blocks parted by " | ".
std::string shape(std::string_view text) {
    std::string out;
    for (const auto& block : read_examples(text, {"Mira", "Ann", std::nullopt})) {
        if (!out.empty()) out += " | ";
        for (const auto& message : block) {
            if (!out.empty() && !out.ends_with(' ')) out += ' ';
            out += (message.role == gateway::Role::user ? "u:" : "a:") + message.content;
        }
    }
    return out;
}

TEST(Examples, BlocksAndSpeakers) {
    EXPECT_EQ(
        shape("<START>\n{{user}}: Hello.\n{{char}}: Mind the step.\n<start>\r\n{{char}}: I am {{char}}.\r\n"),
        "u:Hello. a:Mind the step. | a:I am Mira.");
    EXPECT_EQ(shape("Ann: Hi\nMira: Hm"), "u:Hi a:Hm");
    EXPECT_EQ(shape("<USER>: Hi\n<BOT>: Hm"), "u:Hi a:Hm");
}

TEST(Examples, LinesWithoutASpeakerGoOnWithTheLast) {
    EXPECT_EQ(shape("{{user}}: one\ntwo\n{{char}}: three\n{{char}}: four"), "u:one\ntwo a:three\nfour");
    EXPECT_EQ(shape("She nods.\n{{user}}: ok"), "a:She nods. u:ok");
}

TEST(Examples, NothingMakesNothing) {
    EXPECT_EQ(shape(""), "");
    EXPECT_EQ(shape("<START>\n\n<START>\n{{char}}:\n"), "");
}

}  // namespace
}  // namespace lares::prompt
