#pragma once
// The phonemizer over the bundled tables, opened once. Its letter model is a stand-in that answers a fixed
// word, so that tests of what reaches it need no ONNX Runtime.
#include <memory>
#include <string>
#include <vector>

#include "voice/english/phonemizer.h"

namespace lares::voice::english {

struct Script {
    std::shared_ptr<const Phonemizer> phonemizer;
    std::vector<std::vector<std::int64_t>> asked;  // what the letter model was given
};

Script& script();

inline std::string phonemes_of(std::string_view text, const Dictionary& dictionary = {}) {
    return phoneme_text(script().phonemizer->speak(text, dictionary));
}
std::string words_of(std::string_view text, const Dictionary& dictionary = {});
// The phonemes that speak code points [begin, end) of a text.
std::string spoken_by(const Spoken& spoken, std::uint32_t begin, std::uint32_t end);

}  // namespace lares::voice::english
