#pragma once
// The pictures that a character had before the present one.
#include <cstddef>
#include <cstdint>
#include <string>

namespace lares::character {

namespace limits {
inline constexpr std::size_t pictures_kept = 10;
inline constexpr std::size_t picture_bytes = 5 * 1024 * 1024;  // of a file that is put in its place
}  // namespace limits

struct EarlierPicture {
    std::int64_t number = 0, replaced_ms = 0;
    std::string sha256;  // hex
};

}  // namespace lares::character
