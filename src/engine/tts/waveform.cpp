// Compiled for AVX2 with the rest of the engines. Eight frames are made at once, one in each lane of a
// vector: the network's rows are frames side by side, so nothing is turned around. Loops over single samples
// are written to be vectorised by the compiler: no branch, no call. Polynomials stand in place of the
// library's exp, sin and cos (errors below 1e-5).
#include "engine/tts/waveform.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numbers>
#include <vector>

#include "engine/tts/fft.h"

namespace lares::engine::tts {
namespace {

constexpr std::size_t points = Fft::points;
constexpr std::size_t overlap = points / hop;  // frames that reach into one hop
constexpr std::size_t half = points / 2;
constexpr std::size_t noise_length = 1u << 12;  // vectors
constexpr float rate = 24'000, voiced_hz = 40, highest_hz = 11'000;
constexpr float nothing = -80;  // the logarithm of no sound

// Each works on a number and on a vector of them.
template <class T>
inline T least(T a, T b) {
    return a < b ? a : b;
}

// To the nearest whole number, for |x| < 2^22.
template <class T>
inline T rounded(T x) {
    constexpr float shift = 12'582'912;
    return (x + shift) - shift;
}

// e^x; what is outside of -80..80 counts as the bound.
inline Lanes exp_of(Lanes x) {
    using Whole = std::int32_t __attribute__((vector_size(sizeof(Lanes))));
    constexpr Lanes low = Lanes{} + nothing, high = Lanes{} - nothing;
    x = least(x, high);
    x = x < low ? low : x;
    x *= 1.44269504f;
    const Lanes whole = rounded(x), f = x - whole;
    const Lanes p =
        1.00000008f +
        f * (0.69314723f + f * (0.24022107f + f * (0.05550297f + f * (0.00967604f + f * 0.001341f))));
    return p * (Lanes)((__builtin_convertvector(whole, Whole) + 127) << 23);
}

// A magnitude from its logarithm, which the network may overshoot.
inline Lanes magnitude(Lanes log) {
    return exp_of(least(log, Lanes{} + 7.0f));
}

// Sine and cosine of a number of turns.
template <class T>
inline T sin_turns(T turns) {
    const T r = turns - rounded(turns), s = r * r;
    return r * (6.28318282f +
                s * (-41.34142139f +
                     s * (81.59618354f + s * (-76.58009719f + s * (41.20538023f + s * -12.27123922f)))));
}
template <class T>
inline T cos_turns(T turns) {
    const T r = turns - rounded(turns), s = r * r;
    return 0.99999999f +
           s * (-19.73920453f +
                s * (64.93911897f +
                     s * (-85.45016533f + s * (60.16782985f + s * (-25.96830605f + s * 6.52959998f)))));
}

// Steele's SplitMix64: enough for noise.
struct Random {
    std::uint64_t state;
    std::uint64_t next() {
        std::uint64_t z = state += 0x9e3779b97f4a7c15;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        return z ^ z >> 31;
    }
    double unit() { return (static_cast<double>(next() >> 11) + 0.5) * 0x1p-53; }
};

struct Tables {
    std::array<float, points> analysis{}, synthesis{}, squared{};  // Hann windows: into, out of, to divide by
    std::array<float, hop> between{};  // weight of the next frame's f0 at each sample
    std::vector<Lanes> noise_re = std::vector<Lanes>(noise_length), noise_im = noise_re;

    Tables() {
        for (std::size_t i = 0; i < points; ++i) {
            const double w = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / points);
            analysis[i] = static_cast<float>(w / (points / 4.0));
            synthesis[i] = static_cast<float>(w / points);  // Fft::backward does not divide
            squared[i] = static_cast<float>(w * w);
        }
        for (std::size_t j = 0; j < hop; ++j) {
            const double u = (static_cast<double>(j) + 0.5) / hop - 0.5;
            between[j] = static_cast<float>(u < 0 ? u + 1 : u);
        }
        Random random{1};
        for (std::size_t i = 0; i < noise_length * lanes; ++i) {  // Box and Muller
            const double radius = std::sqrt(-2 * std::log(random.unit()));
            const double angle = 2 * std::numbers::pi * random.unit();
            noise_re[i / lanes][i % lanes] = static_cast<float>(radius * std::cos(angle));
            noise_im[i / lanes][i % lanes] = static_cast<float>(radius * std::sin(angle));
        }
    }
};

const Tables& tables() {
    static const Tables made;
    return made;
}

}  // namespace

struct Waveform::State {
    Fft fft;
    Spectrum in;
    Random random{0};
    // Half a window of mirror image, the sound, half a window of mirror image, room for lanes without a
    // frame.
    std::vector<float> pulses;
    std::vector<std::uint8_t> voiced;  // of each hop of `pulses`
    std::vector<float> phase;
    std::size_t tile_begin = 0, tile_end = 0;  // frames that `block` holds
    std::array<Lanes, 5 * bins> edge{};        // the last frames, where they fill no vector
    Fft::Signal block;                         // a frame in each lane: pulses, then its sound
    Fft::Spectrum harmonic, spectrum;
    std::array<float, points> pending{};  // sums of the hops that are not whole yet
    std::size_t made = 0;                 // frames added, and after the last the hops flushed
    std::vector<float> out;

    // Every harmonic up to 11 kHz at unit amplitude: sin((H + 1/2) t) / (2 sin(t / 2)) - 1/2.
    void make_pulses() {
        const std::size_t frames = in.frames, length = frames * hop;
        pulses.assign(length + points + lanes * hop, 0);
        phase.resize(length);
        voiced.assign(frames, 0);
        const auto& between = tables().between;
        const auto f0 = [this](std::int64_t at) {
            return in.f0[std::clamp<std::int64_t>(at, 0, static_cast<std::int64_t>(in.frames) - 1)];
        };
        double turns = 0;
        std::array<float, hop> hz{};
        for (std::size_t k = 0; k < frames; ++k) {
            const auto at = static_cast<std::int64_t>(k);
            const std::array<float, 3> f = {f0(at - 1), f0(at), f0(at + 1)};
            for (std::size_t j = 0; j < hop; ++j) {
                const std::size_t from = j < hop / 2 ? 0 : 1;
                hz[j] = f[from] * (1 - between[j]) + f[from + 1] * between[j];
            }
            for (std::size_t j = 0; j < hop; ++j) {
                turns += static_cast<double>(std::max(hz[j], voiced_hz)) / static_cast<double>(rate);
                turns -= turns >= 1 ? 1 : 0;
                phase[k * hop + j] = static_cast<float>(turns);
            }
            if (*std::ranges::max_element(f) <= voiced_hz) continue;
            voiced[k] = 1;
            float* const to = pulses.data() + half + k * hop;
            const float* const t = phase.data() + k * hop;
            for (std::size_t j = 0; j < hop; ++j) {
                const float f_j = std::max(hz[j], voiced_hz);
                const float harmonics = std::floor(highest_hz / f_j) + 0.5f;
                const float s = 2 * sin_turns(0.5f * t[j]);
                const bool limit = std::fabs(s) <= 2e-3f;
                const float e = limit ? harmonics : sin_turns(harmonics * t[j]) / (limit ? 1.0f : s);
                to[j] = hz[j] > voiced_hz ? e - 0.5f : 0.0f;
            }
        }
        for (std::size_t i = 1; i <= half; ++i) {
            if (i >= length) break;
            pulses[half - i] = pulses[half + i];
            pulses[half + length - 1 + i] = pulses[half + length - 1 - i];
        }
    }

    // Silence in and around frames needs no transform.
    bool has_pulses(std::size_t begin, std::size_t end) const {
        const std::size_t first = begin < 3 ? 0 : begin - 3, last = std::min(in.frames, end + 2);
        return std::any_of(voiced.begin() + static_cast<std::ptrdiff_t>(first),
                           voiced.begin() + static_cast<std::ptrdiff_t>(last),
                           [](std::uint8_t each) { return each != 0; });
    }

    // Where the rows of five parts begin, and how far one is from the next.
    struct Rows {
        std::array<const float*, 5> parts;
        std::size_t stride;
        Lanes at(std::size_t part, std::size_t bin) const {
            Lanes row;
            std::memcpy(&row, parts[part] + bin * stride, sizeof row);
            return row;
        }
    };

    Rows rows_of(std::size_t from) {
        std::array<const float*, 5> parts = {in.lh, in.theta, in.ln, in.lr, in.phi};
        for (auto& part : parts) part += from;
        const std::size_t count = std::min(lanes, in.frames - from);
        if (count == lanes) return {parts, in.frames};
        for (std::size_t part = 0; part < parts.size(); ++part)
            for (std::size_t b = 0; b < bins; ++b) {
                auto& row = edge[part * bins + b];
                row = Lanes{} + nothing;
                for (std::size_t j = 0; j < count; ++j) row[j] = parts[part][b * in.frames + j];
            }
        for (std::size_t part = 0; part < parts.size(); ++part)
            parts[part] = reinterpret_cast<const float*>(edge.data() + part * bins);
        return {parts, lanes};
    }

    void add_harmonics(const Rows& rows, std::size_t from) {
        const auto& window = tables().analysis;
        for (std::size_t j = 0; j < lanes; ++j) {
            const float* const source = pulses.data() + (from + j) * hop;
            for (std::size_t i = 0; i < points; ++i) block[i][j] = source[i] * window[i];
        }
        fft.forward(block, harmonic);
        for (std::size_t b = 0; b < bins; ++b) {
            const Lanes gain = magnitude(rows.at(0, b));
            // tanh, halved: pi of phase is half a turn
            const Lanes turns = 0.5f - 1 / (exp_of(2 * rows.at(1, b)) + 1);
            const Lanes c = gain * cos_turns(turns), d = gain * sin_turns(turns);
            spectrum.re[b] += harmonic.re[b] * c - harmonic.im[b] * d;
            spectrum.im[b] += harmonic.re[b] * d + harmonic.im[b] * c;
        }
    }

    void make_frames(std::size_t from) {
        tile_begin = from;
        tile_end = std::min(in.frames, from + lanes);
        const auto rows = rows_of(from);
        const std::size_t noise = random.next() % (noise_length - bins);
        const Lanes* const z_re = tables().noise_re.data() + noise;
        const Lanes* const z_im = tables().noise_im.data() + noise;
        for (std::size_t b = 0; b < bins; ++b) {
            const Lanes n = magnitude(rows.at(2, b)), free = magnitude(rows.at(3, b));
            const Lanes turns = rows.at(4, b) * 0.159154943f;
            spectrum.re[b] = z_re[b] * n + free * cos_turns(turns);
            spectrum.im[b] = z_im[b] * n + free * sin_turns(turns);
        }
        if (has_pulses(tile_begin, tile_end)) add_harmonics(rows, from);
        fft.backward(spectrum, block);
    }

    void add_frame(std::size_t k) {
        if (k >= tile_end) make_frames(k);
        const std::size_t lane = k - tile_begin;
        const auto& window = tables().synthesis;
        for (std::size_t i = 0; i < points; ++i) pending[i] += block[i][lane] * window[i];
    }

    // The sum of the squared windows over one hop, by which the sum of the frames is divided.
    void emit_hop(std::size_t padded) {
        const std::size_t first = padded + 1 < overlap ? 0 : padded + 1 - overlap;
        const std::size_t last = std::min(padded, in.frames - 1);
        std::array<float, hop> weight{};
        for (std::size_t k = first; k <= last; ++k) {
            const float* const w = tables().squared.data() + (padded - k) * hop;
            for (std::size_t j = 0; j < hop; ++j) weight[j] += w[j];
        }
        const std::size_t at = out.size();
        out.resize(at + hop);
        for (std::size_t j = 0; j < hop; ++j) out[at + j] = pending[j] / std::max(weight[j], 1e-11f);
    }
};

Waveform::Waveform() : state_(std::make_unique<State>()) {}
Waveform::~Waveform() = default;

void Waveform::begin(const Spectrum& spectrum, std::uint64_t seed) {
    auto& state = *state_;
    state.in = spectrum;
    state.random.state = seed;
    state.tile_begin = state.tile_end = 0;
    state.pending.fill(0);
    state.made = 0;
    if (spectrum.frames > 0) state.make_pulses();
}

std::span<const float> Waveform::next(std::size_t frames) {
    auto& state = *state_;
    state.out.clear();
    // The first half window of the sums lies before the sound, the last one behind the last frame.
    const std::size_t end = state.in.frames == 0 ? 0 : state.in.frames + overlap / 2;
    while (state.out.size() < frames * hop && state.made < end) {
        if (state.made < state.in.frames) state.add_frame(state.made);
        if (state.made >= overlap / 2) state.emit_hop(state.made);
        std::shift_left(state.pending.begin(), state.pending.end(), hop);
        std::fill(state.pending.end() - hop, state.pending.end(), 0.0f);
        ++state.made;
    }
    return state.out;
}

}  // namespace lares::engine::tts
