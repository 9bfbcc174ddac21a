#pragma once
// Eight real Fourier transforms of 1,200 points at once, one in each lane of a vector: what a scalar
// transform does once a frame, this does for eight frames. Stockham's self-sorting form (Cochran et al.
// 1967), radices 5, 5, 4, 3, 2 over 600 complex points, with the usual packing of a real signal into half as
// many complex points. Only included by files that are compiled for the engines' instruction set.
#include <array>
#include <cstddef>
#include <cstdint>

namespace lares::engine::tts {

inline constexpr std::size_t lanes = 8;
using Lanes = float __attribute__((vector_size(lanes * sizeof(float))));

class Fft {
public:
    static constexpr std::size_t points = 1200, half = points / 2;
    using Signal = std::array<Lanes, points>;
    struct Spectrum {
        std::array<Lanes, half + 1> re, im;
    };

    Fft();
    // X[k] = sum of x[n] e^{-2 pi i n k / 1200}, k = 0..600.
    void forward(const Signal& in, Spectrum& out);
    // The sum over all 1,200 frequencies, not divided by their number. What the lowest and the highest one
    // have of an imaginary part is not heard.
    void backward(const Spectrum& in, Signal& out);

private:
    using Half = std::array<Lanes, half>;
    // In place; exchanged real and imaginary parts make it the inverse.
    void transform(Half& re, Half& im);

    struct Turn {
        float re, im;
    };
    std::array<Turn, 2 * half> turns_{};    // of each stage: of each k the powers 1..radix-1
    std::array<Turn, half + 1> packing_{};  // e^{-2 pi i k / 1200}
    Half re_, im_, spare_re_, spare_im_;
};

}  // namespace lares::engine::tts
