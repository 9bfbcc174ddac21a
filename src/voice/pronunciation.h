#pragma once
// How a name or a rare word is said, before any rule of a language is asked.
#include <string>

namespace lares::voice {

struct Pronunciation {
    std::string word;  // as it stands in text, matched without regard to case: "Xochitl"; letters, ' and -
    std::string phonemes;    // in the voice's alphabet ("sˈOʧil"), or empty
    std::string respelling;  // words to be read in its place ("so cheel"), used where phonemes is empty
    bool operator==(const Pronunciation&) const = default;
};

}  // namespace lares::voice
