#pragma once
// What a language's text becomes before a voice speaks it: phonemes in the alphabet of the voice (the symbols
// of hibari's and Kokoro's vocab.json: IPA with A I O W Y for the five diphthongs, ˈ ˌ for stress, a space
// between words, punctuation as pauses), each with the characters of the source that it speaks.
#include <cstdint>
#include <string>
#include <vector>

namespace lares::voice {

// A half-open range of Unicode code points of the text that was given (of shown text, when that was given).
struct Span {
    std::uint32_t begin = 0, end = 0;
    bool operator==(const Span&) const = default;
};

struct Phoneme {
    char32_t symbol = 0;
    Span source;  // never empty for a sound; for a space between words the gap between them, which may be
                  // empty
    bool operator==(const Phoneme&) const = default;
};

// A part of the text that is not spoken, and why, in words for a person ("Japanese text", "a control
// character").
struct Omission {
    Span source;
    std::string what;
    bool operator==(const Omission&) const = default;
};

struct Spoken {
    std::vector<Phoneme> phonemes;  // in spoken order; sources never step back, apart from readings that turn
                                    // a form around ("$5" is "five dollars")
    std::vector<std::string> words;  // what is said: lower case, no punctuation, numbers in words
    std::vector<Omission> left_out;  // in source order; neighbours of one kind are one entry
};

}  // namespace lares::voice
