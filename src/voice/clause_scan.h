#pragma once
// Where a clause ends: one look over the text that waits. Only within voice.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "voice/clauses.h"

namespace lares::voice {

using Text = std::u32string_view;
inline constexpr auto npos = Text::npos;

// Characters in a template's argument: one test of bits instead of a search, for each of a text.
template <std::size_t N>
struct Marks {
    std::array<char32_t, N> all{};
    consteval Marks(const char32_t (&text)[N]) { std::copy_n(text, N, all.begin()); }
};
template <Marks marks>
constexpr bool one_of(char32_t c) {
    return [c]<std::size_t... I>(std::index_sequence<I...>) {
        return ((c == marks.all[I]) || ...);
    }(std::make_index_sequence<marks.all.size() - 1>());
}

template <std::size_t N>
bool listed(const std::array<Text, N>& words, Text word) {
    return std::ranges::find(words, word) != words.end();
}

// Of a word without spaces around it, in quarters: Han say more than kana.
inline std::size_t weight_of(char32_t c) {
    return c >= 0x3041 && c <= 0x30FF ? 2 : 3;
}

std::u32string lower(Text text);  // and one kind of apostrophe

// Behind what stands before the space at `end` nobody pauses, nor can it be read without the word that
// follows, which may yet come: a number and what it counts, an abbreviation and what it stands before.
bool holds_on(Text text, std::size_t end);
bool is_title(
    Text lower_word);  // "mr", "dr": an abbreviation that leans on the next word, its full stop left away

// Where the text so far does not tell.
enum class Told : std::uint8_t { no, yes, unknown };

// One look over what waits, from where the last one was certain. Positions are of the text; `ended`: no more
// comes.
class Scan {
public:
    Scan(Text text, const ClauseRules& rules, bool first, bool ended, bool line_start, Scanned& scanned)
        : text_(text),
          rules_(rules),
          first_(first),
          ended_(ended),
          line_start_(line_start),
          scanned_(scanned) {}

    // The end of the first clause; npos: not known yet.
    std::size_t run();

    bool too_long() const { return too_long_; }  // no end within length_max, whatever follows

private:
    std::size_t look();
    char32_t at(std::size_t i) const { return i < text_.size() ? text_[i] : U'\0'; }
    bool has(std::size_t i) const { return i < text_.size(); }
    std::size_t marker(std::size_t i) const;
    std::size_t span(std::size_t i);
    // Whether the closing mark of a span whose inside begins at `from` may still come: matching() has not
    // seen all the places where it may begin, each with room for the whole mark.
    bool may_come(std::size_t from, std::size_t closer) const {
        return !ended_ && text_.find(U'\n', from) == npos && text_.size() - from < rules_.span_max + closer;
    }
    std::size_t matching(std::size_t from, Text closer, bool tight) const;
    std::size_t emphasis(std::size_t i);
    std::size_t bracket(std::size_t i, char32_t close);
    Told stop(std::size_t mark, std::size_t& end);
    Told ends_sentence(std::size_t mark, std::size_t next) const;
    std::size_t with_emoji(std::size_t end, bool& unknown) const;
    Told pause(std::size_t mark, std::size_t& end) const;
    bool at_pause(std::size_t end);
    void count(std::size_t i);

    Text text_;
    const ClauseRules& rules_;
    bool first_, ended_, line_start_;
    Scanned& scanned_;
    Scanned::Place now_;
    bool waits_ = false;  // what follows decides whether a span has begun
    bool too_long_ = false;
};

}  // namespace lares::voice
