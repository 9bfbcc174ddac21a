#pragma once
// Walks and writes the chunks of a PNG image without decoding it: lengths, order and CRCs are checked,
// nothing is allocated by what the file claims.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lares::character {

bool is_png(std::string_view bytes);  // by signature

struct PngText {
    std::string_view chunk;    // "tEXt", "zTXt" or "iTXt"
    std::string_view keyword;  // Latin-1, 1..79 bytes
    std::string_view value;    // as stored: deflated when `compressed`
    bool compressed = false;
};

// Text chunks in file order; views into `bytes`.
Result<std::vector<PngText>> read_png_texts(std::string_view bytes);

// The value, inflated up to max_bytes.
Result<std::string> png_text_value(const PngText& text, std::size_t max_bytes);

struct PngTextEntry {
    std::string_view keyword;
    std::string value;  // Latin-1
};

// The image with these tEXt chunks before its data, in place of text chunks of the same keywords (whatever
// case).
Result<std::string> with_png_texts(std::string_view bytes, std::span<const PngTextEntry> texts);

// An image of one plain colour, for a card that has no picture.
std::string plain_png(std::uint32_t width, std::uint32_t height);

}  // namespace lares::character
