#include "unit/character/png_writer.h"

#include <zlib.h>

namespace lares::character::testing {

namespace {

std::string u32(std::uint32_t value) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
    return out;
}

std::string deflated(std::string_view text) {
    uLongf size = compressBound(text.size());
    std::string out(size, '\0');
    compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(text.data()),
              text.size(), 9);
    out.resize(size);
    return out;
}

}  // namespace

std::string png_chunk(std::string_view type, std::string_view data, ChunkFault fault) {
    std::string body(type);
    body += data;
    const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(body.data()), body.size());
    return u32(fault.length.value_or(static_cast<std::uint32_t>(data.size()))) + body +
           u32(fault.crc.value_or(static_cast<std::uint32_t>(crc)));
}

std::string png_header(std::uint32_t width, std::uint32_t height) {
    return png_chunk("IHDR", u32(width) + u32(height) + std::string("\x08\x02\0\0\0", 5));
}

std::string png_text(std::string_view keyword, std::string_view value) {
    return png_chunk("tEXt", std::string(keyword) + '\0' + std::string(value));
}

std::string png_ztxt(std::string_view keyword, std::string_view value) {
    return png_chunk("zTXt", std::string(keyword) + std::string("\0\0", 2) + deflated(value));
}

std::string png_signature() {
    return std::string("\x89PNG\r\n\x1a\n", 8);
}

std::string png_data() {
    return png_chunk("IDAT", deflated(std::string(8 * 25, '\0')));
}

std::string png_end() {
    return png_chunk("IEND", "");
}

std::string png_image(std::string_view before, std::string_view after) {
    return png_signature() + png_header() + std::string(before) + png_data() + std::string(after) + png_end();
}

}  // namespace lares::character::testing
