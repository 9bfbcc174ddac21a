#pragma once
// Where a clause ends: one look over the text that waits. Only for clauses.cpp.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "voice/clauses.h"

namespace lares::voice {

using Text = std::u32string_view;
inline constexpr auto npos = Text::npos;

inline bool one_of(char32_t c, Text set) {
    return set.find(c) != npos;
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

// Where the text so far does not tell.
enum class Told : std::uint8_t { no, yes, unknown };

// One look over what waits, from its beginning. Positions are of the text; `ended`: no more comes.
class Scan {
public:
    Scan(Text text, const ClauseRules& rules, bool first, bool ended, bool line_start)
        : text_(text), rules_(rules), first_(first), ended_(ended), line_start_(line_start) {}

    // The end of the first clause; npos: not known yet.
    std::size_t run();

    std::size_t soft() const { return soft_; }   // the last place behind a comma, or npos
    bool too_long() const { return too_long_; }  // no end within length_max, whatever follows
    const std::vector<std::size_t>& spaces() const { return spaces_; }  // between words, outside of spans

private:
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
    std::size_t words_ = 0, wide_ = 0;
    bool in_word_ = false;
    bool waits_ = false;  // what follows decides whether a span has begun
    bool too_long_ = false;
    std::size_t soft_ = npos;
    std::vector<std::size_t> spaces_;
};

}  // namespace lares::voice
