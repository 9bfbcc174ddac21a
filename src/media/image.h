#pragma once
// Pictures that people bring, made fit to be shown: decoded under bounds, turned as their EXIF says, made
// smaller, written anew without anything but the picture (no place, no camera, no text, nothing behind the
// end). Pure; tens of milliseconds, so it belongs on a pool.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lares::media {

enum class ImageKind : std::uint8_t { none, png, jpeg, webp, gif };
ImageKind sniff_image(std::string_view bytes);  // by its first bytes
std::string_view to_text(ImageKind kind);       // "PNG"

struct Limits {
    static constexpr std::size_t pixels_max = 50'000'000;        // of what is read
    static constexpr std::size_t jpeg_pixels_max = 120'000'000;  // these are made smaller while they are read
    static constexpr std::uint32_t side_max = 30'000;
    static constexpr int jpeg_quality = 86;
};

struct Image {
    ImageKind kind = ImageKind::png;  // png or jpeg
    std::string bytes;
    std::uint32_t width = 0, height = 0;
};
std::string_view media_type(ImageKind kind);  // "image/png"

// PNG, JPEG and still WebP become PNG (what has holes, and small pictures that were PNG) or JPEG. One that is
// already so stays byte for byte. Errors: unsupported "unsupported-image" (GIF, moving pictures, CMYK, what
// is no picture); too_large "image-too-large"; bad_request "damaged-image".
Result<Image> for_display(std::string_view bytes, std::uint32_t side_max);

// Eight bits each of red, green, blue, alpha; not premultiplied.
struct Pixels {
    std::uint32_t width = 0, height = 0;
    std::vector<std::uint8_t> rgba;
};
Result<std::string> encode_png(const Pixels& pixels);
Result<std::string> encode_jpeg(const Pixels& pixels, int quality);
Result<Pixels> decode(std::string_view bytes,
                      std::uint32_t side_max);  // upright; a JPEG's at most twice side_max

}  // namespace lares::media
