#include "voice/english/dictionary.h"

#include <algorithm>

#include "voice/english/letters.h"

namespace lares::voice::english {
namespace {

// What a voice can be told to say: hibari's vocab.json without the tones it was never taught.
constexpr std::u32string_view alphabet =
    U" AIOQSTWYᵊabcdefhijklmnopqrstuvwxyzɑɐɒæβɔɕçɖðʤəɚɛɜɟɡɥɨɪʝɯɰŋɳɲɴøɸθœɹɾɻʁɽʂʃʈʧʊʋʌɣɤχʎʒʔˈˌːʰʲᵻ";

Result<void> check(const Pronunciation& entry, const std::string& path) {
    const auto word = to_code_points(entry.word);
    const auto belongs = [](char32_t c) { return is_latin(c) || c == '\'' || c == '-'; };
    if (word.empty() || word.size() > Dictionary::max_word || !is_latin(word.front()) ||
        !std::all_of(word.begin(), word.end(), belongs))
        return invalid_field(path + ".word",
                             "1 to 64 Latin letters, apostrophes and hyphens, a letter first");
    const auto sounds = to_code_points(entry.phonemes);
    const auto known = [](char32_t c) { return alphabet.find(c) != std::u32string_view::npos; };
    if (sounds.size() > Dictionary::max_reading || !std::all_of(sounds.begin(), sounds.end(), known))
        return invalid_field(path + ".phonemes", "at most 128 symbols that the voice knows");
    const auto respelling = to_code_points(entry.respelling);
    const auto readable = [](char32_t c) { return is_latin(c) || c == '\'' || c == '-' || c == ' '; };
    if (respelling.size() > Dictionary::max_reading ||
        !std::all_of(respelling.begin(), respelling.end(), readable))
        return invalid_field(path + ".respelling", "at most 128 letters, apostrophes, hyphens and spaces");
    if (sounds.empty() == respelling.empty()) return invalid_field(path, "either phonemes or a respelling");
    return {};
}

}  // namespace

void Dictionary::add(const Pronunciation& entry) {
    by_word_.insert_or_assign(to_utf8(to_lower(to_code_points(entry.word))), entry);
}

Result<Dictionary> Dictionary::make(const std::vector<Pronunciation>& entries) {
    if (entries.size() > max_entries) return invalid_field("pronunciations", "at most 500 entries");
    Dictionary dictionary;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        LARES_CHECK(check(entries[i], "pronunciations[" + std::to_string(i) + "]"));
        dictionary.add(entries[i]);
    }
    return dictionary;
}

Dictionary Dictionary::of_readable(const std::vector<Pronunciation>& entries) {
    Dictionary dictionary;
    for (const auto& entry : entries)
        if (dictionary.by_word_.size() < max_entries && check(entry, "")) dictionary.add(entry);
    return dictionary;
}

const Pronunciation* Dictionary::find(const std::string& lower_word) const {
    const auto found = by_word_.find(lower_word);
    return found == by_word_.end() ? nullptr : &found->second;
}

}  // namespace lares::voice::english
