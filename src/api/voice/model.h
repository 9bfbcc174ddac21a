#pragma once
// Requests and answers of the voice routes, as they stand on the wire.
#include <array>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>

#include "api/character/model.h"
#include "json/json.h"

namespace lares::api {

inline constexpr std::uint64_t speech_text_max = 20'000;  // code points of one request

struct SpeechRequest {
    std::string text;  // Markdown is read as it is shown: marks are not spoken, blocks of code are left out
    std::optional<std::string> voice;
    std::optional<double> speed;                         // absent: the companion's, else 1
    std::optional<double> volume;                        // absent: the companion's, else 1
    std::optional<character::CharacterId> character_id;  // spoken as this companion speaks to the caller
    std::optional<std::vector<PronunciationEntry>> pronunciations;  // in place of the companion's
    std::optional<bool> visemes;  // of generate: true adds the mouth and the words of this very sound
};
BOOST_DESCRIBE_STRUCT(SpeechRequest, (), (text, voice, speed, volume, character_id, pronunciations, visemes))
constexpr auto json_rules(const SpeechRequest*) {
    return std::array{json::length("text", 0, speech_text_max), json::length("voice", 0, 64),
                      json::range("speed", 0.5, 2), json::range("volume", 0, 1)};
}

enum class SoundForm : std::uint8_t { wav, pcm };
BOOST_DESCRIBE_ENUM(SoundForm, wav, pcm)

struct SpeechStreamRequest {
    std::string text;
    std::optional<std::string> voice;
    std::optional<double> speed, volume;                 // as above
    std::optional<character::CharacterId> character_id;  // as above
    std::optional<std::vector<PronunciationEntry>> pronunciations;
    SoundForm format = SoundForm::wav;  // pcm: s16le, mono, 24 kHz, without a head
};
BOOST_DESCRIBE_STRUCT(SpeechStreamRequest, (),
                      (text, voice, speed, volume, character_id, pronunciations, format))
constexpr auto json_optional(const SpeechStreamRequest*) {
    return std::array<std::string_view, 1>{"format"};
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

struct SpeechAnswer {
    std::string audio;  // base64 of a WAV file
    std::string content_type = "audio/wav";
    std::int64_t sample_rate = 24'000;
    double for_ms = 0;
    std::vector<LeftOut> left_out;
    // Where the request asked for visemes.
    std::optional<std::vector<VisemeCue>> track;
    std::optional<std::vector<WordCue>> words;
};
BOOST_DESCRIBE_STRUCT(SpeechAnswer, (), (audio, content_type, sample_rate, for_ms, left_out, track, words))

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

// How a person hears their companions, on all of their devices.
struct VoiceSettings {
    bool spoken = true;        // a page asks for spoken answers
    std::string voice;         // of /tts/voices; empty: the server's default
    double speed = 1;          // 0.5..2
    double volume = 0.9;       // 0..1, of a player's knob: samples come at full scale
    bool text_in_step = true;  // text appears with the words that sound, or as it is written
    bool captions = false;
};
BOOST_DESCRIBE_STRUCT(VoiceSettings, (), (spoken, voice, speed, volume, text_in_step, captions))

// What is set is changed; what is absent or null stays.
struct VoiceSettingsChange {
    std::optional<bool> spoken;
    std::optional<std::string> voice;
    std::optional<double> speed, volume;
    std::optional<bool> text_in_step, captions;
};
BOOST_DESCRIBE_STRUCT(VoiceSettingsChange, (), (spoken, voice, speed, volume, text_in_step, captions))
constexpr auto json_rules(const VoiceSettingsChange*) {
    return std::array{json::length("voice", 0, 64), json::range("speed", 0.5, 2),
                      json::range("volume", 0, 1)};
}

// How one companion speaks to you; what is absent or null is as with all others.
struct CompanionVoice {
    std::optional<std::string> voice;
    std::optional<double> speed;
    std::optional<double> volume;  // 0..1, of the samples: this companion beside the others
};
BOOST_DESCRIBE_STRUCT(CompanionVoice, (), (voice, speed, volume))

struct CompanionVoiceRequest {
    character::CharacterId character_id;
    std::optional<std::string> voice;
    std::optional<double> speed, volume;
};
BOOST_DESCRIBE_STRUCT(CompanionVoiceRequest, (), (character_id, voice, speed, volume))
constexpr auto json_rules(const CompanionVoiceRequest*) {
    return std::array{json::length("voice", 0, 64), json::range("speed", 0.5, 2),
                      json::range("volume", 0, 1)};
}

struct VoiceList {
    std::vector<VoiceEntry> items;
};
BOOST_DESCRIBE_STRUCT(VoiceList, (), (items))

}  // namespace lares::api
