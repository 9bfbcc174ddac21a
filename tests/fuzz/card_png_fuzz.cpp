// Any bytes as a PNG image. The CRCs of the input are corrected first, so that the fuzzer gets past them; the
// bytes as they came are read too.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include <zlib.h>

#include "character/card.h"
#include "character/png.h"

namespace {

std::string with_right_crcs(std::string image) {
    std::size_t at = 8;
    while (at + 12 <= image.size()) {
        std::size_t length = 0;
        for (std::size_t i = 0; i < 4; ++i) length = length << 8 | static_cast<std::uint8_t>(image[at + i]);
        if (length > image.size() - at - 12) break;
        const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(image.data() + at + 4), length + 4);
        for (std::size_t i = 0; i < 4; ++i)
            image[at + 8 + length + i] = static_cast<char>(crc >> (24 - 8 * i));
        at += 12 + length;
    }
    return image;
}

void read(const std::string& image) {
    using namespace lares::character;
    const auto card = parse_card_png(image);
    if (!card && (card.error().code == lares::Code::internal || card.error().field.empty())) std::abort();
    const auto texts = read_png_texts(image);
    if (!texts) return;
    for (const auto& text : *texts) {
        if (text.keyword.empty() || text.keyword.size() > 79) std::abort();
        if (const auto value = png_text_value(text, 10'000); value && value->size() > 10'000) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string image(reinterpret_cast<const char*>(data), size);
    read(image);
    read(with_right_crcs(image));
    return 0;
}
