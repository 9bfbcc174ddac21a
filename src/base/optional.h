#pragma once
// An empty text in the house is an absent field on the wire.
#include <optional>
#include <string>
#include <string_view>

namespace lares {

inline std::optional<std::string> unless_empty(std::string text) {
    if (text.empty()) return std::nullopt;
    return text;
}
inline std::optional<std::string> unless_empty(std::string_view text) {
    return unless_empty(std::string(text));
}

}  // namespace lares
