#pragma once
// What stands around the pixels of a file: whether anything but the picture is in it, and how the camera was
// held. Reads markers and chunks only; any bytes are safe.
#include <cstdint>
#include <optional>
#include <string_view>

namespace lares::media {

bool is_bare_png(
    std::string_view bytes);  // nothing but header, palette, transparency, sRGB, data; nothing behind the end
bool is_bare_jpeg(
    std::string_view bytes);  // no application data but JFIF's and Adobe's, no comment, nothing behind
bool jpeg_fits(std::string_view bytes, std::uint32_t side_max);  // by its frame header
struct Size {
    std::uint32_t width = 0, height = 0;
};
std::optional<Size> size_of_picture(std::string_view bytes);  // PNG, JPEG, GIF, WebP; the head will do
int exif_orientation(std::string_view jpeg);                  // 1..8; 1 where nothing is said

}  // namespace lares::media
