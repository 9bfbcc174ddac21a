#include "voice/english/dictionary.h"

#include <algorithm>

#include "voice/english/letters.h"

namespace lares::voice::english {
namespace {

// What a voice can be told to say: hibari's vocab.json without the tones it was never taught.
constexpr std::u32string_view alphabet =
    U" AIOQSTWYᵊabcdefhijklmnopqrstuvwxyzɑɐɒæβɔɕçɖðʤəɚɛɜɟɡɥɨɪʝɯɰŋɳɲɴøɸθœɹɾɻʁɽʂʃʈʧʊʋʌɣɤχʎʒʔˈˌːʰʲᵻ";

}  // namespace

Result<Dictionary> Dictionary::make(const std::vector<Pronunciation>& entries) {
    if (entries.size() > max_entries) return invalid_field("pronunciations", "at most 500 entries");
    Dictionary dictionary;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto& entry = entries[i];
        const std::string path = "pronunciations[" + std::to_string(i) + "]";
        const auto word = decode_utf8(entry.word);
        const auto belongs = [](char32_t c) { return is_latin(c) || c == '\'' || c == '-'; };
        if (word.empty() || word.size() > max_word || !is_latin(word.front()) ||
            !std::all_of(word.begin(), word.end(), belongs))
            return invalid_field(path + ".word",
                                 "1 to 64 Latin letters, apostrophes and hyphens, a letter first");
        const auto sounds = decode_utf8(entry.phonemes);
        const auto known = [](char32_t c) { return alphabet.find(c) != std::u32string_view::npos; };
        if (sounds.size() > max_reading || !std::all_of(sounds.begin(), sounds.end(), known))
            return invalid_field(path + ".phonemes", "at most 128 symbols that the voice knows");
        const auto respelling = decode_utf8(entry.respelling);
        const auto readable = [](char32_t c) { return is_latin(c) || c == '\'' || c == '-' || c == ' '; };
        if (respelling.size() > max_reading || !std::all_of(respelling.begin(), respelling.end(), readable))
            return invalid_field(path + ".respelling",
                                 "at most 128 letters, apostrophes, hyphens and spaces");
        if (sounds.empty() == respelling.empty())
            return invalid_field(path, "either phonemes or a respelling");
        dictionary.by_word_.insert_or_assign(encode_utf8(to_lower(word)), entry);
    }
    return dictionary;
}

const Pronunciation* Dictionary::find(const std::string& lower_word) const {
    const auto found = by_word_.find(lower_word);
    return found == by_word_.end() ? nullptr : &found->second;
}

}  // namespace lares::voice::english
