#include "voice/english/dictionary.h"

#include <gtest/gtest.h>

#include "unit/voice_english/english.h"

namespace lares::voice::english {
namespace {

Dictionary dictionary(const std::vector<Pronunciation>& entries) {
    auto made = Dictionary::make(entries);
    EXPECT_TRUE(made);
    return made ? *made : Dictionary();
}

TEST(Dictionary, PhonemesAreSaidAsGiven) {
    const auto own = dictionary({{"Xochitl", "sˈOʧil", ""}});
    EXPECT_EQ(phonemes_of("Hi, XOCHITL!", own), "hˈI, sˈOʧil!");
    EXPECT_EQ(phonemes_of("Xochitl's cat", own), "sˈOʧilz kˈæt");
    EXPECT_EQ(words_of("Xochitl ran.", own), "xochitl ran");
}

TEST(Dictionary, ARespellingIsReadInItsPlace) {
    const auto own = dictionary({{"Siobhan", "", "shi von"}});
    EXPECT_EQ(words_of("Ask Siobhan.", own), "ask shi von");
    const auto spoken = script().phonemizer->speak("Ask Siobhan.", own);
    EXPECT_FALSE(spoken_by(spoken, 4, 11).empty());
}

TEST(Dictionary, WordsWithinWordsStay) {
    const auto own = dictionary({{"cat", "dˈɔɡ", ""}});
    EXPECT_EQ(phonemes_of("catch", own), phonemes_of("catch"));
}

TEST(Dictionary, ManyUsesInOneTextAreBounded) {
    const auto own = dictionary({{"cat", "dˈɔɡ", ""}});
    std::string text;
    for (int i = 0; i < 5'000; ++i) text += "cat ";
    EXPECT_EQ(script().phonemizer->speak(text, own).words.size(), 5'000u);
}

TEST(Dictionary, RefusesWhatNoVoiceCanSay) {
    const auto field_of = [](const Pronunciation& entry) {
        const auto made = Dictionary::make({entry});
        return made ? std::string() : made.error().field;
    };
    EXPECT_EQ(field_of({"", "a", ""}), "pronunciations[0].word");
    EXPECT_EQ(field_of({"two words", "a", ""}), "pronunciations[0].word");
    EXPECT_EQ(field_of({"cat", "#", ""}), "pronunciations[0].phonemes");
    EXPECT_EQ(field_of({"cat", "", "c4t"}), "pronunciations[0].respelling");
    EXPECT_EQ(field_of({"cat", "", ""}), "pronunciations[0]");
    EXPECT_EQ(field_of({"cat", "a", "b"}), "pronunciations[0]");
    EXPECT_FALSE(Dictionary::make(std::vector<Pronunciation>(501, {"cat", "a", ""})));
}

}  // namespace
}  // namespace lares::voice::english
