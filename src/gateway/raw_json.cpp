#include "gateway/raw_json.h"

#include <cstring>

namespace lares::gateway {

namespace {

// `at` is behind the opening quote; the answer behind the closing one.
std::size_t string_end(std::string_view json, std::size_t at) {
    for (;;) {
        const auto* quote = static_cast<const char*>(std::memchr(json.data() + at, '"', json.size() - at));
        if (!quote) return json.npos;
        const auto end = static_cast<std::size_t>(quote - json.data());
        std::size_t first = end;  // of the backslashes before it
        while (first > at && json[first - 1] == '\\') --first;
        at = end + 1;
        if ((end - first) % 2 == 0) return at;
    }
}

bool ends_word(char c) {
    return c == ',' || c == '}' || c == ']' || c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

}  // namespace

std::size_t after_blanks(std::string_view json, std::size_t at) {
    while (at < json.size() && (json[at] == ' ' || json[at] == '\n' || json[at] == '\r' || json[at] == '\t'))
        ++at;
    return at;
}

std::size_t value_end(std::string_view json, std::size_t at) {
    if (at >= json.size()) return json.npos;
    const char first = json[at];
    if (first == '"') return string_end(json, at + 1);
    if (first != '{' && first != '[') {
        std::size_t end = at;
        while (end < json.size() && !ends_word(json[end])) ++end;
        return end > at ? end : json.npos;
    }
    for (std::size_t depth = 0; at < json.size();) {
        const char c = json[at++];
        if (c == '"') {
            at = string_end(json, at);
            if (at == json.npos) return at;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return at;
        }
    }
    return json.npos;
}

}  // namespace lares::gateway
