#pragma once
// From the spectrum that the network predicts to sound (hibari-tts 0.2.1, dsp.py, Apache-2.0), 12.5 ms a
// frame:
//     S = exp(lh) e^{i pi tanh(theta)} STFT(pulses(f0)) + exp(ln) Z + exp(lr) e^{i phi}
// Z is normal noise. Then the inverse STFT (1,200 points, hop 300, Hann, 24 kHz), overlapped and added.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace lares::engine::tts {

inline constexpr std::size_t hop = 300;  // samples a frame
inline constexpr std::size_t bins = 601;

// Each but f0 is [bins][frames], row by row; f0 (Hz, below 40: no voice) is [frames].
struct Spectrum {
    const float* lh = nullptr;
    const float* theta = nullptr;
    const float* ln = nullptr;
    const float* lr = nullptr;
    const float* phi = nullptr;
    const float* f0 = nullptr;
    std::size_t frames = 0;
};

// One sound at a time; used again for the next, because its tables take longer to make than a word.
class Waveform {
public:
    Waveform();
    ~Waveform();
    Waveform(const Waveform&) = delete;
    Waveform& operator=(const Waveform&) = delete;

    // The spectrum outlives the sound. The same seed gives the same noise.
    void begin(const Spectrum& spectrum, std::uint64_t seed);

    // The next samples, at most frames * hop, about -1..1; empty: all frames * hop of the spectrum are out.
    // They are valid until the next call.
    std::span<const float> next(std::size_t frames);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace lares::engine::tts
