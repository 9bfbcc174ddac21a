#include "voice/english/unknown.h"

#include "voice/english/assets.h"
#include "voice/english/letters.h"

namespace lares::voice::english {

UnknownWords::UnknownWords(UnknownWords&& other) noexcept
    : letters_(std::move(other.letters_)),
      sounds_(std::move(other.sounds_)),
      model_(std::move(other.model_)) {}

Result<UnknownWords> UnknownWords::load(const std::filesystem::path& table, LetterModel model) {
    UnknownWords words;
    words.model_ = std::move(model);
    words.sounds_.push_back(0);
    LARES_CHECK(read_json(table, [&](const Leaf& leaf) {
        const auto symbol = to_code_points(leaf.text);
        if (leaf.path.empty() || symbol.size() != 1) return;
        if (leaf.path[0] == "in")
            words.letters_.emplace(symbol[0], static_cast<std::int64_t>(words.letters_.size() + 1));
        if (leaf.path[0] == "out") words.sounds_.push_back(symbol[0]);
    }));
    return words;
}

std::optional<Sounds> UnknownWords::read(std::u32string_view word) const {
    std::vector<std::int64_t> letters;
    for (const char32_t c : word) {
        auto found = letters_.find(c);
        if (found == letters_.end()) found = letters_.find(without_marks(c));
        if (found != letters_.end() && letters.size() < max_letters) letters.push_back(found->second);
    }
    if (letters.empty() || !model_) return std::nullopt;
    const std::u32string key(word);
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = remembered_.find(key); found != remembered_.end()) return found->second;
    }
    const auto answer = model_(letters);
    if (!answer) return std::nullopt;
    // Connectionist temporal classification: repeats are one, blanks fall away.
    Sounds sounds;
    std::int64_t before = 0;
    for (const std::int64_t number : *answer) {
        if (number != before && number > 0 && static_cast<std::size_t>(number) < sounds_.size())
            sounds.push_back(sounds_[static_cast<std::size_t>(number)]);
        before = number;
    }
    const std::lock_guard lock(mutex_);
    if (remembered_.size() >= max_remembered) remembered_.clear();
    remembered_.emplace(key, sounds);
    return sounds;
}

}  // namespace lares::voice::english
