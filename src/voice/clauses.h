#pragma once
// A stream of shown text becomes clauses: pieces that are spoken as one. The first comes early, so that a
// voice begins while the model still writes; later ones are whole sentences. The rules are in README.md.
//
// What is cut depends only on the text, however it arrives, unless a deadline passes: then what is there is
// cut at the best word boundary.
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "voice/code_marks.h"

namespace lares::voice {

struct ClauseRules {
    std::size_t first_words = 3;       // the first clause has as many, or is a whole sentence
    std::size_t soft_words = 16;       // a later clause this long ends at a comma
    std::size_t length_max = 400;      // code points; cut at a comma, a space, or anywhere
    std::size_t span_max = 400;        // a quotation of code, a link or emphasis that is longer is none
    std::int64_t first_wait_ms = 140;  // after the first of its words came: a dozen words of a quick model
};

struct Clause {
    std::size_t start = 0, end = 0;  // code points of all text that was fed; no white space at the ends
    std::u32string text;
    bool code = false;  // a block of code: shown, not spoken
};

// What was seen of the text that waits, so that each new word costs a look at it and not at all before it.
// Only for the splitter.
struct Scanned {
    struct Place {
        std::size_t at = 0;
        std::size_t words = 0, wide = 0;
        bool in_word = false;
        std::size_t soft = std::u32string_view::npos;  // the last place behind a comma
        std::size_t spaces = 0;
    };
    Place certain;                    // whatever follows, all before it is as it is
    Place last;                       // as the text is now
    std::vector<std::size_t> spaces;  // between words, outside of spans
};

class ClauseSplitter {
public:
    explicit ClauseSplitter(ClauseRules rules = {});

    // Whole code points; now_ms: any clock that does not step.
    void feed(std::string_view utf8, std::int64_t now_ms = 0);
    void finish();  // no more text: what is left becomes clauses

    // The next clause, when it is certain where it ends.
    std::optional<Clause> next();
    // The same, or what can be cut though no mark came, when the deadline of the waiting words is over.
    std::optional<Clause> next(std::int64_t now_ms);

    // When next(now_ms) could give more without more text; nullopt: no words wait.
    std::optional<std::int64_t> deadline_ms() const;
    // The voice will have nothing to say from this moment on: later clauses wait no longer than that.
    void hurry_at(std::int64_t ms) { hurry_ms_ = ms; }

    std::size_t fed() const { return base_ + text_.size(); }  // code points

private:
    Clause take(std::size_t end, bool code = false);
    void skip_space();
    void see(char32_t c, std::size_t at);
    bool in_code() const { return !blocks_.empty() && blocks_.front().begin <= base_; }
    // What begins here may open a block of code: its line has not come so far.
    bool may_be_code() const { return line_start_ && !ended_ && line_from_ <= base_ && marks_.undecided(); }
    std::optional<Clause> code_block();
    std::optional<std::size_t> late_cut() const;

    ClauseRules rules_;
    std::u32string text_;  // from the beginning of the clause on
    std::size_t base_ = 0;
    bool line_start_ = true;  // text_ begins a line
    bool first_ = true;
    bool ended_ = false;
    struct Block {
        std::size_t begin;       // of all text
        std::size_t end, known;  // and what came last when that was known; npos: not yet
    };
    CodeMarks marks_;
    std::size_t line_from_ = 0;  // where the line begins that is coming
    std::deque<Block> blocks_;   // of code, that are not clauses yet
    std::size_t tried_ = 0;      // so much of text_ was looked at without a cut
    Scanned scanned_;
    std::int64_t fed_ms_ = 0;  // when the last words came
    std::optional<std::int64_t> since_ms_, hurry_ms_;
};

}  // namespace lares::voice
