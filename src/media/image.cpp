#include "media/image.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <memory>
#include <optional>

#include <png.h>
#include <turbojpeg.h>
#include <webp/decode.h>

#include "media/container.h"

namespace lares::media {

namespace {

tl::unexpected<Error> unsupported(std::string why) {
    return fail(Code::unsupported, "unsupported-image",
                std::move(why) + " A PNG, JPEG or still WebP will do.");
}
tl::unexpected<Error> damaged(std::string_view what) {
    return fail(Code::bad_request, "damaged-image", "The picture cannot be read: " + std::string(what) + ".");
}

Result<void> check_size(std::uint64_t width, std::uint64_t height, std::size_t pixels_max) {
    if (width < 1 || height < 1) return damaged("it has no size");
    if (width > Limits::side_max || height > Limits::side_max || width * height > pixels_max)
        return fail(Code::too_large, "image-too-large",
                    "The picture has " + std::to_string(width) + " x " + std::to_string(height) +
                        " pixels; at most " + std::to_string(pixels_max / 1'000'000) + " million are read.");
    return {};
}

const std::uint8_t* data_of(std::string_view bytes) {
    return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

Pixels empty(std::uint32_t width, std::uint32_t height) {
    Pixels out{width, height, {}};
    out.rgba.resize(std::size_t{4} * width * height);
    return out;
}

Result<Pixels> decode_png(std::string_view bytes) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    const std::unique_ptr<png_image, void (*)(png_image*)> guard(&image, &png_image_free);
    if (!png_image_begin_read_from_memory(&image, bytes.data(), bytes.size())) return damaged(image.message);
    if (auto good = check_size(image.width, image.height, Limits::pixels_max); !good)
        return fail(std::move(good).error());
    image.format = PNG_FORMAT_RGBA;
    auto out = empty(image.width, image.height);
    if (!png_image_finish_read(&image, nullptr, out.rgba.data(), 0, nullptr)) return damaged(image.message);
    return out;
}

struct Turbo {
    tjhandle handle;
    explicit Turbo(tjhandle made) : handle(made) {}
    Turbo(const Turbo&) = delete;
    Turbo& operator=(const Turbo&) = delete;
    ~Turbo() { tjDestroy(handle); }
};

Result<Pixels> decode_jpeg(std::string_view bytes, std::uint32_t side_max) {
    const Turbo turbo(tjInitDecompress());
    int width = 0, height = 0, sampling = 0, space = 0;
    if (tjDecompressHeader3(turbo.handle, data_of(bytes), bytes.size(), &width, &height, &sampling, &space) !=
        0)
        return damaged(tjGetErrorStr2(turbo.handle));
    if (auto good = check_size(static_cast<std::uint64_t>(std::max(width, 0)),
                               static_cast<std::uint64_t>(std::max(height, 0)), Limits::jpeg_pixels_max);
        !good)
        return fail(std::move(good).error());
    if (space == TJCS_CMYK || space == TJCS_YCCK)
        return unsupported("The JPEG has the colours of printers (CMYK).");
    // As small as decoding itself can make it without going below what is wanted.
    tjscalingfactor factor{1, 1};
    while (factor.denom < 8) {
        const tjscalingfactor next{1, factor.denom * 2};
        if (TJSCALED(std::max(width, height), next) < static_cast<int>(side_max)) break;
        factor = next;
    }
    auto out = empty(static_cast<std::uint32_t>(TJSCALED(width, factor)),
                     static_cast<std::uint32_t>(TJSCALED(height, factor)));
    if (auto good = check_size(out.width, out.height, Limits::pixels_max); !good)
        return fail(std::move(good).error());
    if (tjDecompress2(turbo.handle, data_of(bytes), bytes.size(), out.rgba.data(),
                      static_cast<int>(out.width), 0, static_cast<int>(out.height), TJPF_RGBA,
                      TJFLAG_LIMITSCANS | TJFLAG_STOPONWARNING) != 0)
        return damaged(tjGetErrorStr2(turbo.handle));
    return out;
}

Result<Pixels> decode_webp(std::string_view bytes) {
    WebPBitstreamFeatures features{};
    if (WebPGetFeatures(data_of(bytes), bytes.size(), &features) != VP8_STATUS_OK)
        return damaged("it is no whole WebP");
    if (features.has_animation) return unsupported("The WebP moves.");
    if (auto good = check_size(static_cast<std::uint64_t>(features.width),
                               static_cast<std::uint64_t>(features.height), Limits::pixels_max);
        !good)
        return fail(std::move(good).error());
    auto out = empty(static_cast<std::uint32_t>(features.width), static_cast<std::uint32_t>(features.height));
    if (!WebPDecodeRGBAInto(data_of(bytes), bytes.size(), out.rgba.data(), out.rgba.size(),
                            features.width * 4))
        return damaged("its data is not whole");
    return out;
}

// EXIF's eight ways to hold a camera: where the pixel at (x, y) of the upright picture comes from.
Pixels upright(Pixels in, int orientation) {
    if (orientation < 2 || orientation > 8) return in;
    const bool turned = orientation >= 5;
    auto out = turned ? empty(in.height, in.width) : empty(in.width, in.height);
    for (std::uint32_t y = 0; y < out.height; ++y)
        for (std::uint32_t x = 0; x < out.width; ++x) {
            std::uint32_t from_x = turned ? y : x;
            std::uint32_t from_y = turned ? x : y;
            const bool flip_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
            const bool flip_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
            if (flip_x) from_x = in.width - 1 - from_x;
            if (flip_y) from_y = in.height - 1 - from_y;
            std::memcpy(&out.rgba[(std::size_t{y} * out.width + x) * 4],
                        &in.rgba[(std::size_t{from_y} * in.width + from_x) * 4], 4);
        }
    return out;
}

// Each new pixel is the mean of those it stands for, weighed by their alpha.
Pixels smaller(const Pixels& in, std::uint32_t side_max) {
    const auto longest = std::max(in.width, in.height);
    if (longest <= side_max) return in;
    const auto scaled = [&](std::uint32_t side) {
        return std::max(1U, static_cast<std::uint32_t>(std::uint64_t{side} * side_max / longest));
    };
    auto out = empty(scaled(in.width), scaled(in.height));
    for (std::uint32_t y = 0; y < out.height; ++y) {
        const auto top = std::uint64_t{y} * in.height / out.height;
        const auto bottom = std::max(top + 1, (std::uint64_t{y} + 1) * in.height / out.height);
        for (std::uint32_t x = 0; x < out.width; ++x) {
            const auto left = std::uint64_t{x} * in.width / out.width;
            const auto right = std::max(left + 1, (std::uint64_t{x} + 1) * in.width / out.width);
            std::uint64_t red = 0, green = 0, blue = 0, alpha = 0;
            for (auto row = top; row < bottom; ++row) {
                const auto* pixel = &in.rgba[(row * in.width + left) * 4];
                for (auto at = left; at < right; ++at, pixel += 4) {
                    red += std::uint64_t{pixel[0]} * pixel[3];
                    green += std::uint64_t{pixel[1]} * pixel[3];
                    blue += std::uint64_t{pixel[2]} * pixel[3];
                    alpha += pixel[3];
                }
            }
            const auto count = (bottom - top) * (right - left);
            auto* to = &out.rgba[(std::size_t{y} * out.width + x) * 4];
            if (alpha == 0) continue;
            to[0] = static_cast<std::uint8_t>((red + alpha / 2) / alpha);
            to[1] = static_cast<std::uint8_t>((green + alpha / 2) / alpha);
            to[2] = static_cast<std::uint8_t>((blue + alpha / 2) / alpha);
            to[3] = static_cast<std::uint8_t>((alpha + count / 2) / count);
        }
    }
    return out;
}

bool has_holes(const Pixels& pixels) {
    for (std::size_t at = 3; at < pixels.rgba.size(); at += 4)
        if (pixels.rgba[at] != 255) return true;
    return false;
}

constexpr std::size_t small_png = 600'000;  // drawings and screens stay sharp below it

}  // namespace

ImageKind sniff_image(std::string_view bytes) {
    using namespace std::string_view_literals;
    if (bytes.starts_with("\x89PNG\r\n\x1A\n"sv)) return ImageKind::png;
    if (bytes.starts_with("\xFF\xD8\xFF"sv)) return ImageKind::jpeg;
    if (bytes.starts_with("RIFF"sv) && bytes.size() >= 12 && bytes.substr(8, 4) == "WEBP"sv)
        return ImageKind::webp;
    if (bytes.starts_with("GIF87a"sv) || bytes.starts_with("GIF89a"sv)) return ImageKind::gif;
    return ImageKind::none;
}

std::string_view to_text(ImageKind kind) {
    constexpr std::array<std::string_view, 5> names{"", "PNG", "JPEG", "WebP", "GIF"};
    return names[static_cast<std::size_t>(kind)];
}

std::string_view media_type(ImageKind kind) {
    constexpr std::array<std::string_view, 5> names{"application/octet-stream", "image/png", "image/jpeg",
                                                    "image/webp", "image/gif"};
    return names[static_cast<std::size_t>(kind)];
}

Result<std::string> encode_png(const Pixels& pixels) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = pixels.width;
    image.height = pixels.height;
    image.format = PNG_FORMAT_RGBA;
    const std::unique_ptr<png_image, void (*)(png_image*)> guard(&image, &png_image_free);
    std::string out(PNG_IMAGE_PNG_SIZE_MAX(image), '\0');
    png_alloc_size_t size = out.size();
    if (!png_image_write_to_memory(&image, out.data(), &size, 0, pixels.rgba.data(), 0, nullptr))
        return damaged(image.message);
    out.resize(size);
    return out;
}

Result<std::string> encode_jpeg(const Pixels& pixels, int quality) {
    const Turbo turbo(tjInitCompress());
    unsigned char* made = nullptr;
    unsigned long size = 0;
    const int status =
        tjCompress2(turbo.handle, pixels.rgba.data(), static_cast<int>(pixels.width), 0,
                    static_cast<int>(pixels.height), TJPF_RGBA, &made, &size, TJSAMP_420, quality, 0);
    const std::unique_ptr<unsigned char, void (*)(unsigned char*)> guard(made, &tjFree);
    if (status != 0) return damaged(tjGetErrorStr2(turbo.handle));
    return std::string(reinterpret_cast<const char*>(made), size);
}

Result<Pixels> decode(std::string_view bytes, std::uint32_t side_max) {
    switch (sniff_image(bytes)) {
        case ImageKind::png:
            return decode_png(bytes);
        case ImageKind::jpeg: {
            LARES_TRY(auto pixels, decode_jpeg(bytes, side_max));
            return upright(std::move(pixels), exif_orientation(bytes));
        }
        case ImageKind::webp:
            return decode_webp(bytes);
        case ImageKind::gif:
            return unsupported("A GIF is not read.");
        case ImageKind::none:
            break;
    }
    return unsupported("This is no picture that is known here.");
}

Result<Image> for_display(std::string_view bytes, std::uint32_t side_max) {
    const auto kind = sniff_image(bytes);
    LARES_TRY(auto pixels, decode(bytes, side_max));
    const bool fits = std::max(pixels.width, pixels.height) <= side_max;
    const bool bare =
        kind == ImageKind::png ? is_bare_png(bytes) : kind == ImageKind::jpeg && is_bare_jpeg(bytes);
    // Of a JPEG that was made smaller while it was read, the size is not the file's.
    if (fits && bare && (kind == ImageKind::png || jpeg_fits(bytes, side_max)))
        if (kind == ImageKind::jpeg || has_holes(pixels) || bytes.size() <= small_png)
            return Image{kind, std::string(bytes), pixels.width, pixels.height};
    pixels = smaller(pixels, side_max);
    Image out{ImageKind::png, {}, pixels.width, pixels.height};
    const bool holes = has_holes(pixels);
    if (holes || kind == ImageKind::png) {
        LARES_TRY(out.bytes, encode_png(pixels));
        if (holes || out.bytes.size() <= small_png) return out;
    }
    out.kind = ImageKind::jpeg;
    LARES_TRY(out.bytes, encode_jpeg(pixels, Limits::jpeg_quality));
    return out;
}

}  // namespace lares::media
