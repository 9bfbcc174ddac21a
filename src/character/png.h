#pragma once
// Walks the chunks of a PNG image without decoding it: lengths, order and CRCs are checked, nothing is
// allocated by what the file claims.
#include <cstddef>
#include <optional>
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

}  // namespace lares::character
