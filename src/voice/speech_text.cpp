#include "voice/speech_text.h"

#include <algorithm>

#include "voice/utf.h"

namespace lares::voice {

namespace {

using Text = std::u32string_view;
constexpr auto npos = Text::npos;
constexpr std::size_t span_max = 2'000;  // of a link, a tag or emphasis that is looked for

class Reader {
public:
    explicit Reader(Text text) : text_(text) {}

    SpeechText read() {
        while (i_ < text_.size()) {
            if (line_start_ && line_marks()) continue;
            line_start_ = false;
            const auto c = text_[i_];
            if (c == '\n') {
                keep(i_++);
                line_start_ = true;
            } else if (c == '\\' && i_ + 1 < text_.size() && is_mark(text_[i_ + 1])) {
                keep(i_ + 1);
                i_ += 2;
            } else if (c == '`') {
                code();
            } else if (c == '*' || c == '_' || c == '~') {
                emphasis();
            } else if (c == '!' && at(i_ + 1) == '[') {
                if (!link(i_ + 1)) keep(i_++);
            } else if (c == '[') {
                if (!link(i_)) keep(i_++);
            } else if (c == '<') {
                tag();
            } else if (c == '|' && table_) {
                space(i_++);
            } else {
                keep(i_++);
            }
        }
        return std::move(out_);
    }

private:
    char32_t at(std::size_t i) const { return i < text_.size() ? text_[i] : U'\0'; }
    void keep(std::size_t i) {
        out_.text += text_[i];
        out_.places.push_back(static_cast<std::uint32_t>(i));
    }
    void space(std::size_t i) {
        out_.text += U' ';
        out_.places.push_back(static_cast<std::uint32_t>(i));
    }
    static bool is_mark(char32_t c) { return Text(U"\\`*_{}[]()#+-.!~|<>").find(c) != npos; }
    std::size_t line_end(std::size_t from) const {
        const auto end = text_.find(U'\n', from);
        return end == npos ? text_.size() : end;
    }
    bool only(std::size_t from, std::size_t to, Text set) const {
        return from < to && text_.substr(from, to - from).find_first_not_of(set) == npos;
    }

    // Headings, quotations, bullets, rules and tables. True: something was taken.
    bool line_marks() {
        auto j = i_;
        while (at(j) == ' ' || at(j) == '\t') ++j;
        const auto end = line_end(j);
        if (only(j, end, U"-*_= \t") && end - j >= 3) {  // a rule
            i_ = end;
            line_start_ = false;
            return true;
        }
        table_ = at(j) == '|';
        if (table_ && only(j, end, U"|-: \t")) {
            i_ = end;
            line_start_ = false;
            return true;
        }
        auto k = j;
        while (at(k) == '>' || (k > j && at(k) == ' ')) ++k;
        auto hashes = k;
        while (at(hashes) == '#' && hashes - k < 6) ++hashes;
        if (hashes > k && is_space(at(hashes))) k = hashes + 1;
        if (Text(U"-*+•").find(at(k)) != npos && at(k) != 0 && is_space(at(k + 1))) {
            k += 2;
            if (at(k) == '[' && at(k + 1) != 0 && at(k + 2) == ']') k += 3;  // a box to tick
        }
        line_start_ = false;
        if (k == i_) return false;
        if (k <= text_.size() && k > j) {
            i_ = k;
            return true;
        }
        return false;
    }

    void code() {
        auto run = i_;
        while (at(run) == '`') ++run;
        const auto marks = text_.substr(i_, run - i_);
        const auto close = text_.substr(0, std::min(text_.size(), run + span_max)).find(marks, run);
        if (close == npos) {
            i_ = run;
            return;
        }
        for (auto k = run; k < close; ++k) keep(k);
        i_ = close + marks.size();
    }

    // Marks that touch a word on one side only are no text; "5 * 3", "5*3" and snake_case are.
    void emphasis() {
        auto run = i_;
        while (at(run) == text_[i_]) ++run;
        const bool before = i_ > 0 && !is_space(text_[i_ - 1]);
        const bool after = run < text_.size() && !is_space(text_[run]);
        const bool inside = before && after && is_word(text_[i_ - 1]) && is_word(text_[run]);
        const bool one_tilde = text_[i_] == '~' && run - i_ == 1;
        const bool product = inside && is_digit(text_[i_ - 1]) && is_digit(text_[run]);
        if ((!before && !after) || one_tilde || product || (inside && text_[i_] == '_')) {
            for (auto k = i_; k < run; ++k) keep(k);
        }
        i_ = run;
    }

    bool link(std::size_t open) {
        const auto text = text_.substr(0, std::min(text_.size(), open + span_max));
        const auto close = text.find(U']', open);
        if (close == npos || at(close + 1) != '(') return false;
        const auto end = text_.substr(0, std::min(text_.size(), close + span_max)).find(U')', close);
        if (end == npos || text.substr(open, close - open).find(U'\n') != npos) return false;
        for (auto k = open + 1; k < close; ++k)
            if (Text(U"*_`").find(text_[k]) == npos) keep(k);
        i_ = end + 1;
        return true;
    }

    // HTML is not spoken; of <https://…> the address is.
    void tag() {
        const auto first = at(i_ + 1);
        const bool maybe = is_letter(first) || first == '/' || first == '!';
        const auto close =
            maybe ? text_.substr(0, std::min(text_.size(), i_ + span_max)).find(U'>', i_) : npos;
        if (close == npos || text_.substr(i_, close - i_).find(U'\n') != npos) return keep(i_++);
        const auto inside = text_.substr(i_ + 1, close - i_ - 1);
        std::u32string name(inside.substr(0, inside.find_first_of(U" \t/>")));
        std::ranges::transform(name, name.begin(), to_lower);
        // "if a<b and c>d": words behind a name are attributes only where one has a value.
        const bool words = inside.find(U' ') != npos && inside.find(U'=') == npos && !inside.ends_with(U'/');
        if (is_letter(first) && words) return keep(i_++);
        if (inside.find(U"://") != npos && inside.find(U' ') == npos)
            for (auto k = i_ + 1; k < close; ++k) keep(k);
        else if (name == U"br" || name == U"p" || name == U"li" || name == U"div")
            space(i_);  // what stood apart is not one word
        i_ = close + 1;
    }

    Text text_;
    std::size_t i_ = 0;
    bool line_start_ = true;
    bool table_ = false;
    SpeechText out_;
};

}  // namespace

std::uint32_t SpeechText::place_begin(std::size_t i) const {
    return i < places.size() ? places[i] : places.empty() ? 0 : places.back() + 1;
}

std::uint32_t SpeechText::place_end(std::size_t i) const {
    return i == 0 || places.empty() ? place_begin(0) : places[std::min(i, places.size()) - 1] + 1;
}

SpeechText speech_text(std::u32string_view shown) {
    return Reader(shown).read();
}

}  // namespace lares::voice
