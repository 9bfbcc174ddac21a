#include <algorithm>
#include <utility>

#include "voice/speaker.h"
#include "voice/utf.h"

namespace lares::voice {

std::vector<TimedWord> words_of(std::u32string_view text, std::span<const TimedPhoneme> phonemes) {
    std::vector<TimedWord> words;
    for (std::size_t i = 0; i < text.size();) {
        if (is_space(text[i])) {
            ++i;
            continue;
        }
        auto begin = i;
        // A script without spaces: each character is a word of its own.
        if (is_cjk(text[i])) {
            ++i;
        } else {
            while (i < text.size() && !is_space(text[i]) && !is_cjk(text[i])) ++i;
        }
        auto end = i;
        while (begin < end && !is_word(text[begin])) ++begin;
        while (end > begin && !is_word(text[end - 1])) --end;
        if (begin < end)
            words.push_back({{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)}, -1, -1});
    }
    for (const auto& phoneme : phonemes) {
        if (phoneme.end <= phoneme.begin || phoneme.symbol == U' ') continue;
        // Words are in order: the first that does not end before the sound's characters.
        auto word = std::ranges::upper_bound(words, phoneme.source.begin, {},
                                             [](const TimedWord& each) { return each.source.end; });
        for (; word != words.end() && word->source.begin < phoneme.source.end; ++word) {
            word->begin = word->begin < 0 ? phoneme.begin : std::min(word->begin, phoneme.begin);
            word->end = std::max(word->end, phoneme.end);
        }
    }
    std::erase_if(words, [](const TimedWord& word) { return word.end < 0; });
    std::ranges::sort(words, [](const TimedWord& a, const TimedWord& b) {
        return std::pair(a.begin, a.source.begin) < std::pair(b.begin, b.source.begin);
    });
    return words;
}

}  // namespace lares::voice
