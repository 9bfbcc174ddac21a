#pragma once
// Builds PNG images for tests, right and wrong ones.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lares::character::testing {

struct ChunkFault {
    std::optional<std::uint32_t> length;  // written in place of the true one
    std::optional<std::uint32_t> crc;
};

std::string png_chunk(std::string_view type, std::string_view data, ChunkFault fault = {});
std::string png_header(std::uint32_t width = 8, std::uint32_t height = 8);
std::string png_text(std::string_view keyword, std::string_view value);
std::string png_ztxt(std::string_view keyword, std::string_view value);  // deflated here
std::string png_image(std::string_view chunks_before_data, std::string_view chunks_after_data = {});
std::string png_signature();
std::string png_data();
std::string png_end();

}  // namespace lares::character::testing
