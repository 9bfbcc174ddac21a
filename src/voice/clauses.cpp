// Over 500 lines: one scan over one text with the words it knows; a rule and its exceptions stand together.
#include "voice/clauses.h"

#include <algorithm>
#include <array>
#include <vector>

#include "voice/utf.h"

namespace lares::voice {

namespace {

using Text = std::u32string_view;
constexpr auto npos = Text::npos;
constexpr std::size_t code_piece = 2'000;  // of a block of code without an end, at a time

bool one_of(char32_t c, Text set) {
    return set.find(c) != npos;
}

bool is_stop(char32_t c) {  // may end a sentence, with a space behind it
    return one_of(c, U".!?…‼⁉؟۔।॥።");
}
bool is_wide_stop(char32_t c) {  // ends one whatever follows
    return one_of(c, U"。！？｡");
}
bool is_pause(char32_t c) {  // a comma and its like, with a space behind it
    return one_of(c, U",;:،؛፣");
}
bool is_wide_pause(char32_t c) {
    return one_of(c, U"、，；：､");
}
bool is_closer(char32_t c) {
    return one_of(c, U"\"'”’»›)]}*_~」』）】》〉］｝");
}
bool is_opener(char32_t c) {
    return one_of(c, U"\"'“‘«‹([{「『（【《〈¿¡*_~`");
}

// Abbreviations that a name, a number or more of the sentence follows: their full stop ends nothing.
constexpr std::array<Text, 62> before_more = {
    U"mr",   U"mrs",  U"ms",     U"mx",   U"dr",     U"prof", U"st",   U"mt",  U"gen", U"col", U"sgt",
    U"capt", U"lt",   U"cmdr",   U"maj",  U"rev",    U"hon",  U"pres", U"gov", U"sen", U"rep", U"fr",
    U"sra",  U"srta", U"mme",    U"mlle", U"messrs", U"vs",   U"v",    U"e.g", U"i.e", U"eg",  U"ie",
    U"cf",   U"viz",  U"approx", U"ca",   U"fig",    U"figs", U"eq",   U"ch",  U"sec", U"vol", U"pp",
    U"ed",   U"eds",  U"al",     U"tel",  U"ext",    U"no",   U"nos",  U"art", U"op",  U"ft",  U"mph",
    U"z.b",  U"d.h",  U"bzw",    U"ggf",  U"usw",    U"nr",   U"incl"};
// These may also stand at the end of a sentence: it is one when a new one clearly begins.
constexpr std::array<Text, 50> before_end = {
    U"etc", U"inc",  U"ltd", U"co",  U"corp", U"llc",   U"jr",  U"sr",  U"esq", U"ph.d",
    U"m.d", U"b.a",  U"m.a", U"a.m", U"p.m",  U"am",    U"pm",  U"jan", U"feb", U"mar",
    U"apr", U"jun",  U"jul", U"aug", U"sep",  U"sept",  U"oct", U"nov", U"dec", U"mon",
    U"tue", U"tues", U"wed", U"thu", U"thur", U"thurs", U"fri", U"sat", U"ave", U"blvd",
    U"rd",  U"dept", U"est", U"min", U"max",  U"oz",    U"lb",  U"lbs", U"hr",  U"hrs"};
// Words that begin a sentence and are no names.
constexpr std::array<Text, 62> beginners = {
    U"the",  U"a",     U"an",     U"i",     U"i'm",   U"i'll", U"i've",    U"he",    U"she",
    U"it",   U"it's",  U"we",     U"they",  U"you",   U"but",  U"and",     U"so",    U"this",
    U"that", U"these", U"those",  U"there", U"then",  U"in",   U"on",      U"at",    U"if",
    U"when", U"while", U"what",   U"who",   U"why",   U"how",  U"where",   U"which", U"my",
    U"his",  U"her",   U"our",    U"their", U"your",  U"its",  U"however", U"now",   U"yes",
    U"no",   U"not",   U"please", U"let",   U"let's", U"do",   U"does",    U"did",   U"is",
    U"are",  U"was",   U"can",    U"could", U"would", U"will", U"after",   U"before"};

// Of a word without spaces around it, in quarters: Han say more than kana.
std::size_t weight_of(char32_t c) {
    return c >= 0x3041 && c <= 0x30FF ? 2 : 3;
}

template <std::size_t N>
bool listed(const std::array<Text, N>& words, Text word) {
    return std::ranges::find(words, word) != words.end();
}

std::u32string lower(Text text) {
    std::u32string out(text);
    for (auto& c : out) c = c == U'’' ? U'\'' : to_lower(c);
    return out;
}

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

void Scan::count(std::size_t i) {
    const auto c = text_[i];
    if (is_cjk(c)) {
        wide_ += weight_of(c);
        in_word_ = false;
    } else if (is_space(c)) {
        in_word_ = false;
    } else if (is_word(c) && !in_word_) {
        in_word_ = true;
        ++words_;
    }
}

// Behind what marks a line of a list, a heading or a quotation; i itself when it is none. Unknown: npos.
std::size_t Scan::marker(std::size_t i) const {
    auto j = i;
    while (at(j) == '>' || at(j) == '#' || (is_space(at(j)) && at(j) != '\n')) ++j;
    if (!has(j)) return ended_ ? i : npos;
    if (one_of(text_[j], U"-*+•·–")) {
        if (!has(j + 1)) return ended_ ? i : npos;
        return is_space(text_[j + 1]) ? j + 1 : j;
    }
    auto k = j;
    while (is_digit(at(k)) && k - j < 4) ++k;
    if (k == j && has(k) && is_letter(text_[k]) && !is_cjk(text_[k])) {  // "a) "
        if (!has(k + 1)) return ended_ ? j : npos;
        if (text_[k + 1] == ')') return k + 2;
    }
    if (k > j && k - j < 4) {
        if (!has(k)) return ended_ ? j : npos;
        if (one_of(text_[k], U".)")) {
            if (!has(k + 1)) return ended_ ? j : npos;
            if (is_space(text_[k + 1])) return k + 1;
        }
    }
    return j;
}

// Of the closing mark of a span whose inside begins at `from`; npos: not on this line. tight: no space before
// it.
std::size_t Scan::matching(std::size_t from, Text closer, bool tight) const {
    for (auto i = from; i < text_.size() && i - from <= rules_.span_max; ++i) {
        if (text_[i] == '\n') return npos;
        if (text_.substr(i, closer.size()) != closer) continue;
        if (i == from || (tight && is_space(text_[i - 1]))) continue;
        return i;
    }
    return npos;
}

std::size_t Scan::emphasis(std::size_t i) {
    const auto c = text_[i];
    auto run = i;
    while (at(run) == c) ++run;
    const auto length = run - i;
    if (!has(run)) {
        if (!ended_) waits_ = true;
        return run;
    }
    const bool opens = !is_space(text_[run]) && (i == 0 || !is_word(text_[i - 1])) && length <= 3 &&
                       (c != '~' || length == 2);
    if (!opens) return run;
    const auto close = matching(run, text_.substr(i, length), true);
    if (close == npos) {
        if (may_come(run, length)) waits_ = true;
        return run;
    }
    auto end = close + length;
    while (at(end) == c) ++end;
    if (!has(end) && !ended_) waits_ = true;
    return end;
}

std::size_t Scan::bracket(std::size_t i, char32_t close) {
    if (close != U'）' && close != U'】' && is_space(at(i + 1))) return i + 1;  // a sad face
    const auto end = matching(i + 1, Text(&close, 1), false);
    if (end == npos) {
        if (may_come(i + 1, 1)) waits_ = true;
        return i + 1;
    }
    if (close != ']') return end + 1;
    if (!has(end + 1)) {
        if (!ended_) waits_ = true;
        return end + 1;
    }
    return text_[end + 1] == '(' ? bracket(end + 1, ')') : end + 1;
}

// Behind the span of markdown that begins at i, or i + 1 when none does. waits_: it may be one.
std::size_t Scan::span(std::size_t i) {
    const auto c = text_[i];
    if (c == '`') {
        auto run = i;
        while (at(run) == '`') ++run;
        const auto close = has(run) ? matching(run, text_.substr(i, run - i), false) : npos;
        if (close != npos) return close + (run - i);
        if (may_come(run, run - i)) waits_ = true;
        return run;
    }
    if (c == '*' || c == '_' || c == '~') return emphasis(i);
    if (c == '[') return bracket(i, ']');
    if (c == '(') return bracket(i, ')');
    if (c == U'（') return bracket(i, U'）');
    if (c == U'【') return bracket(i, U'】');
    return i + 1;
}

// Emoji behind the end of a sentence belong to it.
std::size_t Scan::with_emoji(std::size_t end, bool& unknown) const {
    auto i = end;
    while (has(i) && is_space(text_[i]) && text_[i] != '\n') ++i;
    if (!has(i)) {
        unknown = !ended_;
        return end;
    }
    auto last = end;
    while (has(i) && (is_emoji(text_[i]) || (is_space(text_[i]) && text_[i] != '\n'))) {
        if (is_emoji(text_[i])) last = i + 1;
        ++i;
    }
    if (last == end) return end;
    if (!has(i)) {
        unknown = !ended_;
        return last;
    }
    // "5 ☎ 12": what is not at an end of its own belongs to what follows.
    return is_space(text_[last]) || !is_word(text_[last]) ? last : end;
}

// Whether the full stop (or its like) at `mark` ends a sentence, when `next` is the first character behind
// it that is no space.
Told Scan::ends_sentence(std::size_t mark, std::size_t next) const {
    auto begin = mark;
    while (begin > 0 && (is_word(text_[begin - 1]) || text_[begin - 1] == '.')) --begin;
    const auto word = lower(text_.substr(begin, mark - begin));
    if (word.empty() || !has(next)) return Told::yes;
    if (word == U"i" && begin > 0) return Told::yes;  // "So do I."
    const bool initial = word.size() == 1 && is_letter(word[0]) && !is_cjk(word[0]);
    const bool dotted = word.size() >= 3 && word[1] == '.' && is_letter(word[0]);
    const bool more = listed(before_more, word);
    const bool maybe = listed(before_end, word);
    if (!initial && !dotted && !more && !maybe) return Told::yes;
    if (word == U"no" || word == U"nos" || word == U"art" || word == U"v" || word == U"op" ||
        word == U"sec" || word == U"ed" || word == U"ch")  // words of their own, too
        if (!is_digit(text_[next])) return word == U"v" ? Told::no : Told::yes;
    if (word == U"max" || word == U"mar" || word == U"sat" || word == U"am" || word == U"sun" ||
        word == U"co") {
        if (!is_digit(text_[next]) || word == U"sat" || word == U"am") return Told::yes;
        return Told::no;
    }
    if (is_digit(text_[next])) return Told::no;
    auto from = next;
    while (has(from) && is_opener(text_[from])) ++from;
    if (!has(from)) return ended_ ? Told::yes : Told::unknown;
    if (!is_upper(text_[from])) return Told::no;
    if (maybe && !dotted && !initial) return Told::yes;
    if (dotted && (word == U"a.m" || word == U"p.m" || word == U"ph.d" || word == U"m.d")) return Told::yes;
    if (more && word != U"st" && word != U"ft" && word != U"al" && word != U"mph") return Told::no;
    auto end = from;
    while (has(end) && (is_word(text_[end]) || one_of(text_[end], U"'’"))) ++end;
    if (!has(end) && !ended_) return Told::unknown;
    return listed(beginners, lower(text_.substr(from, end - from))) ? Told::yes : Told::no;
}

// A mark that may end a sentence. yes: it does, at `end`; no: it is none, or only a pause (soft_ is set).
Told Scan::stop(std::size_t mark, std::size_t& end) {
    auto last = mark;
    bool wide = is_wide_stop(text_[mark]);
    while (has(last + 1) && (is_stop(text_[last + 1]) || is_wide_stop(text_[last + 1]))) {
        ++last;
        wide = wide || is_wide_stop(text_[last]);
    }
    const bool dots = text_[last] == U'…' || (last > mark && text_[last] == '.');
    end = last + 1;
    const auto bare = end;
    while (has(end) && is_closer(text_[end])) ++end;
    if (!has(end)) return ended_ ? Told::yes : Told::unknown;
    const bool closed = end > bare;
    if (!is_space(text_[end])) {
        if (is_emoji(text_[end]) && (wide || !dots)) {
            bool unknown = false;
            end = with_emoji(end, unknown);
            return unknown ? Told::unknown : Told::yes;
        }
        if (!wide) return dots && is_cjk(text_[end]) && at_pause(end) ? Told::yes : Told::no;
        // 「…。」と: what was said goes on in who said it.
        if (closed && one_of(text_[end], U"とっ")) return Told::no;
        return Told::yes;
    }
    if (text_[end] == '\n') return Told::yes;
    auto next = end;
    while (has(next) && is_space(text_[next]) && text_[next] != '\n') ++next;
    if (!has(next)) return ended_ ? Told::yes : Told::unknown;
    if (text_[next] == '\n') return Told::yes;
    if (dots || (closed && !wide)) {
        auto from = next;
        while (has(from) && is_opener(text_[from])) ++from;
        if (!has(from) && !ended_) return Told::unknown;
        if (is_lower(at(from))) return at_pause(end) ? Told::yes : Told::no;
    }
    if (text_[mark] == '.' && last == mark && !closed) {
        const auto ends = ends_sentence(mark, next);
        if (ends != Told::yes) return ends;
    }
    bool unknown = false;
    end = with_emoji(end, unknown);
    return unknown ? Told::unknown : Told::yes;
}

// Behind a comma and the like: a place to cut, and whether to do it.
bool Scan::at_pause(std::size_t end) {
    soft_ = end;
    const auto words = words_ + (wide_ + 3) / 4;
    return words >= (first_ ? rules_.first_words : rules_.soft_words);
}

Told Scan::pause(std::size_t mark, std::size_t& end) const {
    end = mark + 1;
    if (is_wide_pause(text_[mark])) {
        while (has(end) && one_of(text_[end], U"」』”’）】》〉")) ++end;
        if (!has(end)) return ended_ ? Told::no : Told::unknown;
        return mark > 0 && is_digit(text_[mark - 1]) && is_digit(text_[end]) ? Told::no : Told::yes;
    }
    if (one_of(text_[mark], U"—–-")) {  // between words, not in "10–20" or "well-known"
        if (mark == 0 || (text_[mark] == '-' && !one_of(text_[mark - 1], U" -"))) return Told::no;
        if (!has(end)) return ended_ ? Told::no : Told::unknown;
        if (text_[mark] != U'—' && !is_space(text_[end])) return Told::no;
        return one_of(text_[end], U"—\"”’'") ? Told::no : Told::yes;
    }
    if (at(end) == ')') return Told::no;  // a smile
    while (has(end) && is_closer(text_[end])) ++end;
    if (!has(end)) return ended_ ? Told::no : Told::unknown;
    return is_space(text_[end]) ? Told::yes : Told::no;
}

std::size_t Scan::run() {
    std::size_t i = 0;
    if (line_start_) {
        i = marker(0);
        if (i == npos) return npos;
    }
    while (i < text_.size()) {
        const auto c = text_[i];
        if (i >= rules_.length_max) {
            too_long_ = true;
            return npos;
        }
        if (c == '\n') return i;
        std::size_t end = 0;
        if (is_stop(c) || is_wide_stop(c)) {
            const auto told = stop(i, end);
            if (told == Told::yes) return end;
            if (told == Told::unknown) return npos;
            ++i;
            while (i < text_.size() && is_stop(text_[i])) ++i;
            continue;
        }
        if (is_pause(c) || is_wide_pause(c) || one_of(c, U"—–-")) {
            const auto told = pause(i, end);
            if (told == Told::unknown) return npos;
            if (told == Told::yes && at_pause(end)) return end;
            ++i;
            continue;
        }
        if (one_of(c, U"`*_~[(（【")) {
            const auto behind = span(i);
            if (waits_) return npos;
            for (; i < behind && i < text_.size(); ++i) count(i);
            // "**Really.** Then": a sentence may end at the last mark of a span.
            if (behind >= 2 && behind <= text_.size() && is_closer(text_[behind - 1])) {
                auto mark = behind;
                while (mark > 0 && is_closer(text_[mark - 1])) --mark;
                if (mark > 0 && one_of(text_[mark - 1], U".!?…。！？") && text_[behind - 1] != ')' &&
                    text_[behind - 1] != ']') {
                    const auto told = stop(mark - 1, end);
                    if (told == Told::yes) return end;
                    if (told == Told::unknown) return npos;
                }
            }
            continue;
        }
        if (is_emoji(c)) {
            while (i < text_.size() && is_emoji(text_[i])) ++i;
            if (!has(i)) {
                if (!ended_) return npos;
                continue;
            }
            if (is_space(text_[i])) {  // "That is great 😀 What next?"
                auto next = i;
                while (has(next) && is_space(text_[next]) && text_[next] != '\n') ++next;
                if (!has(next) && !ended_) return npos;
                if (is_upper(at(next)) && words_ >= rules_.first_words) return i;
            }
            continue;
        }
        if (is_space(c) && i > 0) {
            const auto before = text_[i - 1];
            if (!is_space(before) && !(is_digit(before) && is_digit(at(i + 1)))) spaces_.push_back(i);
        }
        count(i);
        ++i;
    }
    return ended_ ? text_.size() : npos;
}

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
        return is_digit(c) || is_emoji(c) || (c >= 0x300 && c < 0x370) || one_of(c, U".,:%");
    };
    while (end > most / 2 && bound(text[end])) --end;
    return end > most / 2 ? end : most;
}

}  // namespace

ClauseSplitter::ClauseSplitter(ClauseRules rules) : rules_(rules) {}

void ClauseSplitter::feed(std::string_view utf8, std::int64_t now_ms) {
    text_ += to_code_points(utf8);
    skip_space();
    if (!text_.empty() && !since_ms_) since_ms_ = now_ms;
}

void ClauseSplitter::finish() {
    ended_ = true;
    tried_ = 0;
}

void ClauseSplitter::skip_space() {
    std::size_t space = 0;
    while (space < text_.size() && is_space(text_[space])) {
        if (text_[space] == '\n') line_start_ = true;
        ++space;
    }
    text_.erase(0, space);
    base_ += space;
    if (space > 0) tried_ = 0;
}

Clause ClauseSplitter::take(std::size_t end, bool code) {
    auto last = end;
    while (last > 0 && is_space(text_[last - 1])) --last;
    Clause clause{base_, base_ + last, text_.substr(0, last), code};
    text_.erase(0, end);
    base_ += end;
    tried_ = 0;
    line_start_ = false;
    if (!code) first_ = false;
    since_ms_.reset();
    skip_space();
    return clause;
}

// A block of code is a clause of its own, that nobody speaks; a long one comes in pieces.
std::optional<Clause> ClauseSplitter::code_block() {
    const Text text = text_;
    std::size_t from = 0;
    if (!in_code_) {
        from = text.find(U'\n');
        if (from == npos) {
            if (!ended_ && text.size() < code_piece) return std::nullopt;
            from = text.size();
        }
    }
    for (auto line = from; line < text.size();) {
        auto begin = line;
        while (begin < text.size() && is_space(text[begin])) ++begin;
        const auto mark = text.substr(begin, 3);
        auto end = text.find(U'\n', begin);
        if (mark == U"```" || mark == U"~~~") {
            if (end == npos && !ended_) return std::nullopt;
            in_code_ = false;
            auto clause = take(end == npos ? text.size() : end, true);
            line_start_ = true;
            return clause;
        }
        if (end == npos) break;
        line = end;
    }
    if (ended_) return take(text.size(), true);
    const auto last = text.rfind(U'\n');
    if (text.size() < code_piece || last == npos || last == 0) {
        if (text.size() < 4 * code_piece) return std::nullopt;
    }
    in_code_ = true;
    return take(last == npos || last == 0 ? code_piece : last, true);
}

std::optional<Clause> ClauseSplitter::next() {
    if (text_.empty()) return std::nullopt;
    if (in_code_) return code_block();
    if (line_start_ && (text_[0] == '`' || text_[0] == '~')) {
        const Text fence = text_[0] == '`' ? U"```" : U"~~~";
        if (text_.starts_with(fence)) return code_block();
        if (!ended_ && text_.size() < 3 && fence.starts_with(text_)) return std::nullopt;
    }
    if (!ended_ && tried_ == text_.size()) return std::nullopt;
    tried_ = text_.size();
    // Past the window nothing is uncertain any more, so that the cut does not depend on how text arrives.
    const auto window = rules_.length_max + 2 * rules_.span_max + 64;
    const bool whole = text_.size() <= window;
    Scan scan(Text(text_).substr(0, window), rules_, first_, ended_ && whole, line_start_);
    auto end = scan.run();
    if (end == npos && whole && !scan.too_long()) return std::nullopt;
    if (end == npos) {
        end = scan.soft() != npos      ? scan.soft()
              : !scan.spaces().empty() ? scan.spaces().back()
                                       : hard_cut(text_, rules_.length_max);
    }
    return take(end);
}

std::optional<std::int64_t> ClauseSplitter::deadline_ms() const {
    if (text_.empty() || !since_ms_ || in_code_) return std::nullopt;
    if (first_) return *since_ms_ + rules_.first_wait_ms;
    return hurry_ms_;
}

// The best place among the words that are there: behind a comma, or else not behind a word that leans on the
// next. The last word may still grow.
std::optional<std::size_t> ClauseSplitter::late_cut() const {
    if (line_start_ && (text_[0] == '`' || text_[0] == '~')) return std::nullopt;
    Scan scan(text_, rules_, false, false, line_start_);
    const auto certain = scan.run();
    if (certain != npos) return std::nullopt;
    const Text text = text_;
    const auto enough = [&](std::size_t end) { return words_in(text.substr(0, end)) >= rules_.first_words; };
    if (scan.soft() != npos && scan.soft() < text.size() && enough(scan.soft())) return scan.soft();
    std::optional<std::size_t> any;
    for (auto i = scan.spaces().size(); i-- > 0;) {
        const auto end = scan.spaces()[i];
        if (!enough(end)) break;
        if (!any) any = end;
        auto begin = end;
        while (begin > 0 && !is_space(text[begin - 1])) --begin;
        if (!listed(leaning, lower(text.substr(begin, end - begin)))) return end;
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
