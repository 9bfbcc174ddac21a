#pragma once
// Words that no lexicon knows: their letters go through the package's model (letters → phonemes), the answers
// are remembered.
#include <cstddef>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "voice/english/lexicon.h"
#include "voice/english/phonemizer.h"

namespace lares::voice::english {

class UnknownWords {
public:
    static constexpr std::size_t max_letters = 24;       // of one run of the model (oov.json)
    static constexpr std::size_t max_remembered = 2048;  // readings

    static Result<UnknownWords> load(const std::filesystem::path& table, LetterModel model);
    UnknownWords(UnknownWords&& other) noexcept;

    // A word of at most max_letters letters the model knows; none where it knows none of them, or fails.
    std::optional<Sounds> read(std::u32string_view word) const;

private:
    UnknownWords() = default;

    std::unordered_map<char32_t, std::int64_t> letters_;
    std::vector<char32_t> sounds_;  // by the model's number; 0 is the blank
    LetterModel model_;
    mutable std::mutex mutex_;
    mutable std::unordered_map<std::u32string, Sounds> remembered_;
};

}  // namespace lares::voice::english
