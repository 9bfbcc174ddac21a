#pragma once
// The members of a JSON object as they stand in its text: for bodies that pass through and are only looked
// at. Much cheaper than taking them apart; values are told from each other, not checked. Pure.
#include <cstddef>
#include <string_view>

namespace lares::gateway {

// Where the value that begins at `at` ends; npos: in no way that it could.
std::size_t value_end(std::string_view json, std::size_t at);
std::size_t after_blanks(std::string_view json, std::size_t at);

// Calls take(key, value) for each member; the key without its quotes, the value as it is written. False: the
// text is not one object, or not so plain (an escape in a key): read it whole.
template <class Take>
bool each_member(std::string_view json, Take take) {
    std::size_t at = after_blanks(json, 0);
    if (at >= json.size() || json[at] != '{') return false;
    at = after_blanks(json, at + 1);
    if (at < json.size() && json[at] == '}') return after_blanks(json, at + 1) == json.size();
    for (;;) {
        if (at >= json.size() || json[at] != '"') return false;
        const std::size_t key_end = value_end(json, at);
        if (key_end == json.npos) return false;
        const auto key = json.substr(at + 1, key_end - at - 2);
        if (key.find('\\') != key.npos) return false;
        at = after_blanks(json, key_end);
        if (at >= json.size() || json[at] != ':') return false;
        at = after_blanks(json, at + 1);
        const std::size_t end = value_end(json, at);
        if (end == json.npos) return false;
        take(key, json.substr(at, end - at));
        at = after_blanks(json, end);
        if (at >= json.size()) return false;
        if (json[at] == '}') return after_blanks(json, at + 1) == json.size();
        if (json[at] != ',') return false;
        at = after_blanks(json, at + 1);
    }
}

}  // namespace lares::gateway
