#include "voice/wav.h"

namespace lares::voice {

std::string wav_head(std::uint32_t sample_rate, std::optional<std::size_t> bytes) {
    constexpr std::uint32_t head_bytes = 44, unknown = 0xffffffff;
    std::string head;
    const auto number = [&head](std::uint32_t value, int length) {
        for (int i = 0; i < length; ++i) head += static_cast<char>(value >> 8 * i);
    };
    const auto size = bytes ? static_cast<std::uint32_t>(*bytes) : unknown;
    head += "RIFF";
    number(bytes ? size + head_bytes - 8 : unknown, 4);
    head += "WAVEfmt ";
    number(16, 4);
    number(1, 2);  // PCM
    number(1, 2);  // channels
    number(sample_rate, 4);
    number(sample_rate * 2, 4);
    number(2, 2);
    number(16, 2);
    head += "data";
    number(size, 4);
    return head;
}

}  // namespace lares::voice
