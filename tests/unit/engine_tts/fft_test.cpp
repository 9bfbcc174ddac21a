// Eight transforms at once, each as the sum that defines it.
#include "engine/tts/fft.h"

#include <cmath>
#include <complex>
#include <memory>
#include <numbers>
#include <random>

#include <gtest/gtest.h>

namespace lares::engine::tts {
namespace {

std::complex<double> turn(std::size_t number) {
    return std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(number % Fft::points) / Fft::points);
}

TEST(Fft, EachLaneIsTheSumThatDefinesIt) {
    std::mt19937 random(1);
    std::uniform_real_distribution<float> value(-1, 1);
    const auto fft = std::make_unique<Fft>();
    const auto signal = std::make_unique<Fft::Signal>();
    const auto spectrum = std::make_unique<Fft::Spectrum>();
    for (auto& point : *signal)
        for (std::size_t lane = 0; lane < lanes; ++lane) point[lane] = value(random);
    fft->forward(*signal, *spectrum);
    for (std::size_t lane = 0; lane < lanes; ++lane)
        for (const std::size_t k : {0u, 1u, 2u, 5u, 37u, 299u, 300u, 301u, 512u, 599u, 600u}) {
            std::complex<double> sum;
            for (std::size_t n = 0; n < Fft::points; ++n)
                sum += static_cast<double>((*signal)[n][lane]) * turn(n * k);
            ASSERT_NEAR(spectrum->re[k][lane], sum.real(), 2e-4) << lane << ' ' << k;
            ASSERT_NEAR(spectrum->im[k][lane], sum.imag(), 2e-4) << lane << ' ' << k;
        }
}

TEST(Fft, BackwardGivesTheSignalBackTimesItsLength) {
    std::mt19937 random(2);
    std::uniform_real_distribution<float> value(-1, 1);
    const auto fft = std::make_unique<Fft>();
    const auto signal = std::make_unique<Fft::Signal>(), back = std::make_unique<Fft::Signal>();
    const auto spectrum = std::make_unique<Fft::Spectrum>();
    for (auto& point : *signal)
        for (std::size_t lane = 0; lane < lanes; ++lane) point[lane] = value(random);
    fft->forward(*signal, *spectrum);
    for (std::size_t lane = 0; lane < lanes; ++lane)  // of no matter: a real signal has none
        spectrum->im[0][lane] = spectrum->im[Fft::half][lane] = 5;
    fft->backward(*spectrum, *back);
    for (std::size_t n = 0; n < Fft::points; ++n)
        for (std::size_t lane = 0; lane < lanes; ++lane)
            ASSERT_NEAR((*back)[n][lane], 1200 * (*signal)[n][lane], 2e-3) << n << ' ' << lane;
}

}  // namespace
}  // namespace lares::engine::tts
