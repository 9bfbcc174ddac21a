#include "character/png.h"

#include <algorithm>
#include <cstdint>

#include <zlib.h>

#include "base/text.h"
#include "character/model.h"

namespace lares::character {

namespace {

constexpr std::string_view signature("\x89PNG\r\n\x1a\n", 8);
constexpr std::size_t chunk_overhead = 12;  // length, type, CRC

tl::unexpected<Error> broken(std::string_view part, std::string rule) {
    return fail(Code::bad_request, "invalid-card",
                "The PNG image is damaged: " + std::string(part) + ": " + rule, "png." + std::string(part));
}

std::uint32_t read_u32(std::string_view bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
    return value;
}

bool is_chunk_type(std::string_view type) {
    for (char c : type) {
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))) return false;
    }
    return true;
}

struct Chunk {
    std::string_view type;
    std::string_view data;
};

// The chunk at the start of `rest`, which is cut off from it.
Result<Chunk> next_chunk(std::string_view& rest) {
    if (rest.size() < chunk_overhead) return broken("chunk", "the file ends inside a chunk header");
    const std::uint32_t length = read_u32(rest);
    const std::string_view type = rest.substr(4, 4);
    if (!is_chunk_type(type)) return broken("chunk", "a chunk type is not four letters");
    if (length > rest.size() - chunk_overhead) {
        return broken(type, "the chunk claims " + std::to_string(length) + " bytes, more than the file has");
    }
    const std::uint32_t stored = read_u32(rest.substr(8 + length));
    const auto* checked = reinterpret_cast<const Bytef*>(rest.data() + 4);
    if (crc32_z(crc32(0, nullptr, 0), checked, length + 4) != stored)
        return broken(type, "the CRC does not match");
    const Chunk chunk{type, rest.substr(8, length)};
    rest.remove_prefix(chunk_overhead + length);
    return chunk;
}

Result<void> check_header(const Chunk& chunk) {
    if (chunk.type != "IHDR") return broken("IHDR", "must be the first chunk");
    if (chunk.data.size() != 13) return broken("IHDR", "must have 13 bytes");
    const std::uint32_t width = read_u32(chunk.data);
    const std::uint32_t height = read_u32(chunk.data.substr(4));
    if (width == 0 || height == 0) return broken("IHDR", "width and height must not be 0");
    if (width > limits::png_side || height > limits::png_side ||
        std::uint64_t{width} * height > limits::png_pixels) {
        return fail(Code::too_large, "card-too-large",
                    "The picture is too large: at most 16384 pixels a side and 50 million in all.",
                    "png.IHDR");
    }
    return {};
}

void append_u32(std::string& out, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift & 0xff));
}

void append_chunk(std::string& out, std::string_view type, std::string_view data) {
    append_u32(out, static_cast<std::uint32_t>(data.size()));
    const std::size_t checked = out.size();
    out.append(type).append(data);
    const auto* begin = reinterpret_cast<const Bytef*>(out.data() + checked);
    append_u32(out, static_cast<std::uint32_t>(crc32_z(crc32(0, nullptr, 0), begin, out.size() - checked)));
}

bool is_text(std::string_view type) {
    return type == "tEXt" || type == "zTXt" || type == "iTXt";
}

// Cuts the text before the first NUL off `rest`.
std::optional<std::string_view> take_until_nul(std::string_view& rest) {
    const std::size_t end = rest.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view taken = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return taken;
}

Result<PngText> read_text(const Chunk& chunk) {
    std::string_view rest = chunk.data;
    const auto keyword = take_until_nul(rest);
    if (!keyword) return broken(chunk.type, "there is no NUL after the keyword");
    if (keyword->empty() || keyword->size() > 79)
        return broken(chunk.type, "the keyword must have 1 to 79 bytes");
    PngText text{chunk.type, *keyword, rest, false};
    if (chunk.type == "zTXt") {
        if (rest.empty() || rest[0] != 0) return broken(chunk.type, "the compression method must be 0");
        text.value = rest.substr(1);
        text.compressed = true;
    } else if (chunk.type == "iTXt") {
        if (rest.size() < 2) return broken(chunk.type, "the compression flags are missing");
        const char flag = rest[0];
        if ((flag != 0 && flag != 1) || rest[1] != 0)
            return broken(chunk.type, "the compression flags must be 0 or 1");
        rest.remove_prefix(2);
        if (!take_until_nul(rest) || !take_until_nul(rest)) {
            return broken(chunk.type, "the language or the translated keyword does not end");
        }
        text.value = rest;
        text.compressed = flag == 1;
    }
    return text;
}

}  // namespace

bool is_png(std::string_view bytes) {
    return bytes.starts_with(signature);
}

Result<std::vector<PngText>> read_png_texts(std::string_view bytes) {
    if (!is_png(bytes)) return broken("signature", "the file does not start like a PNG image");
    std::string_view rest = bytes.substr(signature.size());
    std::vector<PngText> texts;
    bool has_image = false;
    for (std::size_t count = 0; !rest.empty(); ++count) {
        if (count == limits::png_chunks) return broken("chunk", "there are more than 65536 chunks");
        LARES_TRY(const Chunk chunk, next_chunk(rest));
        if (count == 0) LARES_CHECK(check_header(chunk));
        if (chunk.type == "IDAT") has_image = true;
        if (chunk.type == "IEND") {
            if (!has_image) return broken("IDAT", "there is no image data");
            return texts;  // what follows IEND is no part of the image
        }
        if (is_text(chunk.type)) {
            LARES_TRY(auto text, read_text(chunk));
            texts.push_back(text);
        }
    }
    return broken("IEND", "the file ends before it");
}

Result<std::string> png_text_value(const PngText& text, std::size_t max_bytes) {
    const auto too_large = [&] {
        return fail(Code::too_large, "card-too-large",
                    "The card in the PNG image is too large: its JSON may have at most 8 MB.",
                    "png." + std::string(text.chunk));
    };
    if (!text.compressed) {
        if (text.value.size() > max_bytes) return too_large();
        return std::string(text.value);
    }
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK) return fail(Code::internal, "internal", "zlib could not start.");
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.value.data()));
    stream.avail_in = static_cast<uInt>(text.value.size());
    std::string out;
    int status = Z_OK;
    char block[64 * 1024];
    while (status == Z_OK && out.size() <= max_bytes) {
        stream.next_out = reinterpret_cast<Bytef*>(block);
        stream.avail_out = sizeof block;
        status = inflate(&stream, Z_NO_FLUSH);
        out.append(block, sizeof block - stream.avail_out);
    }
    inflateEnd(&stream);
    if (out.size() > max_bytes) return too_large();
    if (status != Z_STREAM_END) return broken(text.chunk, "the compressed text is damaged");
    return out;
}

Result<std::string> with_png_texts(std::string_view bytes, std::span<const PngTextEntry> texts) {
    LARES_CHECK(read_png_texts(bytes));  // every chunk below is whole
    std::string_view rest = bytes.substr(signature.size());
    std::string out(signature);
    bool written = false;
    while (!rest.empty()) {
        LARES_TRY(const Chunk chunk, next_chunk(rest));
        if (chunk.type == "IDAT" && !written) {
            for (const auto& text : texts)
                append_chunk(out, "tEXt", std::string(text.keyword) + '\0' + text.value);
            written = true;
        }
        const bool replaced =
            is_text(chunk.type) && std::ranges::any_of(texts, [&](const PngTextEntry& text) {
                return equal_ignoring_case(text.keyword, chunk.data.substr(0, chunk.data.find('\0')));
            });
        if (!replaced) append_chunk(out, chunk.type, chunk.data);
        if (chunk.type == "IEND") break;
    }
    return out;
}

std::string plain_png(std::uint32_t width, std::uint32_t height) {
    constexpr char grey = '\x80';
    const std::string line = '\0' + std::string(width, grey);  // filter type, then one byte a pixel
    std::string pixels;
    for (std::uint32_t y = 0; y < height; ++y) pixels += line;
    std::string packed(compressBound(static_cast<uLong>(pixels.size())), '\0');
    uLongf length = packed.size();
    compress(reinterpret_cast<Bytef*>(packed.data()), &length, reinterpret_cast<const Bytef*>(pixels.data()),
             static_cast<uLong>(pixels.size()));
    packed.resize(length);
    std::string header;
    append_u32(header, width), append_u32(header, height);
    header += std::string_view("\x08\x00\x00\x00\x00", 5);  // 8 bits, greyscale
    std::string out(signature);
    append_chunk(out, "IHDR", header);
    append_chunk(out, "IDAT", packed);
    append_chunk(out, "IEND", {});
    return out;
}

}  // namespace lares::character
