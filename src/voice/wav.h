#pragma once
// The head of a WAV file: 16 bits, mono.
#include <cstdint>
#include <optional>
#include <string>

namespace lares::voice {

// bytes: of the samples that follow; nullopt: unknown (a stream), written as the largest length there is.
std::string wav_head(std::uint32_t sample_rate, std::optional<std::size_t> bytes);

}  // namespace lares::voice
