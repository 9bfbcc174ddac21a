#pragma once
// Requests and answers of the voice routes, as they stand on the wire.
#include <array>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>

#include "json/json.h"

namespace lares::api {

inline constexpr std::uint64_t speech_text_max = 20'000;  // code points of one request

struct SpeechRequest {
    std::string text;  // Markdown is read as it is shown: marks are not spoken, blocks of code are left out
    std::optional<std::string> voice;
    double speed = 1;
    double volume = 1;
};
BOOST_DESCRIBE_STRUCT(SpeechRequest, (), (text, voice, speed, volume))
constexpr auto json_optional(const SpeechRequest*) {
    return std::array<std::string_view, 2>{"speed", "volume"};
}
constexpr auto json_rules(const SpeechRequest*) {
    return std::array{json::length("text", 0, speech_text_max), json::length("voice", 0, 64),
                      json::range("speed", 0.5, 2), json::range("volume", 0, 1)};
}

enum class SoundForm : std::uint8_t { wav, pcm };
BOOST_DESCRIBE_ENUM(SoundForm, wav, pcm)

struct SpeechStreamRequest {
    std::string text;
    std::optional<std::string> voice;
    double speed = 1;
    double volume = 1;
    SoundForm format = SoundForm::wav;  // pcm: s16le, mono, 24 kHz, without a head
};
BOOST_DESCRIBE_STRUCT(SpeechStreamRequest, (), (text, voice, speed, volume, format))
constexpr auto json_optional(const SpeechStreamRequest*) {
    return std::array<std::string_view, 3>{"speed", "volume", "format"};
}
constexpr auto json_rules(const SpeechStreamRequest*) {
    return json_rules(static_cast<const SpeechRequest*>(nullptr));
}

// A part of the text that was not spoken: code points of the text, and why.
struct LeftOut {
    std::int64_t start = 0, end = 0;
    std::string text;
    std::string why;
};
BOOST_DESCRIBE_STRUCT(LeftOut, (), (start, end, text, why))

struct SpeechAnswer {
    std::string audio;  // base64 of a WAV file
    std::string content_type = "audio/wav";
    std::int64_t sample_rate = 24'000;
    double for_ms = 0;
    std::vector<LeftOut> left_out;
};
BOOST_DESCRIBE_STRUCT(SpeechAnswer, (), (audio, content_type, sample_rate, for_ms, left_out))

struct VisemeCue {
    double at_ms = 0, for_ms = 0;
    std::string shape;  // one of `shapes`
    double weight = 1;
};
BOOST_DESCRIBE_STRUCT(VisemeCue, (), (at_ms, for_ms, shape, weight))

struct WordCue {
    std::int64_t start = 0, end = 0;  // code points of the text
    double at_ms = 0, for_ms = 0;
};
BOOST_DESCRIBE_STRUCT(WordCue, (), (start, end, at_ms, for_ms))

// What a shape means to a VRM face and to a Live2D model.
struct MouthShape {
    std::string shape;
    double aa = 0, ih = 0, ou = 0, ee = 0, oh = 0;
    double open = 0, form = 0;
};
BOOST_DESCRIBE_STRUCT(MouthShape, (), (shape, aa, ih, ou, ee, oh, open, form))

struct VisemesAnswer {
    double for_ms = 0;
    std::vector<VisemeCue> track;
    std::vector<WordCue> words;
    std::vector<MouthShape> shapes;
    std::vector<LeftOut> left_out;
};
BOOST_DESCRIBE_STRUCT(VisemesAnswer, (), (for_ms, track, words, shapes, left_out))

struct VoiceHealth {
    std::string status;                 // "ready", "loading", "missing", "failed", "off"
    std::optional<std::string> reason;  // what to do; names files only to an administrator
    std::int64_t seats = 0, taken = 0, waiting = 0;
};
BOOST_DESCRIBE_STRUCT(VoiceHealth, (), (status, reason, seats, taken, waiting))

struct VoiceEntry {
    std::string id, name, language, gender, licence;
    std::int64_t sample_rate = 0;
    bool is_default = false;
};
BOOST_DESCRIBE_STRUCT(VoiceEntry, (), (id, name, language, gender, licence, sample_rate, is_default))

struct VoiceList {
    std::vector<VoiceEntry> items;
};
BOOST_DESCRIBE_STRUCT(VoiceList, (), (items))

}  // namespace lares::api
