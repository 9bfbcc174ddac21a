#pragma once
// The package's tables on disk: JSON, most of it gzipped. Read once, value by value, so that no tree of 10 MB
// stands in memory.
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lares::voice::english {

// One string, number or null of a JSON document. `path` holds the keys that lead to it; an element of an
// array adds nothing.
struct Leaf {
    const std::vector<std::string>& path;
    std::string_view text;  // of a string
    double number = 0;
    bool is_null = false;
};

// Gives every leaf in order. A file that is absent, larger than 64 MB unpacked or no JSON: unavailable
// "voice-missing".
Result<void> read_json(const std::filesystem::path& file, const std::function<void(const Leaf&)>& each);

}  // namespace lares::voice::english
