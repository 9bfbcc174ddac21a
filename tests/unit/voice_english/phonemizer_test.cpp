#include "voice/english/phonemizer.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "unit/voice_english/english.h"
#include "voice/english/letters.h"

namespace lares::voice::english {

Script& script() {
    static Script opened = [] {
        Script made;
        auto phonemizer = Phonemizer::open(
            LARES_TEST_VOICE,
            [](const std::vector<std::int64_t>& letters) -> Result<std::vector<std::int64_t>> {
                script().asked.push_back(letters);
                return std::vector<std::int64_t>{21, 0, 20, 20, 13};  // with a blank and a repeat
            });
        if (phonemizer) made.phonemizer = *phonemizer;
        return made;
    }();
    return opened;
}

std::string words_of(std::string_view text, const Dictionary& dictionary) {
    std::string all;
    for (const auto& word : script().phonemizer->speak(text, dictionary).words)
        all += (all.empty() ? "" : " ") + word;
    return all;
}

std::string spoken_by(const Spoken& spoken, std::uint32_t begin, std::uint32_t end) {
    std::u32string symbols;
    for (const auto& phoneme : spoken.phonemes) {
        if (phoneme.source.begin >= begin && phoneme.source.end <= end && phoneme.symbol != ' ')
            symbols.push_back(phoneme.symbol);
    }
    return to_utf8(symbols);
}

namespace {

TEST(Phonemizer, ReadsAsThePackageDoes) {
    EXPECT_EQ(phonemes_of("Hello there."), "həlˈO ðˈɛɹ.");
    EXPECT_EQ(phonemes_of("I don't know; it's well-known that the cats' toys aren't theirs."),
              "ˌI dˈOnt nˈO; ɪts wˌɛlnˈOn ðæt ðə kˈæts tˈYz ˌɑɹnt ðˈɛɹz.");
    EXPECT_EQ(phonemes_of("She left (quietly) - and..."), "ʃˌi lˈɛft (kwˈIətli) — ænd...");
}

TEST(Phonemizer, SmallWordsHearWhatFollows) {
    EXPECT_EQ(phonemes_of("the apple, the pear"), "ði ˈæpᵊl, ðə pˈɛɹ");
    EXPECT_EQ(phonemes_of("to eat, to go"), "tʊ ˈit, tə ɡˌO");
}

TEST(Phonemizer, AWordThatIsDrawnOutIsTheWordItMeans) {
    script().asked.clear();
    for (const auto& [drawn, meant] :
         std::vector<std::pair<const char*, const char*>>{{"Nooooo!", "No!"},
                                                          {"yessss", "yes"},
                                                          {"heyyy", "hey"},
                                                          {"loooove", "love"},
                                                          {"pleaseeee", "please"},
                                                          {"coooool", "cool"},
                                                          {"byeee", "bye"},
                                                          {"WHAAAT", "WHAT"},
                                                          {"hiiii", "hi"},
                                                          {"soooo", "so"}})
        EXPECT_EQ(phonemes_of(drawn), phonemes_of(meant)) << drawn;
    EXPECT_TRUE(script().asked.empty()) << "the letter model knows no such words";
    EXPECT_EQ(phonemes_of("shhhh, brrrr, zzzzz"), "ʃʃ, bɹɹ, zzz");
    EXPECT_EQ(phonemes_of("ahhh"), "ˈɑɑɑ") << "the lexicon has it";
    EXPECT_EQ(phonemes_of("IEEE, XXX"), "ˌIˌiˌiˈi, ˌɛksˌɛksˈɛks") << "letters";
    const auto spoken = script().phonemizer->speak("sooo big");
    EXPECT_EQ(spoken_by(spoken, 0, 4), "sˌO");
    EXPECT_EQ(spoken.phonemes.back().source, (Span{5, 8}));
}

TEST(Phonemizer, EndingsFollowTheirSounds) {
    EXPECT_EQ(phonemes_of("He was wanted, waxed and rebooted."), "hˌi wʌz wˈɑntᵻd, wˈækst ænd ɹˌibˈuTᵻd.");
    EXPECT_NE(phonemes_of("hibiscuses").find("ᵻz"), std::string::npos);
    EXPECT_EQ(phonemes_of("McDonald's"), "məkdˈɑnəldz");
}

TEST(Phonemizer, EveryPhonemeKnowsItsSource) {
    const std::string text = "In 2026 it costs $5, café-style.";
    const auto spoken = script().phonemizer->speak(text);
    EXPECT_EQ(spoken_by(spoken, 3, 7), "twˈɛntitwˈɛntisˈɪks");
    EXPECT_EQ(spoken_by(spoken, 17, 19), "fˈIvdˈɑləɹz");
    const auto length = static_cast<std::uint32_t>(to_code_points(text).size());
    for (const auto& phoneme : spoken.phonemes) {
        EXPECT_LE(phoneme.source.begin, phoneme.source.end);
        EXPECT_LE(phoneme.source.end, length);
        if (phoneme.symbol != ' ') EXPECT_LT(phoneme.source.begin, phoneme.source.end);
    }
}

TEST(Phonemizer, SourcesCountCodePoints) {
    const auto spoken = script().phonemizer->speak("naïve – 世界 cat");
    EXPECT_EQ(spoken_by(spoken, 11, 14), "kˈæt");
    ASSERT_EQ(spoken.left_out.size(), 1u);
    EXPECT_EQ(spoken.left_out[0], (Omission{{8, 10}, "Chinese text"}));
}

TEST(Phonemizer, NamesWhatItLeavesOut) {
    const auto spoken = script().phonemizer->speak("Привет! 😀 こんにちは世界 \x01 \xff ok");
    std::string names;
    for (const auto& omission : spoken.left_out) names += omission.what + "; ";
    EXPECT_EQ(names, "Cyrillic text; an emoji; Japanese text; control characters; bytes that are no text; ");
    EXPECT_EQ(spoken.words, (std::vector<std::string>{"ok"}));
}

TEST(Phonemizer, PunctuationAloneIsSilence) {
    for (const char* text : {"", "   ", "...", "😀😀", "世界。", "?!", "\x02"})
        EXPECT_TRUE(script().phonemizer->speak(text).phonemes.empty()) << text;
}

TEST(Phonemizer, UnknownWordsGoToTheModelOnce) {
    script().asked.clear();
    const auto first = phonemes_of("Qzxvbrt");
    EXPECT_EQ(first, phonemes_of("Qzxvbrt"));
    ASSERT_EQ(script().asked.size(), 1u);
    EXPECT_EQ(script().asked[0].size(), 7u);
    EXPECT_EQ(first.find(' '), std::string::npos);
}

TEST(Phonemizer, WithoutAModelTheWordIsNamed) {
    const auto silent =
        Phonemizer::open(LARES_TEST_VOICE, [](const auto&) -> Result<std::vector<std::int64_t>> {
            return fail(Code::internal, "voice-failed", "no");
        });
    ASSERT_TRUE(silent);
    const auto spoken = (*silent)->speak("A qzxvbrt ran.");
    ASSERT_EQ(spoken.left_out.size(), 1u);
    EXPECT_EQ(spoken.left_out[0], (Omission{{2, 9}, "letters that make no word"}));
    EXPECT_EQ(phoneme_text(spoken), "ɐ ɹˈæn.");
}

TEST(Phonemizer, LongLettersAreReadInPiecesUpToABound) {
    script().asked.clear();
    const auto spoken = script().phonemizer->speak(std::string(10'000, 'x') + " end");
    EXPECT_LE(script().asked.size(), 8u);
    for (const auto& letters : script().asked) EXPECT_LE(letters.size(), 24u);
    EXPECT_FALSE(spoken.phonemes.empty());
    EXPECT_EQ(spoken_by(spoken, 10'001, 10'004), "ˈɛnd");
    ASSERT_EQ(spoken.left_out.size(), 1u);
    EXPECT_EQ(spoken.left_out[0], (Omission{{192, 10'000}, "letters that make no word"}));
}

TEST(Phonemizer, TextBeyondTheBoundIsLeftOut) {
    std::string text;
    for (int i = 0; i < 6'000; ++i) text += "cat ";
    const auto spoken = script().phonemizer->speak(text);
    EXPECT_EQ(spoken.words.size(), 5'000u);
    ASSERT_FALSE(spoken.left_out.empty());
    EXPECT_EQ(spoken.left_out.back().source, (Span{20'000, 24'000}));
}

TEST(Phonemizer, CompoundsOfManyPartsStayLinear) {
    std::string text;
    for (int i = 0; i < 6'000; ++i) text += "a-b";
    EXPECT_FALSE(script().phonemizer->speak(text).phonemes.empty());
}

TEST(Phonemizer, MissingTablesAreNamed) {
    const auto opened = Phonemizer::open("/nonexistent", {});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::unavailable);
    EXPECT_EQ(opened.error().type, "voice-missing");
}

}  // namespace
}  // namespace lares::voice::english
