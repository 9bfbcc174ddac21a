#pragma once
// Shown text as it is spoken: marks of Markdown and addresses behind links are left away.
// Every character that is kept knows its place in the shown text.
#include <cstdint>
#include <string>
#include <vector>

namespace lares::voice {

struct SpeechText {
    std::u32string text;
    std::vector<std::uint32_t> places;  // of each character of text: its code point in what was given
    // The range of what was given that a range of text stands for.
    std::uint32_t place_begin(std::size_t i) const;
    std::uint32_t place_end(std::size_t i) const;
};

// One clause that is no block of code. Time and memory are linear in it.
SpeechText speech_text(std::u32string_view shown);

}  // namespace lares::voice
