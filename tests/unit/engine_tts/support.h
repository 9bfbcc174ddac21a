#pragma once
// The bundled voice, opened once for all tests of a program, and a sink that keeps everything.
#include <gtest/gtest.h>

#include "engine/tts/voice.h"

namespace lares::engine::tts {

inline std::filesystem::path voice_folder() {
    static const auto found = find_voice("hibari", bundled_voice_folders());
    return found ? *found : std::filesystem::path();
}

inline std::shared_ptr<const Voice> bundled_voice() {
    static const auto voice = Voice::open(voice_folder());
    EXPECT_TRUE(voice.has_value()) << (voice ? "" : voice.error().message);
    return voice ? *voice : nullptr;
}

struct Kept final : Sink {
    bool timing(Timing known) override {
        EXPECT_TRUE(pcm.empty()) << "the timing comes first";
        time = std::move(known);
        ++timings;
        return true;
    }
    bool samples(std::span<const std::int16_t> block) override {
        EXPECT_EQ(timings, 1);
        pcm.insert(pcm.end(), block.begin(), block.end());
        return ++chunks < chunks_max;
    }
    Timing time;
    std::vector<std::int16_t> pcm;
    int timings = 0;
    std::size_t chunks = 0, chunks_max = SIZE_MAX;
};

inline Kept said(const Request& request) {
    Kept kept;
    const auto done = bundled_voice()->speak(request, kept);
    EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().detail);
    return kept;
}

inline constexpr std::u32string_view hello = U"həlˈO ðˈɛɹ, ˌI wʌz ʤˈʌst θˈɪŋkɪŋ əbˈWt ðə wˈɔk.";

}  // namespace lares::engine::tts
