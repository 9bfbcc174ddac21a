#pragma once
// What a turn asks of a voice: a seat among those who may speak at once, and clauses of text as sound, with
// what each sample says known before the first of them. Implemented over engine/tts and the phonemes of a
// language (local/voices.h); tests and the simulation script it.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/clock.h"
#include "async/task.h"
#include "base/id.h"
#include "base/result.h"
#include "voice/pronunciation.h"
#include "voice/visemes.h"

namespace lares::voice {

// A word in its sound. Characters are code points of the text that was given to speak().
struct TimedWord {
    Span source;                      // without the punctuation around it
    std::int64_t begin = 0, end = 0;  // samples of the clause
    bool operator==(const TimedWord&) const = default;
};

struct Timeline {
    std::uint32_t sample_rate = 24'000;
    std::int64_t samples = 0;  // of the whole clause: all chunks together are exactly so long
    std::vector<TimedWord> words;
    std::vector<Cue> cues;
    std::vector<Omission> left_out;  // of the text that was given
};

// The words of `text` in the order of their sound. A word is what stands between white space; its sound is
// that of all phonemes that speak a part of it. Words that nothing speaks are left out.
std::vector<TimedWord> words_of(std::u32string_view text, std::span<const TimedPhoneme> phonemes);

// One clause while it is synthesised. Destroyed early: the rest is not made.
class Utterance {
public:
    virtual ~Utterance() = default;
    virtual const Timeline& timeline() const = 0;
    // Samples as they are made: s16le, mono, whole samples. nullopt: that was all. Cancelled: unwinds.
    virtual Task<Result<std::optional<std::string>>> next() = 0;
};

// A seat: destroyed, the next in the queue gets it.
class Speaker {
public:
    virtual ~Speaker() = default;
    // One clause at a time. wanted_by: when its listener hears nothing more (now, where nothing is heard
    // yet): of all clauses the earliest goes first. An Utterance of no samples when nothing of the text can
    // be spoken. Errors: of the engine.
    virtual Task<Result<std::unique_ptr<Utterance>>> speak(std::string text, async::SteadyTime wanted_by) = 0;
};

struct Choice {
    std::string voice;  // empty: the default
    double speed = 1;   // 0.5..2
    double volume = 1;  // 0..1
    std::string language = "en";
    // Of the one who speaks; what of it cannot be read is left aside.
    std::vector<Pronunciation> pronunciations = {};
};

enum class VoiceState : std::uint8_t { off, loading, ready, missing, failed };

// What everybody is told of a voice that is missing or failed; why names folders, and is for administrators.
inline constexpr std::string_view voice_unusable =
    "The voice of this server cannot be used; its administrator sees why.";

struct VoiceStatus {
    VoiceState state = VoiceState::off;
    std::string reason;  // missing, failed: what is wrong and what to do, for an administrator
    std::size_t seats = 0, taken = 0, waiting = 0;
    std::size_t threads = 0;  // that speak
};

class Voices {
public:
    virtual ~Voices() = default;
    virtual VoiceStatus status() = 0;
    // Waits for a seat; `told` is called on the caller's executor with its place (1 is next) whenever that
    // changes. Errors: unavailable "voice-busy" when the queue is full too; "voice-missing", "voice-failed".
    // Cancelled: leaves the queue.
    virtual Task<Result<std::unique_ptr<Speaker>>> take(OwnerId owner, Choice choice,
                                                        std::function<void(std::size_t place)> told) = 0;
};

}  // namespace lares::voice
