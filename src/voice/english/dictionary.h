#pragma once
// How a character (or its owner) wants words to be said, before any rule of English is asked.
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "voice/pronunciation.h"

namespace lares::voice::english {

class Dictionary {
public:
    static constexpr std::size_t max_entries = 500, max_word = 64, max_reading = 128;  // code points

    // Refuses (invalid_field "pronunciations[3].phonemes") an empty word, a symbol the voice does not know, a
    // bound.
    static Result<Dictionary> make(const std::vector<Pronunciation>& entries);
    // Of foreign entries (an imported card): what make() would refuse is left out.
    static Dictionary of_readable(const std::vector<Pronunciation>& entries);

    // By the word in lower case; null where the rules of English decide.
    const Pronunciation* find(const std::string& lower_word) const;
    bool empty() const { return by_word_.empty(); }

private:
    void add(const Pronunciation& entry);
    std::unordered_map<std::string, Pronunciation> by_word_;
};

}  // namespace lares::voice::english
