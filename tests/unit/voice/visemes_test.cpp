#include "voice/visemes.h"

#include <cmath>

#include <gtest/gtest.h>

#include "voice/speaker.h"
#include "voice/utf.h"

namespace lares::voice {

namespace {

// "həlˈO ˌbɹAv mˈæp." and more: each symbol 75 ms but stress marks and spaces 25 ms.
std::vector<TimedPhoneme> timed(std::u32string_view symbols) {
    std::vector<TimedPhoneme> out;
    std::int64_t at = 0;
    std::uint32_t place = 0;
    for (const auto symbol : symbols) {
        const std::int64_t samples = symbol == U'ˈ' || symbol == U'ˌ' || symbol == U' ' ? 600 : 1'800;
        out.push_back({symbol, {place, place + 1}, at, at + samples});
        at += samples;
        ++place;
    }
    return out;
}

constexpr std::u32string_view text =
    U"həlˈO ˌbɹAv mˈæp. ðə bˈæd fˈɪʃ swˈɪmz, pˈʌmp ʌp ðə bˈOt. mˈʌmi fˈɪlmz bˈIk hˈWs bˈY.";

TEST(Visemes, CoverTheClauseWithoutAGap) {
    const auto phonemes = timed(text);
    const auto cues = visemes_of(phonemes, 24'000);
    double end = 0;
    for (const auto& cue : cues) {
        EXPECT_LE(cue.at_ms, end + 1e-6) << "a gap";
        EXPECT_GT(cue.for_ms, 0);
        EXPECT_GT(cue.weight, 0);
        end = std::max(end, cue.at_ms + cue.for_ms);
    }
    EXPECT_NEAR(end, static_cast<double>(phonemes.back().end) / 24, 1e-6);
}

TEST(Visemes, LipsAreClosedForAllOfPAndBAndM) {
    const auto phonemes = timed(text);
    const auto cues = visemes_of(phonemes, 24'000);
    int closed = 0, moments = 0;
    for (const auto& phoneme : phonemes) {
        if (std::u32string_view(U"pbm").find(phoneme.symbol) == std::u32string_view::npos) continue;
        for (auto sample = phoneme.begin; sample < phoneme.end; sample += 24) {
            const double ms = static_cast<double>(sample) / 24;
            ++moments;
            const auto vrm = vrm_at(cues, ms);
            const auto live2d = live2d_at(cues, ms);
            if (vrm.aa + vrm.ih + vrm.ou + vrm.ee + vrm.oh == 0 && live2d.open == 0) ++closed;
        }
    }
    EXPECT_GT(moments, 500);
    EXPECT_EQ(closed, moments);
}

TEST(Visemes, AVowelBeginsInTheConsonantBeforeIt) {
    const auto cues = visemes_of(timed(U"sˈu"), 24'000);
    ASSERT_EQ(cues.size(), 2u);
    EXPECT_EQ(cues[1].shape, Viseme::ou);
    EXPECT_LT(cues[1].at_ms, 75);
    EXPECT_GT(vrm_at(cues, 74).ou, 0.1) << "lips are round before the vowel sounds";
    const auto closed = visemes_of(timed(U"pˈu"), 24'000);
    EXPECT_EQ(closed[1].at_ms, 75);
    EXPECT_EQ(vrm_at(closed, 74).ou, 0);
}

TEST(Visemes, ADiphthongHasTwoShapes) {
    const auto cues = visemes_of(timed(U"bˈY"), 24'000);
    ASSERT_EQ(cues.size(), 3u);
    EXPECT_EQ(cues[1].shape, Viseme::oh);
    EXPECT_EQ(cues[2].shape, Viseme::ih);
}

TEST(Visemes, TheMouthRestsInAPauseAndAfterTheEnd) {
    const auto phonemes = timed(U"ˈɑ.");
    const auto cues = visemes_of(phonemes, 24'000);
    EXPECT_GT(vrm_at(cues, 60).aa, 0.9);
    EXPECT_EQ(vrm_at(cues, 150).aa, 0) << "a full stop is a closed mouth";
    EXPECT_EQ(vrm_at(visemes_of(timed(U"ˈɑ"), 24'000), 150).aa, 0) << "rest 50 ms after the last sound";
}

TEST(Visemes, EveryShapeHasItsMouths) {
    for (std::size_t i = 0; i < viseme_names.size(); ++i) {
        const auto shape = static_cast<Viseme>(i);
        const auto vrm = vrm_mouth(shape);
        for (const auto value : {vrm.aa, vrm.ih, vrm.ou, vrm.ee, vrm.oh}) {
            EXPECT_GE(value, 0);
            EXPECT_LE(value, 1);
        }
        const auto live2d = live2d_mouth(shape);
        EXPECT_GE(live2d.open, 0);
        EXPECT_LE(live2d.open, 1);
        EXPECT_LE(std::abs(live2d.form), 1);
        const bool closed = shape == Viseme::sil || shape == Viseme::PP;
        EXPECT_EQ(live2d.open == 0, closed) << viseme_names[i];
    }
}

TEST(Words, HaveTheSoundOfTheirPhonemes) {
    // "It's 2026." with two sounds for the number.
    const std::u32string shown = U"It's 2026.";
    const std::vector<TimedPhoneme> phonemes = {{U'ɪ', {0, 4}, 0, 100},   {U's', {0, 4}, 100, 200},
                                                {U' ', {4, 5}, 200, 220}, {U't', {5, 9}, 220, 400},
                                                {U' ', {5, 9}, 400, 420}, {U'ɪ', {5, 9}, 420, 600},
                                                {U'.', {9, 10}, 600, 900}};
    const auto words = words_of(shown, phonemes);
    ASSERT_EQ(words.size(), 2u);
    EXPECT_EQ(words[0], (TimedWord{{0, 4}, 0, 200}));
    EXPECT_EQ(words[1], (TimedWord{{5, 9}, 220, 600}));
}

TEST(Words, ThatNobodySpeaksHaveNoTime) {
    const std::vector<TimedPhoneme> phonemes = {{U'a', {0, 1}, 0, 10}, {U'b', {6, 7}, 10, 20}};
    const auto words = words_of(U"a ??? b", phonemes);
    ASSERT_EQ(words.size(), 2u);
    EXPECT_EQ(words[1].source, (Span{6, 7}));
}

}  // namespace

}  // namespace lares::voice
