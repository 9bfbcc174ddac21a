#pragma once
// The part of speech of each word (Penn Treebank tags): the package's averaged perceptron over the word, its
// neighbours and the two tags before it. Common words with one use come from a table.
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "voice/english/lexicon.h"

namespace lares::voice::english {

class Tagger {
public:
    static Result<Tagger> load(const std::filesystem::path& file);

    // A tag for each word of a clause, punctuation included. Tags live as long as the tagger.
    std::vector<std::string_view> tag(const std::vector<std::u32string>& words) const;

private:
    std::string known_form(const std::u32string& word) const;
    std::size_t predict(const std::vector<std::string>& features) const;

    struct Weight {
        std::uint8_t tag;
        std::int16_t tenths;
    };
    std::vector<std::string> tags_;
    HashTable always_, vocabulary_, features_;  // word → tag, word → 0, feature → first weight
    std::vector<std::uint8_t> counts_;          // weights of a feature, by its place
    std::vector<Weight> weights_;
};

}  // namespace lares::voice::english
