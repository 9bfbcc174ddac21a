#include "voice/clause_scan.h"

#include <algorithm>

#include "voice/lead_in.h"
#include "voice/utf.h"

namespace lares::voice {
namespace {

bool is_stop(char32_t c) {  // may end a sentence, with a space behind it
    return one_of<U".!?…‼⁉؟۔।॥።">(c);
}
bool is_wide_stop(char32_t c) {  // ends one whatever follows
    return one_of<U"。！？｡">(c);
}
bool is_pause(char32_t c) {  // a comma and its like, with a space behind it
    return one_of<U",;:،؛፣">(c);
}
bool is_wide_pause(char32_t c) {
    return one_of<U"、，；：､">(c);
}
bool is_ascii_word(char32_t c) {
    return c < 0x80 && is_word(c);
}
bool is_closer(char32_t c) {
    return one_of<U"\"'”’»›)]}*_~」』）】》〉］｝">(c);
}
bool is_opener(char32_t c) {
    return one_of<U"\"'“‘«‹([{「『（【《〈¿¡*_~`">(c);
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

}  // namespace

std::u32string lower(Text text) {
    std::u32string out(text);
    for (auto& c : out) c = c == U'’' ? U'\'' : to_lower(c);
    return out;
}

bool is_title(Text lower_word) {
    return listed(before_more, lower_word);
}

bool holds_on(Text text, std::size_t end) {
    auto begin = end;
    while (begin > 0 && !is_space(text[begin - 1])) --begin;
    while (begin < end && !is_word(text[begin])) ++begin;
    if (begin == end) return false;
    auto next = end;
    while (next < text.size() && is_space(text[next])) ++next;
    const auto last = text[end - 1];
    if (last == '.') {  // had it ended a sentence, the clause would be over
        if (end - begin > 1 && text[end - 2] == '.') return false;
        const bool alone = listed(before_end, lower(text.substr(begin, end - 1 - begin)));
        return !alone || next == text.size() || is_digit(text[next]);
    }
    if (!is_digit(last)) return false;
    auto behind = next;
    while (behind < text.size() && !is_space(text[behind])) ++behind;
    if (behind == text.size()) return true;
    const auto word = text.substr(next, behind - next);
    return std::ranges::any_of(word, is_word) && !listed(beginners, lower(word));
}

void Scan::count(std::size_t i) {
    const auto c = text_[i];
    if (is_ascii_word(c)) {
        now_.words += now_.in_word ? 0 : 1;
        now_.in_word = true;
    } else if (is_cjk(c)) {
        now_.wide += weight_of(c);
        now_.in_word = false;
    } else if (is_space(c)) {
        now_.in_word = false;
    } else if (is_word(c) && !now_.in_word) {
        now_.in_word = true;
        ++now_.words;
    }
}

// Behind what marks a line of a list, a heading or a quotation; i itself when it is none. Unknown: npos.
std::size_t Scan::marker(std::size_t i) const {
    auto j = i;
    while (at(j) == '>' || at(j) == '#' || (is_space(at(j)) && at(j) != '\n')) ++j;
    if (!has(j)) return ended_ ? i : npos;
    if (one_of<U"-*+•·–">(text_[j])) {
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
        if (one_of<U".)">(text_[k])) {
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
    if ((word == U"a.m" || word == U"p.m") && is_lead_in(text_.substr(0, begin))) return Told::no;
    if (dotted && (word == U"a.m" || word == U"p.m" || word == U"ph.d" || word == U"m.d")) return Told::yes;
    if (more && word != U"st" && word != U"ft" && word != U"al" && word != U"mph") return Told::no;
    auto end = from;
    while (has(end) && (is_word(text_[end]) || one_of<U"'’">(text_[end]))) ++end;
    if (!has(end) && !ended_) return Told::unknown;
    return listed(beginners, lower(text_.substr(from, end - from))) ? Told::yes : Told::no;
}

// A mark that may end a sentence. yes: it does, at `end`; no: it is none, or only a pause (now_.soft is set).
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
        if (closed && one_of<U"とっ">(text_[end])) return Told::no;
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
    now_.soft = end;
    const auto words = now_.words + (now_.wide + 3) / 4;
    return words >= (first_ ? rules_.first_words : rules_.soft_words);
}

Told Scan::pause(std::size_t mark, std::size_t& end) const {
    end = mark + 1;
    if (is_wide_pause(text_[mark])) {
        while (has(end) && one_of<U"」』”’）】》〉">(text_[end])) ++end;
        if (!has(end)) return ended_ ? Told::no : Told::unknown;
        return mark > 0 && is_digit(text_[mark - 1]) && is_digit(text_[end]) ? Told::no : Told::yes;
    }
    if (one_of<U"—–-">(text_[mark])) {  // between words, not in "10–20" or "well-known"
        if (mark == 0 || (text_[mark] == '-' && !one_of<U" -">(text_[mark - 1]))) return Told::no;
        if (!has(end)) return ended_ ? Told::no : Told::unknown;
        if (text_[mark] != U'—' && !is_space(text_[end])) return Told::no;
        return one_of<U"—\"”’'">(text_[end]) ? Told::no : Told::yes;
    }
    if (at(end) == ')') return Told::no;  // a smile
    while (has(end) && is_closer(text_[end])) ++end;
    if (!has(end)) return ended_ ? Told::no : Told::unknown;
    return is_space(text_[end]) ? Told::yes : Told::no;
}

std::size_t Scan::run() {
    now_ = scanned_.certain;
    scanned_.spaces.resize(now_.spaces);
    const auto end = look();
    scanned_.last = now_;
    return end;
}

std::size_t Scan::look() {
    auto& i = now_.at;
    if (line_start_ && i == 0) {
        const auto behind = marker(0);
        if (behind == npos) return npos;
        i = behind;
    }
    while (i < text_.size()) {
        scanned_.certain = now_;
        const auto c = text_[i];
        if (i >= rules_.length_max) {
            too_long_ = true;
            return npos;
        }
        if (c == '\n') return i;
        if (is_ascii_word(c)) {  // most of a text: none of the marks below
            count(i++);
            continue;
        }
        std::size_t end = 0;
        if (is_stop(c) || is_wide_stop(c)) {
            const auto told = stop(i, end);
            if (told == Told::yes) return end;
            if (told == Told::unknown) return npos;
            ++i;
            while (i < text_.size() && is_stop(text_[i])) ++i;
            continue;
        }
        if (is_pause(c) || is_wide_pause(c) || one_of<U"—–-">(c)) {
            const auto told = pause(i, end);
            if (told == Told::unknown) return npos;
            if (told == Told::yes && at_pause(end)) return end;
            ++i;
            continue;
        }
        if (one_of<U"`*_~[(（【">(c)) {
            const auto behind = span(i);
            if (waits_) return npos;
            for (; i < behind && i < text_.size(); ++i) count(i);
            // "**Really.** Then": a sentence may end at the last mark of a span.
            if (behind >= 2 && behind <= text_.size() && is_closer(text_[behind - 1])) {
                auto mark = behind;
                while (mark > 0 && is_closer(text_[mark - 1])) --mark;
                if (mark > 0 && one_of<U".!?…。！？">(text_[mark - 1]) && text_[behind - 1] != ')' &&
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
                if (is_upper(at(next)) && now_.words >= rules_.first_words) return i;
            }
            continue;
        }
        if (is_space(c) && i > 0) {
            const auto before = text_[i - 1];
            if (!is_space(before) && !(is_digit(before) && is_digit(at(i + 1)))) {
                scanned_.spaces.push_back(i);
                now_.spaces = scanned_.spaces.size();
            }
        }
        count(i);
        ++i;
    }
    return ended_ ? text_.size() : npos;
}

}  // namespace lares::voice
