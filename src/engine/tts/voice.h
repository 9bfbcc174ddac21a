#pragma once
// A voice: phonemes in, sound and the length of each phoneme out. hibari "heart" (24 kHz, English) by ONNX
// Runtime and our own signal processing. Neither type shows here.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lares::engine::tts {

inline constexpr std::uint32_t sample_rate = 24'000;  // Hz, mono
inline constexpr std::size_t symbols_max = 400;       // of one request; a longer text is cut by pieces_of()
inline constexpr double speed_min = 0.5, speed_max = 2.0;

struct Request {
    // The voice's alphabet (vocab.json): "həlˈO ðˈɛɹ." A symbol outside of it is silent and lasts 0 samples.
    std::u32string phonemes;
    double speed = 1;   // 1: as recorded, 2: twice as fast; clamped to speed_min..speed_max
    double volume = 1;  // 0..1; clamped
};

// Sample-exact: lead + all of samples + tail is what the sink gets in the end.
struct Timing {
    std::vector<std::int32_t> samples;  // of each symbol of Request::phonemes, in its order
    std::int32_t lead = 0;              // silence left before the first symbol; most of it is cut away
    std::int32_t tail = 0;              // silence after the last symbol
    std::int64_t total() const;
};

// Called on the thread that speaks: timing() once, then samples() in order as they are made. false: enough,
// the rest is not made.
class Sink {
public:
    virtual ~Sink() = default;
    virtual bool timing(Timing timing) = 0;
    virtual bool samples(std::span<const std::int16_t> pcm) = 0;
};

// Immutable once open; speak() may run on several threads at once, over one copy of the weights.
class Voice {
public:
    // `folder` holds hibari.onnx and vocab.json. Loads, checks and speaks once to itself (about 0.3 s).
    // Errors: unavailable "voice-missing" or "voice-broken", whose message says what to do.
    static Result<std::shared_ptr<const Voice>> open(const std::filesystem::path& folder);

    // Blocks until all is spoken or the sink says enough. Nothing to speak: a timing of no samples.
    // Errors: too_large "too-many-phonemes"; internal "voice-failed".
    Result<void> speak(const Request& request, Sink& sink) const;

    ~Voice();
    Voice(const Voice&) = delete;
    Voice& operator=(const Voice&) = delete;

private:
    struct Parts;
    explicit Voice(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

// Lengths of consecutive pieces of at most symbols_max, cut after punctuation, else at a space, else
// anywhere.
std::vector<std::size_t> pieces_of(std::u32string_view phonemes);

// Where the bundled voices lie: beside the binary (../share/lares/voices), then in the prefix of deps/fetch
// that it was built with.
std::vector<std::filesystem::path> bundled_voice_folders();

// The first of them that has the voice of this name ("hibari"). Error: not_found "voice-missing" with where
// was looked and what to do.
Result<std::filesystem::path> find_voice(const std::string& name,
                                         const std::vector<std::filesystem::path>& folders);

}  // namespace lares::engine::tts
