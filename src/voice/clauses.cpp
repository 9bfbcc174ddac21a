#include "voice/clauses.h"

#include <algorithm>
#include <array>
#include <vector>

#include "voice/clause_scan.h"
#include "voice/utf.h"

namespace lares::voice {

namespace {

constexpr std::size_t code_piece = 2'000;  // of a block of code without an end, at a time

// Words that lean on the next one: nobody pauses behind them.
constexpr std::array<Text, 40> leaning = {U"the", U"a",    U"an",    U"of", U"to",  U"in",   U"on",   U"at",
                                          U"by",  U"for",  U"and",   U"or", U"but", U"with", U"from", U"as",
                                          U"is",  U"are",  U"was",   U"be", U"my",  U"your", U"his",  U"her",
                                          U"its", U"our",  U"their", U"i",  U"we",  U"you",  U"he",   U"she",
                                          U"it",  U"they", U"that",  U"if", U"not", U"no",   U"very", U"so"};

std::size_t words_in(Text text) {
    std::size_t words = 0, wide = 0;
    bool inside = false;
    for (const auto c : text) {
        if (is_cjk(c)) {
            wide += weight_of(c);
            inside = false;
        } else if (is_space(c)) {
            inside = false;
        } else if (is_word(c) && !inside) {
            inside = true;
            ++words;
        }
    }
    return words + (wide + 3) / 4;
}

// A place in the middle of letters that breaks neither a number nor a character of several code points.
std::size_t hard_cut(Text text, std::size_t most) {
    auto end = most;
    const auto bound = [&](char32_t c) {
        return is_digit(c) || is_emoji(c) || (c >= 0x300 && c < 0x370) || one_of<U".,:%">(c);
    };
    while (end > most / 2 && bound(text[end])) --end;
    return end > most / 2 ? end : most;
}

}  // namespace

ClauseSplitter::ClauseSplitter(ClauseRules rules) : rules_(rules) {}

void ClauseSplitter::feed(std::string_view utf8, std::int64_t now_ms) {
    const auto points = to_code_points(utf8);
    const auto from = fed();
    text_ += points;
    for (std::size_t i = 0; i < points.size(); ++i) see(points[i], from + i);
    fed_ms_ = now_ms;
    skip_space();
    if (!text_.empty() && !since_ms_) since_ms_ = now_ms;
}

void ClauseSplitter::finish() {
    ended_ = true;
    tried_ = 0;
    see(U'\n', fed());
}

void ClauseSplitter::skip_space() {
    std::size_t space = 0;
    while (space < text_.size() && is_space(text_[space])) {
        if (text_[space] == '\n') line_start_ = true;
        ++space;
    }
    text_.erase(0, space);
    base_ += space;
    if (space == 0) return;
    tried_ = 0;
    scanned_ = {};
}

Clause ClauseSplitter::take(std::size_t end, bool code) {
    auto last = end;
    while (last > 0 && is_space(text_[last - 1])) --last;
    Clause clause{base_, base_ + last, text_.substr(0, last), code};
    text_.erase(0, end);
    base_ += end;
    tried_ = 0;
    scanned_ = {};
    line_start_ = false;
    if (!code) first_ = false;
    skip_space();
    since_ms_ = text_.empty() ? std::nullopt : std::optional(fed_ms_);  // what came with it waits, too
    return clause;
}

void ClauseSplitter::see(char32_t c, std::size_t at) {
    marks_.see(c);
    const bool open = !blocks_.empty() && blocks_.back().end == npos;
    if (!open && marks_.fenced()) blocks_.push_back({line_from_, npos, npos});
    if (open && !marks_.fenced()) {
        blocks_.back().end = c == '\n' ? at : line_from_;
        blocks_.back().known = at;
    }
    if (c == '\n') line_from_ = at + 1;
}

// A block of code is a clause of its own, that nobody speaks; a long one comes in pieces.
std::optional<Clause> ClauseSplitter::code_block() {
    const auto [begin, end, known] = blocks_.front();
    if (ended_ && end == npos && text_.size() <= code_piece) return take(text_.size(), true);
    if (end != npos && known - base_ <= code_piece) {
        auto clause = take(end - base_, true);
        line_start_ = true;
        return clause;
    }
    if (text_.size() <= code_piece) return std::nullopt;
    const auto last = Text(text_).substr(0, code_piece).rfind(U'\n');
    return take(last == npos || last == 0 ? code_piece : last, true);
}

std::optional<Clause> ClauseSplitter::next() {
    if (text_.empty()) return std::nullopt;
    while (!blocks_.empty() && blocks_.front().end <= base_) blocks_.pop_front();
    if (in_code()) return code_block();
    if (may_be_code()) return std::nullopt;
    if (!ended_ && tried_ == text_.size()) return std::nullopt;
    tried_ = text_.size();
    // Past the window nothing is uncertain any more, so that the cut does not depend on how text arrives.
    const auto window = rules_.length_max + 2 * rules_.span_max + 64;
    const bool whole = text_.size() <= window;
    Scan scan(Text(text_).substr(0, window), rules_, first_, ended_ && whole, line_start_, scanned_);
    auto end = scan.run();
    if (end == npos && whole && !scan.too_long()) return std::nullopt;
    if (end == npos) {
        end = scanned_.last.soft != npos ? scanned_.last.soft
              : !scanned_.spaces.empty() ? scanned_.spaces.back()
                                         : hard_cut(text_, rules_.length_max);
    }
    return take(end);
}

std::optional<std::int64_t> ClauseSplitter::deadline_ms() const {
    if (text_.empty() || !since_ms_ || in_code()) return std::nullopt;
    if (first_) return *since_ms_ + rules_.first_wait_ms;
    return hurry_ms_;
}

// The best place among the words that are there: behind a comma, or else not behind a word that leans on the
// next, and in no case between a number or an abbreviation and its word. The last word may still grow. After
// next(), which has found no certain end.
std::optional<std::size_t> ClauseSplitter::late_cut() const {
    if (in_code() || may_be_code()) return std::nullopt;
    const Text text = text_;
    const auto enough = [&](std::size_t end) { return words_in(text.substr(0, end)) >= rules_.first_words; };
    const auto soft = scanned_.last.soft;
    if (soft != npos && soft < text.size() && enough(soft)) return soft;
    std::optional<std::size_t> any;
    for (auto i = scanned_.spaces.size(); i-- > 0;) {
        const auto end = scanned_.spaces[i];
        if (!enough(end)) break;
        if (holds_on(text, end)) continue;
        if (!any) any = end;
        auto next = end;
        while (next < text.size() && (is_space(text[next]) || one_of<U"$€£¥#">(text[next]))) ++next;
        if (next < text.size() && is_digit(text[next])) continue;  // "page 5"
        auto begin = end;
        while (begin > 0 && !is_space(text[begin - 1])) --begin;
        const auto word = lower(text.substr(begin, end - begin));
        if (!listed(leaning, word) && !is_title(word)) return end;
    }
    return any;
}

std::optional<Clause> ClauseSplitter::next(std::int64_t now_ms) {
    if (auto clause = next()) return clause;
    const auto deadline = deadline_ms();
    if (!deadline || now_ms < *deadline || ended_) return std::nullopt;
    if (const auto end = late_cut()) return take(*end);
    return std::nullopt;
}

}  // namespace lares::voice
