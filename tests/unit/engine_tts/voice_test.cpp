// Voice: exact lengths, trimmed lead-in, speed and volume, broken weights.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <random>

#include "support.h"

namespace lares::engine::tts {
namespace {

namespace fs = std::filesystem;

constexpr int audible = 58;  // -55 dB of full scale

std::ptrdiff_t first_audible(const std::vector<std::int16_t>& pcm) {
    return std::find_if(pcm.begin(), pcm.end(), [](int each) { return std::abs(each) > audible; }) -
           pcm.begin();
}

double loudness(const std::vector<std::int16_t>& pcm) {
    double sum = 0;
    for (const double each : pcm) sum += each * each;
    return std::sqrt(sum / static_cast<double>(pcm.size()));
}

TEST(Voice, LengthsSumToTheSamplesExactly) {
    const std::u32string alphabet = U"həlˈOðɛɹ, .?!—…ʤtθɪŋkæsmbdzɑ ";
    std::mt19937 random(7);
    for (int round = 0; round < 30; ++round) {
        std::u32string phonemes;
        const std::size_t length = 1 + random() % 60;
        while (phonemes.size() < length) phonemes += alphabet[random() % alphabet.size()];
        const double speed = 0.5 + 0.05 * round;
        const auto kept = said({phonemes, speed, 1});
        ASSERT_EQ(kept.timings, 1);
        ASSERT_EQ(kept.time.samples.size(), phonemes.size());
        EXPECT_EQ(kept.time.total(), static_cast<std::int64_t>(kept.pcm.size()));
        EXPECT_GE(std::ranges::min(kept.time.samples), 0);
    }
}

TEST(Voice, SilenceBeforeTheFirstSoundIsCutAndThatBehindTheLastIsKept) {
    const auto kept = said({std::u32string(hello), 1, 1});
    EXPECT_LE(first_audible(kept.pcm), 240);
    const auto last =
        std::find_if(kept.pcm.rbegin(), kept.pcm.rend(), [](int each) { return std::abs(each) > audible; });
    EXPECT_GT(last - kept.pcm.rbegin(), 2'400);
    EXPECT_GT(loudness(kept.pcm), 500);
    EXPECT_GT(kept.pcm.size(), std::size_t{2} * sample_rate);
}

TEST(Voice, TheSameTextSoundsTheSame) {
    EXPECT_EQ(said({std::u32string(hello), 1, 1}).pcm, said({std::u32string(hello), 1, 1}).pcm);
}

TEST(Voice, SpeedAndVolume) {
    const auto plain = said({std::u32string(hello), 1, 1});
    const auto fast = said({std::u32string(hello), 2, 1});
    EXPECT_LT(static_cast<double>(fast.pcm.size()), 0.7 * static_cast<double>(plain.pcm.size()));
    const auto soft = said({std::u32string(hello), 1, 0.5});
    ASSERT_EQ(soft.pcm.size(), plain.pcm.size());
    EXPECT_NEAR(loudness(soft.pcm) / loudness(plain.pcm), 0.5, 0.01);
    const auto mute = said({std::u32string(hello), 1, 0});
    EXPECT_EQ(mute.pcm, std::vector<std::int16_t>(plain.pcm.size(), 0));
    // What is out of range or no number is taken to the nearest that is in range.
    EXPECT_EQ(said({std::u32string(hello), 99, 99}).pcm, fast.pcm);
    EXPECT_EQ(said({std::u32string(hello), std::nan(""), std::nan("")}).pcm, plain.pcm);
}

TEST(Voice, NothingToSayIsNoSound) {
    for (const std::u32string text : {U"", U" ", U"...!?", U"ˈˌː", U"漢字", U"1234567890"}) {
        const auto kept = said({text, 1, 1});
        EXPECT_EQ(kept.timings, 1);
        EXPECT_TRUE(kept.pcm.empty());
        EXPECT_EQ(kept.time.samples, std::vector<std::int32_t>(text.size(), 0));
        EXPECT_EQ(kept.time.total(), 0);
    }
}

TEST(Voice, UnknownSymbolsLastNoTime) {
    const auto kept = said({U"h漢əl\U0001F600ˈO.", 1, 1});
    EXPECT_EQ(kept.time.samples[1], 0);
    EXPECT_EQ(kept.time.samples[4], 0);
    EXPECT_GT(kept.pcm.size(), 4'000u);
}

TEST(Voice, ASinkThatHasEnoughEndsIt) {
    Kept kept;
    kept.chunks_max = 2;
    ASSERT_TRUE(bundled_voice()->speak({std::u32string(hello), 1, 1}, kept).has_value());
    EXPECT_EQ(kept.chunks, 2u);
    EXPECT_LT(static_cast<std::int64_t>(kept.pcm.size()), kept.time.total());
}

TEST(Voice, TooMuchAtOnceIsRefused) {
    Kept kept;
    const auto done = bundled_voice()->speak({std::u32string(symbols_max + 1, U'a'), 1, 1}, kept);
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().type, "too-many-phonemes");
    EXPECT_EQ(kept.timings, 0);
    EXPECT_GT(said({std::u32string(symbols_max, U'a'), 2, 1}).pcm.size(), 0u);
}

TEST(Pieces, AreCutAfterPunctuationElseAtASpaceElseAnywhere) {
    const auto repeat = [](std::u32string_view word, std::size_t times) {
        std::u32string text;
        while (times-- > 0) text += word;
        return text;
    };
    EXPECT_TRUE(pieces_of(U"").empty());
    EXPECT_EQ(pieces_of(U"ab"), std::vector<std::size_t>{2});
    EXPECT_EQ(pieces_of(std::u32string(1'000, U'a')), (std::vector<std::size_t>{400, 400, 200}));
    const auto words = repeat(U"abcd ", 100);
    EXPECT_EQ(pieces_of(words), (std::vector<std::size_t>{400, 100}));
    const auto clause = repeat(U"ab ", 100) + U"ab." + repeat(U" ab", 100);
    EXPECT_EQ(pieces_of(clause), (std::vector<std::size_t>{303, 300}));
}

class BrokenVoice : public ::testing::Test {
protected:
    void SetUp() override {
        folder = fs::temp_directory_path() / ("lares-voice-" + std::to_string(::getpid()));
        fs::create_directories(folder);
        for (const auto* name : {"hibari.onnx", "vocab.json"})
            fs::copy_file(voice_folder() / name, folder / name, fs::copy_options::overwrite_existing);
    }
    void TearDown() override { fs::remove_all(folder); }
    void write(const char* name, const std::string& bytes) {
        std::ofstream(folder / name, std::ios::binary | std::ios::trunc) << bytes;
    }
    std::string refusal(const std::string& type) {
        const auto voice = Voice::open(folder);
        EXPECT_FALSE(voice.has_value());
        if (voice) return {};
        EXPECT_EQ(voice.error().type, type);
        EXPECT_NE(voice.error().message.find("deps/fetch"), std::string::npos) << voice.error().message;
        return voice.error().message;
    }
    fs::path folder;
};

TEST_F(BrokenVoice, WhatIsMissingIsNamed) {
    fs::remove(folder / "hibari.onnx");
    EXPECT_NE(refusal("voice-missing").find("hibari.onnx"), std::string::npos);
    fs::remove(folder / "vocab.json");
    EXPECT_NE(refusal("voice-missing").find("vocab.json"), std::string::npos);
    const auto found = find_voice("hibari", {folder / "a", folder / "b"});
    ASSERT_FALSE(found.has_value());
    EXPECT_EQ(found.error().type, "voice-missing");
}

TEST_F(BrokenVoice, WeightsThatAreCutShortOrOfAnotherKind) {
    for (const std::uintmax_t size : {std::uintmax_t{0}, std::uintmax_t{100}, std::uintmax_t{5'000'000}}) {
        fs::resize_file(folder / "hibari.onnx", size);
        refusal("voice-broken");
    }
    write("hibari.onnx", std::string(10'000, 'x'));
    refusal("voice-broken");
    fs::copy_file(voice_folder() / "oov.onnx", folder / "hibari.onnx", fs::copy_options::overwrite_existing);
    refusal("voice-broken");
}

TEST_F(BrokenVoice, AnAlphabetThatIsNone) {
    for (const auto* text : {"", "[]", "{\"ab\": 1}", "{\"a\": \"b\"}", "{\"a\": 1"}) {
        write("vocab.json", text);
        refusal("voice-broken");
    }
    write("vocab.json", R"({"w": 100000, "m": 55})");  // ids that the network does not have
    refusal("voice-broken");
}

}  // namespace
}  // namespace lares::engine::tts
