// Waveform: scale, pitch, and that pieces of any size make the same sound.
#include "engine/tts/waveform.h"

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace lares::engine::tts {
namespace {

constexpr float nothing = -80;  // the logarithm of a magnitude that is not heard

struct Planes {
    explicit Planes(std::size_t frames)
        : lh(bins * frames, nothing),
          theta(bins * frames),
          ln(bins * frames, nothing),
          lr(bins * frames, nothing),
          phi(bins * frames),
          f0(frames) {}
    Spectrum spectrum() const {
        return {lh.data(), theta.data(), ln.data(), lr.data(), phi.data(), f0.data(), f0.size()};
    }
    std::vector<float> lh, theta, ln, lr, phi, f0;
};

std::vector<float> whole(const Planes& planes, std::size_t piece, std::uint64_t seed = 1) {
    Waveform waveform;
    waveform.begin(planes.spectrum(), seed);
    std::vector<float> all;
    for (auto block = waveform.next(piece); !block.empty(); block = waveform.next(piece)) {
        EXPECT_LE(block.size(), piece * hop);
        all.insert(all.end(), block.begin(), block.end());
    }
    return all;
}

// One bin of free phase is a sine: magnitude m becomes 2m/1200, times sum(w)/sum(w^2) of the windows'
// overlap.
TEST(Waveform, OneBinIsASineOfKnownHeight) {
    constexpr std::size_t frames = 40, bin = 37;
    Planes planes(frames);
    for (std::size_t k = 0; k < frames; ++k) {
        planes.lr[bin * frames + k] = std::log(300.0f);
        // centred frames: half a turn for odd bins, then a step of bin/4 turns a frame
        const double turns = static_cast<double>(bin) * (static_cast<double>(k) * hop - 600) / 1200;
        planes.phi[bin * frames + k] = static_cast<float>(2 * std::numbers::pi * (turns - std::floor(turns)));
    }
    const auto sound = whole(planes, 8);
    ASSERT_EQ(sound.size(), frames * hop);
    const double height = 2 * 300.0 / 1200 * 2 / 1.5;
    for (std::size_t i = 1'200; i < sound.size() - 1'200; ++i) {
        const double expected = height * std::cos(2 * std::numbers::pi * bin * static_cast<double>(i) / 1200);
        ASSERT_NEAR(sound[i], expected, 1e-3) << i;
    }
}

TEST(Waveform, TheVoicedPartHasTheGivenPitch) {
    constexpr std::size_t frames = 60, period = 120;
    Planes planes(frames);
    std::fill(planes.lh.begin(), planes.lh.end(), 0.0f);
    std::fill(planes.f0.begin(), planes.f0.end(), 200.0f);
    const auto sound = whole(planes, 16);
    double same = 0, energy = 0, other = 0;
    for (std::size_t i = 3'000; i < 15'000; ++i) {
        energy += static_cast<double>(sound[i]) * sound[i];
        same += static_cast<double>(sound[i]) * sound[i - period];
        other += static_cast<double>(sound[i]) * sound[i - period / 2];
    }
    EXPECT_GT(energy, 0);
    EXPECT_GT(same / energy, 0.99);
    EXPECT_LT(other / energy, 0.2);
    // Below 40 Hz there is no voice.
    std::fill(planes.f0.begin(), planes.f0.end(), 30.0f);
    for (const float each : whole(planes, 16)) ASSERT_NEAR(each, 0, 1e-6);
}

TEST(Waveform, PiecesOfAnySizeMakeTheSameSound) {
    constexpr std::size_t frames = 53;
    Planes planes(frames);
    std::mt19937 random(3);
    std::normal_distribution<float> normal;
    for (auto* plane : {&planes.lh, &planes.theta, &planes.ln, &planes.lr, &planes.phi})
        for (auto& each : *plane) each = 2 * normal(random);
    for (std::size_t k = 0; k < frames; ++k) planes.f0[k] = k % 20 < 10 ? 180 + 10 * normal(random) : 0;
    const auto one = whole(planes, frames);
    ASSERT_EQ(one.size(), frames * hop);
    for (const std::size_t piece : {1, 2, 7, 16}) EXPECT_EQ(whole(planes, piece), one);
    EXPECT_NE(whole(planes, frames, 2), one);  // another seed, another noise
}

TEST(Waveform, IsUsedAgainWithoutATraceOfTheLastSound) {
    Planes loud(20), quiet(30);
    std::fill(loud.ln.begin(), loud.ln.end(), 5.0f);
    Waveform waveform;
    waveform.begin(loud.spectrum(), 1);
    waveform.next(10);  // left in the middle
    waveform.begin(quiet.spectrum(), 1);
    std::size_t count = 0;
    for (auto block = waveform.next(16); !block.empty(); block = waveform.next(16)) {
        for (const float each : block) ASSERT_NEAR(each, 0, 1e-6);
        count += block.size();
    }
    EXPECT_EQ(count, 30 * hop);
    Planes none(0), single(1);
    EXPECT_TRUE(whole(none, 4).empty());
    EXPECT_EQ(whole(single, 4).size(), hop);
}

}  // namespace
}  // namespace lares::engine::tts
