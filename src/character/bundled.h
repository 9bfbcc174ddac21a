#pragma once
// The characters that come with the server: share/characters/*.json, compiled in.
#include <span>
#include <string_view>

namespace lares::character {

struct Bundled {
    std::string_view id;    // 26 characters, never changed: conversations refer to it
    std::string_view card;  // V3 JSON
};

std::span<const Bundled> bundled();

}  // namespace lares::character
