#pragma once
// What matching needs to know of text. Lower case is Unicode's, without regard to a language (as
// String.prototype.toLowerCase); word characters are ASCII (as \w of JavaScript).
#include <string>
#include <string_view>

namespace lares::prompt::lore {

std::string lower(std::string_view utf8);

constexpr bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Whether text[at, at + size) touches no word character.
constexpr bool stands_alone(std::string_view text, std::size_t at, std::size_t size) {
    return (at == 0 || !is_word(text[at - 1])) && (at + size >= text.size() || !is_word(text[at + size]));
}

// Whether `needle` is somewhere in `text`, as a whole word when asked.
bool contains(std::string_view text, std::string_view needle, bool whole_word);

}  // namespace lares::prompt::lore
