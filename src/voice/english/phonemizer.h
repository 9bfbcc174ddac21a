#pragma once
// English text to phonemes: numbers, dates, symbols and the like become words, words become phonemes by the
// lexicons of hibari-tts 0.2.1 (misaki's, Apache-2.0), its part-of-speech tagger and its model for unknown
// words.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "voice/english/dictionary.h"
#include "voice/phonemes.h"

namespace lares::voice::english {

// Runs oov.onnx once: input `chars` int64 [1,L] (1 <= L <= 24) → its only output, int64 [1,M], flattened.
// Called from any thread, several at once. An error leaves the word unspoken (it is then named in left_out).
using LetterModel =
    std::function<Result<std::vector<std::int64_t>>(const std::vector<std::int64_t>& letters)>;

// The symbols alone, as UTF-8: "həlˈO ðˈɛɹ."
std::string phoneme_text(const Spoken& spoken);

class Phonemizer {
public:
    // Code points of one text that are spoken; the rest is left out and named. A turn gives a clause at a
    // time.
    static constexpr std::size_t max_text = 20'000;

    // `assets`: the folder with lexicon_us_gold.json.gz, lexicon_us_silver.json.gz, tagger.json.gz, oov.json
    // and tokenizer_exceptions.json. Blocks for some tens of milliseconds: call on a pool. Errors:
    // unavailable "voice-missing".
    static Result<std::shared_ptr<const Phonemizer>> open(const std::filesystem::path& assets,
                                                          LetterModel unknown_words);

    // Any bytes (what is no UTF-8 is left out), one clause or many. Bounded: linear in the text, under 1 ms
    // for a clause of known words, about 1 ms more for a word that only the model for unknown words can read
    // (remembered, up to a bound). Never fails: what cannot be spoken is in left_out. Const and safe from any
    // thread.
    Spoken speak(std::string_view utf8, const Dictionary& dictionary = {}) const;

    ~Phonemizer();

private:
    struct Parts;
    explicit Phonemizer(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace lares::voice::english
