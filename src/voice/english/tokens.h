#pragma once
// Normalised text into words and marks, as the tagger was trained to see them (spaCy's English rules:
// punctuation peeled off, contractions and hyphenated words in parts).
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "voice/english/lexicon.h"
#include "voice/phonemes.h"

namespace lares::voice::english {

// What the normaliser makes: text of words and punctuation only, each character with its place in the source.
// A character from U+E000 on stands for a word whose sounds are already known (fixed[c - 0xE000]).
struct Normal {
    struct Fixed {
        std::u32string word;  // lower case
        Sounds sounds;
    };
    static constexpr char32_t first_fixed = 0xE000;
    static constexpr std::size_t max_fixed = 6000;

    std::u32string text;
    std::vector<Span> source;  // as many as characters
    std::vector<Fixed> fixed;
    std::vector<Omission> left_out;
};

struct Token {
    std::uint32_t begin = 0, end = 0;  // in Normal::text
    std::u32string text = {};
    std::string_view tag = {};
    bool space_after = false;
    std::optional<Sounds> sounds = {};  // decided
    std::optional<Sounds> meant = {};   // what a homograph means here; holds while the token stands alone
    bool space_before = false;          // spoken apart from the token before, within one written word
};

class Tokenizer {
public:
    static Result<Tokenizer> load(const std::filesystem::path& exceptions);

    std::vector<Token> split(std::u32string_view text) const;

private:
    using Lengths = std::vector<std::uint8_t>;  // of the parts of a special word: "don't" → 2, 3
    const Lengths* special(std::u32string_view word) const;
    void split_chunk(std::u32string_view chunk, std::vector<std::u32string_view>& parts) const;
    void rejoin(std::vector<std::u32string_view>& parts) const;

    std::unordered_map<std::u32string, Lengths> special_;
};

// A token in the parts that are looked up: camelCase, leading apostrophes and hyphens apart. Views into
// `text`.
std::vector<std::u32string_view> sub_tokens(std::u32string_view text);

}  // namespace lares::voice::english
