#include "voice/code_marks.h"

#include <algorithm>
#include <utility>

namespace lares::voice {

namespace {

bool is_blank(char32_t c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

}  // namespace

void CodeMarks::settle() {
    const auto run = std::exchange(run_, 0);
    if (run == 0) return;
    switch (open_) {
        case Open::none:
            if (run_first_ && run >= 3) {
                open_ = Open::fence;
                // So far indented it is no fence, but code as far as that: no mark ends it.
                fence_ = indented() ? U'\0' : mark_;
                fence_column_ = indented() ? indent() : items_.empty() ? 0 : items_.back();
                fence_quotes_ = quotes_;
                info_ = true;
                info_length_ = 0;
                length_ = run;
            } else if (mark_ == '`') {
                open_ = Open::line;
                length_ = run;
            }
            break;
        case Open::line:
            if (mark_ == '`' && run == length_) open_ = Open::none;
            break;
        case Open::fence:
            if (info_ && fence_ == '`' && mark_ == '`') {  // "```x``` prints": a line of text
                open_ = run == length_ ? Open::none : Open::line;
                info_ = false;
            } else if (!info_ && run_first_ && mark_ == fence_ && run >= length_ && !indented()) {
                closing_ = true;
            }
            break;
    }
}

// The column from which on what stands in these items and quotations is code, and nothing is a fence.
std::size_t CodeMarks::indent() const {
    return 4 + std::max(quoted_, items_.empty() ? 0 : items_.back());
}

void CodeMarks::begin_line() {
    if (closing_ || open_ == Open::line) open_ = Open::none;
    closing_ = info_ = false;
    blank_ = first_ = true;
    column_ = digits_ = behind_ = quotes_ = quoted_ = 0;
    marker_ = 0;
}

// Behind what marks a list or a quotation, or the beginning of the line: which items this still stands in.
void CodeMarks::stand_at_column() {
    if (const auto behind = std::exchange(behind_, 0); behind > 0) {
        if (items_.size() == items_max) items_.erase(items_.begin());
        items_.push_back(column_ - behind >= 5 ? behind + 1 : column_);
        return;
    }
    if (open_ == Open::fence && !info_ && (column_ < fence_column_ || quotes_ < fence_quotes_))
        open_ = Open::none;
    if (open_ == Open::fence) return;
    while (!items_.empty() && items_.back() > column_) items_.pop_back();
}

void CodeMarks::quote() {
    ++quotes_;
    quoted_ = column_ + 2;
}

// What may stand before the first word of a line.
void CodeMarks::prefix(char32_t c) {
    if (marker_ != 0) {
        const bool item = is_blank(c);
        if (item) behind_ = column_;
        marker_ = 0;
        if (!item) first_ = false;
        return;
    }
    if (is_blank(c)) {
        if (digits_ > 0) first_ = false;
        return;
    }
    if (open_ == Open::fence && c == '>' && quotes_ < fence_quotes_) {
        quote();
        return;
    }
    if (digits_ == 0) stand_at_column();
    if (open_ == Open::fence) {
        first_ = false;
    } else if (c == '>' && digits_ == 0) {
        quote();
    } else if (digits_ == 0 && (c == '-' || c == '*' || c == '+')) {
        marker_ = c;
    } else if (c >= '0' && c <= '9' && digits_ < 9) {
        ++digits_;
    } else if (digits_ > 0 && (c == '.' || c == ')')) {
        marker_ = c;
        digits_ = 0;
    } else {
        first_ = false;
    }
}

void CodeMarks::see(char32_t c) {
    if (run_ > 0 && c != mark_) settle();
    if (c == '\n') {
        // A quotation ends with a line that has no mark of it, an item does not.
        if (blank_ && open_ == Open::fence && !info_ && fence_quotes_ > 0) open_ = Open::none;
        begin_line();
        return;
    }
    if (info_ && ++info_length_ > info_max) info_ = false;
    const bool may_begin = first_ && marker_ == 0 && digits_ == 0;
    if ((c == '`' || c == '~') && may_begin) stand_at_column();
    if (c == '`' || (c == '~' && (run_ > 0 || may_begin))) {
        if (run_ == 0) {
            run_first_ = may_begin;
            run_column_ = column_;
        }
        mark_ = c;
        ++run_;
        blank_ = first_ = closing_ = false;
    } else {
        if (first_) prefix(c);
        if (!is_blank(c)) blank_ = closing_ = false;
    }
    column_ += c == '\t' ? 4 - column_ % 4 : 1;
}

bool CodeMarks::inside() {
    settle();
    if (first_ && marker_ == 0 && digits_ == 0) stand_at_column();
    return open_ != Open::none;
}

}  // namespace lares::voice
