#include "engine/tts/fft.h"

#include <cmath>
#include <numbers>

namespace lares::engine::tts {
namespace {

constexpr std::array<std::size_t, 5> radices = {5, 5, 4, 3, 2};

struct Point {
    Lanes re, im;
};
inline Point operator+(Point a, Point b) {
    return {a.re + b.re, a.im + b.im};
}
inline Point operator-(Point a, Point b) {
    return {a.re - b.re, a.im - b.im};
}
inline Point operator*(Point a, float s) {
    return {a.re * s, a.im * s};
}
// a - i b, a + i b
inline Point minus_i(Point a, Point b) {
    return {a.re + b.im, a.im - b.re};
}
inline Point plus_i(Point a, Point b) {
    return {a.re - b.im, a.im + b.re};
}

// The transform of so few points, in place.
inline void butterfly(std::array<Point, 2>& x) {
    const auto a = x[0];
    x[0] = a + x[1];
    x[1] = a - x[1];
}
inline void butterfly(std::array<Point, 3>& x) {
    constexpr float s = std::numbers::sqrt3_v<float> / 2;
    const auto sum = x[1] + x[2], turned = (x[1] - x[2]) * s, middle = x[0] - sum * 0.5f;
    x = {x[0] + sum, minus_i(middle, turned), plus_i(middle, turned)};
}
inline void butterfly(std::array<Point, 4>& x) {
    const auto a = x[0] + x[2], b = x[0] - x[2], c = x[1] + x[3], d = x[1] - x[3];
    x = {a + c, minus_i(b, d), a - c, plus_i(b, d)};
}
inline void butterfly(std::array<Point, 5>& x) {
    constexpr float c1 = 0.309016994f, c2 = -0.809016994f, s1 = 0.951056516f, s2 = 0.587785252f;
    const auto a = x[1] + x[4], b = x[2] + x[3], c = x[1] - x[4], d = x[2] - x[3];
    const auto e = x[0] + a * c1 + b * c2, f = x[0] + a * c2 + b * c1;
    const auto g = c * s1 + d * s2, h = c * s2 - d * s1;
    x = {x[0] + a + b, minus_i(e, g), minus_i(f, h), plus_i(f, h), plus_i(e, g)};
}

// One stage: sub-transforms of `size` points, `stride` of them side by side.
template <std::size_t radix, class Turn, class Half>
void stage(std::size_t size, std::size_t stride, const Turn* turns, const Half& from_re, const Half& from_im,
           Half& to_re, Half& to_im) {
    const std::size_t part = size / radix;
    for (std::size_t k = 0; k < part; ++k, turns += radix - 1)
        for (std::size_t q = 0; q < stride; ++q) {
            std::array<Point, radix> x;
            for (std::size_t j = 0; j < radix; ++j) {
                const auto at = q + stride * (k + j * part);
                x[j] = {from_re[at], from_im[at]};
            }
            butterfly(x);
            const auto to = q + stride * radix * k;
            to_re[to] = x[0].re;
            to_im[to] = x[0].im;
            for (std::size_t j = 1; j < radix; ++j) {
                const auto w = turns[j - 1];
                to_re[to + stride * j] = x[j].re * w.re - x[j].im * w.im;
                to_im[to + stride * j] = x[j].re * w.im + x[j].im * w.re;
            }
        }
}

}  // namespace

Fft::Fft() {
    const auto turn = [](std::size_t number, std::size_t of) {
        const double angle = -2 * std::numbers::pi * static_cast<double>(number) / static_cast<double>(of);
        return Turn{static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
    };
    std::size_t size = half, at = 0;
    for (const auto radix : radices) {
        for (std::size_t k = 0; k < size / radix; ++k)
            for (std::size_t j = 1; j < radix; ++j) turns_[at++] = turn(j * k, size);
        size /= radix;
    }
    for (std::size_t k = 0; k <= half; ++k) packing_[k] = turn(k, points);
}

void Fft::transform(Half& re, Half& im) {
    const Turn* turns = turns_.data();
    std::size_t size = half, stride = 1;
    const auto step = [&]<std::size_t radix>(const Half& from_re, const Half& from_im, Half& to_re,
                                             Half& to_im) {
        stage<radix>(size, stride, turns, from_re, from_im, to_re, to_im);
        turns += size / radix * (radix - 1);
        size /= radix;
        stride *= radix;
    };
    step.operator()<5>(re, im, spare_re_, spare_im_);
    step.operator()<5>(spare_re_, spare_im_, re, im);
    step.operator()<4>(re, im, spare_re_, spare_im_);
    step.operator()<3>(spare_re_, spare_im_, re, im);
    step.operator()<2>(re, im, spare_re_, spare_im_);
    re = spare_re_;
    im = spare_im_;
}

void Fft::forward(const Signal& in, Spectrum& out) {
    for (std::size_t n = 0; n < half; ++n) {
        re_[n] = in[2 * n];
        im_[n] = in[2 * n + 1];
    }
    transform(re_, im_);
    for (std::size_t k = 0; k <= half; ++k) {
        const std::size_t a = k % half, b = (half - k) % half;
        const auto even_re = re_[a] + re_[b], even_im = im_[a] - im_[b];
        const auto odd_re = im_[a] + im_[b], odd_im = re_[b] - re_[a];
        const auto w = packing_[k];
        out.re[k] = 0.5f * (even_re + odd_re * w.re - odd_im * w.im);
        out.im[k] = 0.5f * (even_im + odd_re * w.im + odd_im * w.re);
    }
}

void Fft::backward(const Spectrum& in, Signal& out) {
    re_[0] = in.re[0] + in.re[half];
    im_[0] = in.re[0] - in.re[half];
    for (std::size_t k = 1; k < half; ++k) {
        const auto w = packing_[k];
        const auto sum_re = in.re[k] + in.re[half - k], sum_im = in.im[k] - in.im[half - k];
        const auto a = in.re[k] - in.re[half - k], b = in.im[k] + in.im[half - k];
        const auto odd_re = a * w.re + b * w.im, odd_im = b * w.re - a * w.im;
        re_[k] = sum_re - odd_im;
        im_[k] = sum_im + odd_re;
    }
    transform(im_, re_);
    for (std::size_t n = 0; n < half; ++n) {
        out[2 * n] = re_[n];
        out[2 * n + 1] = im_[n];
    }
}

}  // namespace lares::engine::tts
