#include "voice/english/normaliser.h"

#include <algorithm>

#include "voice/english/letters.h"
#include "voice/english/phonemizer.h"
#include "voice/english/reader.h"

namespace lares::voice::english {
namespace {

using View = std::u32string_view;

// Marks that change how a character looks, or where lines may break: nothing to say.
bool is_invisible(char32_t c) {
    return c == 0xAD || c == 0x34F || c == 0x61C || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || (c >= 0xFE00 && c <= 0xFE0F) ||
           c == 0xFEFF || (c >= 0xE0000 && c <= 0xE01EF) || is_combining(c);
}

std::string_view unspeakable(char32_t c) {
    if (c == 0xFFFD) return "bytes that are no text";
    if ((c < 0x20 && !is_space(c)) || (c >= 0x7F && c < 0xA0 && c != 0x85)) return "control characters";
    if ((c >= 0xE000 && c <= 0xF8FF) || c >= 0xF0000 || (c & 0xFFFE) == 0xFFFE) return "private symbols";
    return {};
}

bool is_kana(char32_t c) {
    return foreign_script(c) == "Japanese text";
}
// Signs that some keyboards have in place of an apostrophe.
bool is_apostrophe(View source, std::size_t i) {
    return View(U"′ʹʻʽꞌ").find(source[i]) != View::npos && i > 0 && i + 1 < source.size() &&
           is_latin(source[i - 1]) && is_latin(source[i + 1]);
}
// Punctuation that stands within text of such scripts.
bool is_wide_mark(char32_t c) {
    return (c >= 0x3001 && c <= 0x303F) || c == 0x30FB || c == 0x30FC || (c >= 0xFF01 && c <= 0xFF0F) ||
           c == 0xFF1A || c == 0xFF1B || c == 0xFF1F;
}

void leave_out(std::vector<Omission>& list, Span source, std::string_view what) {
    if (!list.empty() && list.back().what == what && list.back().source.end >= source.begin) {
        list.back().source.end = std::max(list.back().source.end, source.end);
        return;
    }
    list.push_back({source, std::string(what)});
}

struct Plain {
    std::u32string text;
    std::vector<Span> source;
};

// A run of another script at source[i]; where it ends and what it is.
std::pair<std::size_t, std::string_view> foreign_run(View source, std::size_t i) {
    std::size_t end = i;
    std::string_view name = foreign_script(source[i]);
    bool kana = false;
    for (std::size_t j = i; j < source.size(); ++j) {
        const auto script = foreign_script(source[j]);
        if (script.empty()) {
            if (is_wide_mark(source[j]) || is_combining(source[j])) continue;
            break;
        }
        if (script != name && script != "Japanese text" && script != "Chinese text") break;
        kana = kana || is_kana(source[j]);
        end = j + 1;
    }
    return {end, kana ? std::string_view("Japanese text") : name};
}

Plain make_plain(View source, std::vector<Omission>& left_out) {
    Plain plain;
    const std::size_t size = std::min(source.size(), Phonemizer::max_text);
    const auto put = [&](char32_t c, std::size_t from, std::size_t end) {
        plain.text.push_back(c);
        plain.source.push_back({static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(end)});
    };
    for (std::size_t i = 0; i < size;) {
        const char32_t c = source[i];
        const auto here = Span{static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i + 1)};
        if (const auto what = unspeakable(c); !what.empty()) {
            leave_out(left_out, here, what);
        } else if (is_invisible(c)) {
            if (!plain.source.empty() && plain.source.back().end == i) plain.source.back().end = here.end;
        } else if (!foreign_script(c).empty()) {
            const auto [end, name] = foreign_run(source.substr(0, size), i);
            if (end - i == 1 && name == "Greek text") {
                put(c, i, end);
            } else {
                leave_out(left_out, {here.begin, static_cast<std::uint32_t>(end)}, name);
                put(U' ', i, end);
            }
            i = end;
            continue;
        } else if (const auto form = plain_form(c); !form.empty()) {
            for (const char32_t part : form) put(part, i, i + 1);
        } else if (is_apostrophe(source, i)) {
            put(U'\'', i, i + 1);
        } else if (c == 0x3002) {
            put(U'.', i, i + 1);
        } else if (c == 0x3001) {
            put(U',', i, i + 1);
        } else {
            put(c == 0x2028 || c == 0x2029 || c == 0x85 ? U'\n'
                : is_space(c) && c != '\n'              ? U' '
                                                        : c,
                i, i + 1);
        }
        ++i;
    }
    if (source.size() > size)
        leave_out(left_out, {static_cast<std::uint32_t>(size), static_cast<std::uint32_t>(source.size())},
                  "text beyond 20,000 characters");
    return plain;
}

bool is_pause_mark(char32_t c) {
    return c == ',' || c == '.' || c == ';' || c == ':' || c == '!' || c == '?';
}
bool opens(char32_t c) {
    return c == '(' || c == '[' || c == U'“' || c == '{' || c == U'¿' || c == U'¡';
}
bool is_word_character(char32_t c) {  // emoji lie behind the fixed words
    return is_letter(c) || is_digit(c) ||
           (c >= Normal::first_fixed && c < Normal::first_fixed + Normal::max_fixed);
}

}  // namespace

Reader::Reader(std::u32string text, std::vector<Span> source, const Dictionary& dictionary, Normal& out)
    : text_(std::move(text)), source_(std::move(source)), dictionary_(dictionary), out_(out) {}

bool Reader::starts_any_case(std::size_t from, View lower) const {
    if (from + lower.size() > text_.size()) return false;
    for (std::size_t i = 0; i < lower.size(); ++i) {
        if (to_lower(text_[from + i]) != lower[i]) return false;
    }
    return true;
}

bool Reader::ends_word(std::size_t i) const {
    return !is_word_character(at(i));
}

bool Reader::in_quotes(std::size_t i) const {
    bool open = false;
    for (std::size_t at = i > max_look ? i - max_look : 0; at < i; ++at) {
        if (text_[at] == '"' && !(at > 0 && is_digit(text_[at - 1]) && !open)) open = !open;
    }
    return open;
}

std::size_t Reader::digits_end(std::size_t from) const {
    std::size_t end = from;
    while (end - from < max_look && is_digit(at(end))) ++end;
    return end;
}

std::size_t Reader::letters_end(std::size_t from) const {
    std::size_t end = from;
    while (end - from < max_look && is_latin(at(end))) ++end;
    return end;
}

std::size_t Reader::skip_spaces(std::size_t from) const {
    std::size_t end = from;
    while (end - from < 3 && at(end) == ' ') ++end;
    return end;
}

std::u32string Reader::word_before(std::size_t i) const {
    while (i > 0 && (before(i) == ' ' || before(i) == '-')) --i;
    if (i > 0 && before(i) == '.') --i;
    std::size_t begin = i;
    while (begin > 0 && i - begin < 32 && is_letter(text_[begin - 1])) --begin;
    return to_lower(look(begin, i - begin));
}

std::u32string Reader::word_after(std::size_t i) const {
    const auto from = skip_spaces(i);
    return std::u32string(look(from, std::min<std::size_t>(letters_end(from) - from, 32)));
}

std::string Reader::digits(std::size_t from, std::size_t end) const {
    std::string out;
    for (std::size_t i = from; i < end; ++i) {
        if (is_digit(at(i))) out.push_back(static_cast<char>(at(i)));
    }
    return out;
}

Span Reader::span(std::size_t from, std::size_t end) const {
    return {source_[from].begin, source_[std::max(end, from + 1) - 1].end};
}

void Reader::put(char32_t c, Span source) {
    const char32_t last = out_.text.empty() ? 0 : out_.text.back();
    if (apart_ && last != 0 && last != ' ' && !opens(last) &&
        (is_word_character(c) || opens(c) || c == '"' || c == '\'')) {
        out_.text.push_back(U' ');
        out_.source.push_back({source.begin, source.begin});
    }
    apart_ = false;
    out_.text.push_back(c);
    out_.source.push_back(source);
}

bool Reader::said_at_end(char32_t c) const {
    return !out_.text.empty() && out_.text.back() == c;
}

void Reader::apart() {
    apart_ = true;
}

void Reader::say(std::string_view words, std::size_t from, std::size_t end) {
    if (words.empty()) return;
    const Span source = span(from, end);
    apart_ = true;
    for (const char c : words) {
        if (c == ' ') {
            out_.text.push_back(U' ');
            out_.source.push_back(source);
        } else {
            put(static_cast<char32_t>(static_cast<unsigned char>(c)), source);
        }
    }
    apart_ = true;
}

void Reader::mark(char32_t pause, std::size_t from, std::size_t end) {
    if (out_.text.empty()) return;
    while (!out_.text.empty() && out_.text.back() == ' ') {
        out_.text.pop_back();
        out_.source.pop_back();
    }
    if (out_.text.empty() || is_pause_mark(out_.text.back())) {
        apart_ = true;
        return;
    }
    out_.text.push_back(pause);
    out_.source.push_back(span(from, end));
    apart_ = true;
}

void Reader::copy(std::size_t end) {
    for (; cursor_ < end && cursor_ < text_.size(); ++cursor_) put(text_[cursor_], source_[cursor_]);
}

void Reader::skip(std::size_t end, std::string_view why) {
    if (!why.empty() && end > cursor_) leave_out(out_.left_out, span(cursor_, end), why);
    cursor_ = end;
}

void Reader::letters(std::size_t from, std::size_t end) {
    apart_ = true;
    if (end == from + 1 && to_lower(at(from)) == 'a' && out_.fixed.size() < Normal::max_fixed) {
        put(Normal::first_fixed + static_cast<char32_t>(out_.fixed.size()), span(from, end));
        out_.fixed.push_back({U"a", U"ˈA"});
    } else {
        for (std::size_t i = from; i < end; ++i) put(text_[i], source_[i]);
    }
    apart_ = true;
}

void Reader::suffix_s(std::size_t end) {
    const Span source = span(cursor_, end);
    if (said_at_end(U'y')) {
        out_.text.back() = U'i';
        for (const char32_t c : View(U"es")) {
            out_.text.push_back(c);
            out_.source.push_back(source);
        }
    } else {
        for (const char32_t c : said_at_end(U'x') ? View(U"es") : View(U"s")) {
            out_.text.push_back(c);
            out_.source.push_back(source);
        }
    }
    apart_ = true;
    cursor_ = end;
}

// A word that the dictionary knows, with or without 's.
bool Reader::read_own_word() {
    if (dictionary_.empty() || !is_latin(at(cursor_))) return false;
    std::size_t end = cursor_;
    while (end - cursor_ < Dictionary::max_word &&
           (is_latin(at(end)) || ((at(end) == '\'' || at(end) == '-') && is_latin(at(end + 1)))))
        ++end;
    const auto whole = look(cursor_, end - cursor_);
    const Pronunciation* found = dictionary_.find(to_utf8(to_lower(whole)));
    bool possessive = false;
    for (const View joint : {View(U"'s"), View(U"-")}) {
        if (found != nullptr) break;
        const auto cut = joint == U"-"                                ? whole.find(U'-')
                         : whole.size() > 2 && whole.ends_with(joint) ? whole.size() - 2
                                                                      : View::npos;
        if (cut == View::npos) continue;
        found = dictionary_.find(to_utf8(to_lower(whole.substr(0, cut))));
        possessive = found != nullptr && joint == U"'s";
        end = found != nullptr ? cursor_ + cut : end;
    }
    if (found == nullptr) return false;
    const std::size_t begin = cursor_, after = end + (possessive ? 2 : 0);
    if (!found->phonemes.empty() && out_.fixed.size() < Normal::max_fixed) {
        Sounds sounds = to_code_points(found->phonemes);
        if (possessive) {
            const bool soft = !sounds.empty() && View(U"ptkfθ").find(sounds.back()) != View::npos;
            const bool hiss = !sounds.empty() && View(U"szʃʒʧʤ").find(sounds.back()) != View::npos;
            sounds += soft ? U"s" : hiss ? U"ᵻz" : U"z";
        }
        apart_ = true;
        put(Normal::first_fixed + static_cast<char32_t>(out_.fixed.size()), span(begin, after));
        out_.fixed.push_back({to_lower(look(begin, after - begin)), std::move(sounds)});
        apart_ = true;
    } else if (!found->respelling.empty()) {
        const Span source = span(begin, after);
        apart_ = true;
        for (const char32_t c : to_code_points(found->respelling + (possessive ? "'s" : ""))) put(c, source);
        apart_ = true;
    } else {
        return false;
    }
    cursor_ = after;
    return true;
}

// "$x + y$": a formula between two marks that are not said. Before money no space, behind it no digit.
bool Reader::read_formula() {
    if (in_formula()) return false;  // "$$x$$": the marks are together
    std::size_t from = cursor_;
    while (from - cursor_ < 2 && at(from) == '$') ++from;
    if (at(from) == ' ' || (is_digit(at(from)) && before(cursor_) != ' ' && cursor_ > 0)) return false;
    bool formula = !is_digit(at(from)) && at(from) != '.';  // else "from $5 to 10$" may be meant
    std::size_t end = from;
    for (; end - from < 200 && at(end) != '$'; ++end) {
        if (at(end) == 0 || at(end) == '\n') return false;
        formula = formula || View(U"\\^_={}").find(at(end)) != View::npos;
    }
    if (at(end) != '$' || end == from || before(end) == ' ' || !formula) return false;
    std::size_t stop = end;
    while (stop - end < from - cursor_ && at(stop) == '$') ++stop;
    if (is_word_character(at(stop)) || at(stop) == '$') return false;
    formula_end_ = stop;
    cursor_ = from;
    return true;
}

// The minus of "-½" and "-1/2".
bool Reader::read_sign() {
    std::size_t i = cursor_ + 1;
    if (!vulgar_words(at(i)).empty()) {
        ++i;
    } else {
        i = digits_end(i);
        if (i == cursor_ + 1 || at(i) != '/' || !is_digit(at(i + 1))) return false;
        i = digits_end(i + 1);
        if (at(i) == '/') return false;
    }
    if (!ends_word(i)) return false;
    say("minus", cursor_, cursor_ + 1);
    ++cursor_;
    return true;
}

bool Reader::step() {
    const char32_t c = at(cursor_);
    const bool fresh = !is_word_character(before(cursor_));
    if (c == '$') {
        if (read_formula()) return true;
        if (in_formula()) {
            skip(formula_end_);
            apart();
            return true;
        }
    }
    if (c == ' ' || c == '\n') {
        std::size_t end = cursor_;
        bool line = false;
        for (; at(end) == ' ' || at(end) == '\n'; ++end) line = line || at(end) == '\n';
        if (line) {
            // A line is a phrase of its own; the bullet of a list is no word.
            mark(U',', cursor_, end);
            if ((at(end) == '-' || at(end) == '*' || at(end) == '+' || at(end) == U'•' || at(end) == '>') &&
                at(end + 1) == ' ')
                end += 2;
        } else if (const char32_t next = at(end); is_pause_mark(next) && !is_digit(at(end + 1)) &&
                                                  at(end + 1) != ')' && !is_letter(at(end + 1))) {
            // "word ," is written "word,".
        } else if (!out_.text.empty() && out_.text.back() != ' ' && end < text_.size()) {
            out_.text.push_back(U' ');
            out_.source.push_back(span(cursor_, end));
            apart_ = false;
        }
        cursor_ = end;
        return true;
    }
    if (fresh && is_letter(c)) {
        if (read_own_word() || read_address(*this) || read_money(*this) || read_date(*this) ||
            read_version(*this) || read_abbreviation(*this) || read_roman(*this) || read_mixed(*this))
            return true;
    }
    const char32_t next = at(cursor_ + 1);
    // "10%-20%", "10 a.m.-2 p.m.": between, not a sign
    const bool joint = (c == '-' || c == U'–') && View(U"%°.)\"'").find(before(cursor_)) != View::npos;
    if ((c == '-' || c == U'−') && fresh && !joint && read_sign()) return true;
    const bool before_digit =
        !joint && (is_digit(next) || ((c == '(' || c == '+' || is_currency(c) || c == '-' || c == U'−') &&
                                      (next == '.' || is_currency(next))));
    if (is_digit(c) || (before_digit && (fresh || is_currency(c)) && !is_letter(c)) || is_currency(c)) {
        if (read_address(*this) || read_version(*this) || read_date(*this) || read_phone(*this) ||
            read_time(*this) || read_money(*this) || read_decade(*this) || read_fraction(*this) ||
            read_range(*this) || read_ordinal(*this) || read_quantity(*this) || read_mixed(*this) ||
            read_number(*this))
            return true;
    }
    if (is_letter(c)) {
        std::size_t end = letters_end(cursor_);
        while (at(end) == '\'' && is_latin(at(end + 1))) end = letters_end(end + 1);
        if (foreign_script(c).empty()) {
            copy(end);
            return true;
        }
    }
    if (read_address(*this) || read_symbol(*this)) return true;
    if (c == '.') {
        std::size_t end = cursor_;
        while (at(end) == '.') ++end;
        copy(std::min(end, cursor_ + 3));
        cursor_ = end;
        return true;
    }
    if (is_pause_mark(c)) {
        std::size_t end = cursor_;
        while (is_pause_mark(at(end)) && at(end) != '.') ++end;
        copy(std::min(end, cursor_ + 3));
        cursor_ = end;
        return true;
    }
    copy(cursor_ + 1);
    return true;
}

void Reader::run() {
    while (cursor_ < text_.size()) {
        const std::size_t from = cursor_;
        step();
        if (cursor_ == from) ++cursor_;  // nothing knew it
    }
    while (!out_.text.empty() && out_.text.back() == ' ') {
        out_.text.pop_back();
        out_.source.pop_back();
    }
}

void in_order(std::vector<Omission>& list) {
    std::sort(list.begin(), list.end(),
              [](const Omission& a, const Omission& b) { return a.source.begin < b.source.begin; });
}

Normal normalise(View source, const Dictionary& dictionary) {
    Normal out;
    auto plain = make_plain(source, out.left_out);
    Reader(std::move(plain.text), std::move(plain.source), dictionary, out).run();
    if (std::none_of(out.text.begin(), out.text.end(), is_word_character)) {
        // Punctuation alone is silence.
        out.text.clear();
        out.source.clear();
    }
    in_order(out.left_out);
    return out;
}

std::vector<std::string> words_of(const Normal& normal) {
    std::vector<std::string> words;
    const View text = normal.text;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] >= Normal::first_fixed && text[at] - Normal::first_fixed < normal.fixed.size()) {
            words.push_back(to_utf8(normal.fixed[text[at] - Normal::first_fixed].word));
            ++at;
            continue;
        }
        if (!is_letter(text[at])) {
            ++at;
            continue;
        }
        std::size_t end = at;
        while (end < text.size() && (is_letter(text[end]) || (text[end] == '\'' && end + 1 < text.size() &&
                                                              is_letter(text[end + 1]))))
            ++end;
        words.push_back(to_utf8(to_lower(text.substr(at, end - at))));
        at = end;
    }
    return words;
}

}  // namespace lares::voice::english
