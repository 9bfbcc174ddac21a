#pragma once
// Mouth shapes from phonemes and their durations: never from loudness, so the mouth is right before the first
// sample is heard. Fifteen shapes as Oculus LipSync names them (the visemes of MPEG-4 with silence), and what
// they mean to VRM (aa ih ou ee oh) and Live2D (ParamMouthOpenY, ParamMouthForm).
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "voice/phonemes.h"

namespace lares::voice {

enum class Viseme : std::uint8_t { sil, PP, FF, TH, DD, kk, CH, SS, nn, RR, aa, E, ih, oh, ou };
inline constexpr std::array<std::string_view, 15> viseme_names = {
    "sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "ih", "oh", "ou"};
constexpr std::string_view name_of(Viseme viseme) {
    return viseme_names[static_cast<std::size_t>(viseme)];
}

// A phoneme in its sound. Samples from the beginning of the clause; neighbours touch.
struct TimedPhoneme {
    char32_t symbol = 0;
    Span source;
    std::int64_t begin = 0, end = 0;
};

// One shape of the mouth. `weight` 0..1: how far it is formed (unstressed vowels open less). Cues are in
// order of their beginning. A vowel's cue reaches into consonants that leave the lips free, so cues of free
// shapes may overlap; nothing overlaps PP or FF: closed lips are closed for all of their sound.
struct Cue {
    double at_ms = 0, for_ms = 0;
    Viseme shape = Viseme::sil;
    double weight = 1;
    bool operator==(const Cue&) const = default;
};

// Covers the clause without a gap; the last cue is sil when it ends in a pause.
std::vector<Cue> visemes_of(std::span<const TimedPhoneme> phonemes, std::uint32_t sample_rate);

struct VrmMouth {
    double aa = 0, ih = 0, ou = 0, ee = 0, oh = 0;
};
VrmMouth vrm_mouth(Viseme shape);

struct Live2dMouth {
    double open = 0;  // ParamMouthOpenY, 0..1
    double form = 0;  // ParamMouthForm, -1 (pursed) .. 1 (wide)
};
Live2dMouth live2d_mouth(Viseme shape);

// The mouth at one moment of a track: cues that overlap are mixed by weight, with `ease_ms` to form a shape
// and to leave it; PP and FF keep all of their time. Rest where no cue is.
VrmMouth vrm_at(std::span<const Cue> track, double at_ms, double ease_ms = 40);
Live2dMouth live2d_at(std::span<const Cue> track, double at_ms, double ease_ms = 40);

}  // namespace lares::voice
