#pragma once
// A turn's frame as SSE and sockets send it: name, JSON, "TURN/FRAME".
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

}  // namespace lares::api
