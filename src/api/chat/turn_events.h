#pragma once
// A turn's frame as SSE and sockets send it: name, JSON, "TURN/FRAME". Sound goes over a socket as a binary
// frame: 16 bytes of the turn's id (the UUID, most significant byte first), then frame number, clause, chunk
// and sample rate as 32 bit each, little-endian, then the samples: s16le, mono.
#include <string>
#include <string_view>

#include "turn/turns.h"

namespace lares::api {

struct WireEvent {
    std::string_view name;
    std::string json;
    std::string id;
};

WireEvent to_wire(const turn::Frame& frame);

// Of an Audio frame.
inline constexpr std::size_t audio_header_bytes = 32;
std::string to_binary(const turn::Frame& frame, const turn::Audio& audio);

}  // namespace lares::api
