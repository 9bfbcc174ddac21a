#pragma once
// Word → pronunciation: one of the package's two lexicons, compact. A word's hash finds its bytes; the words
// themselves are not kept (64 bits: a false hit is not to be expected in the life of the program).
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lares::voice::english {

using Sounds = std::u32string;  // phonemes of a word, one symbol each

std::uint64_t hash_of(std::string_view bytes);

// Hashes with a number each; filled, then sealed, then asked.
class HashTable {
public:
    void add(std::string_view key, std::uint32_t value) { rows_.emplace_back(hash_of(key), value); }
    void seal();
    std::optional<std::uint32_t> find(std::string_view key) const { return find(hash_of(key)); }
    std::optional<std::uint32_t> find(std::uint64_t hash) const;

private:
    std::vector<std::pair<std::uint64_t, std::uint32_t>> rows_;  // until sealed
    std::vector<std::uint64_t> hashes_;
    std::vector<std::uint32_t> values_;
    std::vector<std::uint32_t> starts_;  // by the top 16 bits: where they begin in hashes_
};

// What a lexicon says of a word: one pronunciation, or one for each use ("NOUN", "VBD", "None", …, always
// "DEFAULT").
struct Entry {
    struct Use {
        std::string_view tag;
        std::optional<Sounds> sounds;  // none: the lexicon refuses the word in this use
    };
    std::vector<Use> uses;  // one with tag "DEFAULT" where the use decides nothing

    bool has(std::string_view tag) const;
    std::optional<Sounds> in_use(std::string_view tag) const;  // DEFAULT where the tag has none of its own
};

class Lexicon {
public:
    static Result<Lexicon> load(const std::filesystem::path& file);

    // Also "Word" for "word" and the other way round, where the lexicon has only one of them.
    std::optional<Entry> find(std::u32string_view word) const;
    bool contains(std::u32string_view word) const { return locate(word).has_value(); }

private:
    std::optional<std::uint32_t> locate(std::u32string_view word) const;

    HashTable words_;
    std::vector<std::uint8_t> bytes_;  // see lexicon.cpp
    std::vector<char32_t> symbols_;    // a byte of bytes_ → its symbol
    std::vector<std::string> tags_;
};

}  // namespace lares::voice::english
