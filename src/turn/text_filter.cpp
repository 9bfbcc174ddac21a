#include "turn/text_filter.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "voice/utf.h"

namespace lares::turn {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";
constexpr std::string_view blanks = " \t";
// They stand at the word before them.
constexpr std::u32string_view closing_marks = U".,!?;:…)]}”»。、，！？；：）」』";
constexpr std::size_t tag_max = 24;        // bytes of the longest tag
constexpr std::size_t jumps_max = 10'000;  // past it places are those of the last one

constexpr std::array<std::string_view, 4> thinking_names = {"think", "thinking", "thought", "reasoning"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 21> feeling_names = {{
    {"neutral", "neutral"},    {"happy", "happy"},       {"joy", "happy"},       {"smile", "happy"},
    {"excited", "happy"},      {"sad", "sad"},           {"sadness", "sad"},     {"angry", "angry"},
    {"anger", "angry"},        {"disgust", "angry"},     {"annoyed", "angry"},   {"surprised", "surprised"},
    {"surprise", "surprised"}, {"shocked", "surprised"}, {"fear", "surprised"},  {"relaxed", "relaxed"},
    {"calm", "relaxed"},       {"smirk", "relaxed"},     {"happiness", "happy"}, {"scared", "surprised"},
    {"sorrow", "sad"},
}};

// Could these bytes be the beginning of a code point whose other bytes are still to come?
bool is_beginning(std::string_view bytes) {
    if (bytes.empty() || bytes.size() > 3) return false;
    const auto lead = static_cast<unsigned char>(bytes[0]);
    const std::size_t length = lead >= 0xF0 && lead <= 0xF4   ? 4
                               : lead >= 0xE0 && lead <= 0xEF ? 3
                               : lead >= 0xC2 && lead <= 0xDF ? 2
                                                              : 0;
    if (bytes.size() >= length) return false;
    for (const char byte : bytes.substr(1))
        if ((static_cast<unsigned char>(byte) & 0xC0) != 0x80) return false;
    return true;
}

enum class TagKind : std::uint8_t { none, partial, opens, closes, feeling };
struct Tag {
    TagKind kind = TagKind::none;
    std::size_t size = 0;
    std::string_view emotion;
};

template <class Names, class Of>
bool any_begins(const Names& names, std::string_view beginning, Of of) {
    return std::ranges::any_of(names, [&](const auto& name) { return of(name).starts_with(beginning); });
}

// The tag at the beginning of `text`, which begins with < or [.
Tag tag_of(std::string_view text) {
    const char close = text[0] == '<' ? '>' : ']';
    // No tag is longer: what comes behind does not decide, whether it is here yet or not.
    const auto end = text.substr(0, tag_max).find(close);
    if (end == std::string_view::npos && text.size() >= tag_max) return {};
    const auto inside = to_lower_ascii(text.substr(1, std::min(end, tag_max) - 1));
    std::string_view name = inside;
    const bool whole = end != std::string_view::npos;
    if (close == '>') {
        const bool closing = name.starts_with('/');
        if (closing) name.remove_prefix(1);
        if (whole) {
            if (std::ranges::find(thinking_names, name) == thinking_names.end()) return {};
            return {closing ? TagKind::closes : TagKind::opens, end + 1, {}};
        }
        return {any_begins(thinking_names, name, [](auto each) { return each; }) ? TagKind::partial
                                                                                 : TagKind::none,
                0,
                {}};
    }
    constexpr std::string_view prefix = "emotion:";
    if (!whole && prefix.starts_with(name)) return {TagKind::partial, 0, {}};
    if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
    while (name.starts_with(' ')) name.remove_prefix(1);
    if (whole) {
        for (const auto& [word, emotion] : feeling_names)
            if (name == word) return {TagKind::feeling, end + 1, emotion};
        return {};
    }
    return {any_begins(feeling_names, name, [](const auto& each) { return each.first; }) ? TagKind::partial
                                                                                         : TagKind::none,
            0,
            {}};
}

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

}  // namespace

std::string TextFilter::decode(std::string_view bytes) {
    std::string text = std::move(rest_);
    text += bytes;
    rest_.clear();
    std::string out;
    std::string_view left = text;
    while (!left.empty()) {
        const auto valid = utf8_valid_prefix(left);
        for (const char byte : left.substr(0, valid)) {
            if (byte == '\0') {
                out += replacement;
                untouched_ = false;
            } else {
                out += byte;
            }
        }
        left.remove_prefix(valid);
        if (left.empty()) break;
        if (is_beginning(left)) {
            rest_ = left;
            break;
        }
        out += replacement;
        untouched_ = false;
        left.remove_prefix(1);
    }
    return out;
}

void TextFilter::show(std::string& out, std::string_view text) {
    // A line still ends behind a feeling that stood at its end.
    const auto ends_line = [this](char c) { return c == '\n' && before_ != U'\0' && before_ != U'\n'; };
    while (swallow_space_ && !text.empty() && is_space(text[0]) && !ends_line(text[0])) {
        drop(1);
        text.remove_prefix(1);
    }
    if (gap_.taken > 0 && !text.empty() && blanks.find(text[0]) != std::string_view::npos) {
        const auto size = std::min(text.find_first_not_of(blanks), text.size());
        drop(size);
        gap_.touches = false;
        text.remove_prefix(size);
    }
    if (text.empty()) return;
    swallow_space_ = false;
    const auto words = text.find_last_not_of(blanks) + 1;
    if (words > 0 || gap_.space.empty()) settle_gap(out, text);
    // What indents a line belongs to it.
    const auto last = words > 0 ? static_cast<unsigned char>(text[words - 1]) : before_;
    const bool word = last != U'\0' && (last >= 0x80 || !is_space(static_cast<char>(last)));
    const bool waits = word || !gap_.space.empty();
    emit(out, text.substr(0, waits ? words : text.size()));
    if (waits) gap_.space += text.substr(words);
}

// "Well [happy]!" is shown as "Well!", and no line ends with a space that stood before a tag.
void TextFilter::settle_gap(std::string& out, std::string_view next) {
    auto [space, taken, touches] = std::exchange(gap_, {});
    if (space.empty()) return;
    const auto c = next.empty() ? U'\n' : voice::to_code_points(next.substr(0, utf8_offset(next, 1)))[0];
    const bool goes = voice::is_space(c) || (touches && closing_marks.find(c) != std::u32string_view::npos);
    if (taken > 0 && goes)
        drop(space.size());
    else
        emit(out, space);
    if (taken > 0) drop(taken);
}

void TextFilter::emit(std::string& out, std::string_view text) {
    if (text.empty()) return;
    last_was_space_ = is_space(text.back());
    out += text;
    for (const char c : text) {
        code_.see(static_cast<unsigned char>(c));
        began_ = began_ || !is_space(c);
    }
    auto last = text.size() - 1;
    while (last > 0 && (static_cast<unsigned char>(text[last]) & 0xC0) == 0x80) --last;
    before_ = voice::to_code_points(text.substr(last)).back();
    const auto count = count_code_points(text);
    shown_ += count;
    raw_ += count;
}

// So many code points of the model are not shown.
void TextFilter::drop(std::size_t raw) {
    untouched_ = false;
    if (!gap_.space.empty()) {
        gap_.taken += raw;
        return;
    }
    raw_ += raw;
    if (!jumps_.empty() && jumps_.back().shown == shown_)
        jumps_.back().raw = raw_;
    else if (jumps_.size() < jumps_max)
        jumps_.push_back({shown_, raw_});
}

// "row[calm]" is no feeling; where words stand without spaces one may touch them.
bool TextFilter::takes_feeling() const {
    return !gap_.space.empty() || (before_ != U'_' && (!voice::is_word(before_) || voice::is_cjk(before_)));
}

// Thinking and tags go; what may become a tag waits in held_.
std::string TextFilter::sift(std::string text, bool last) {
    text.insert(0, std::exchange(held_, {}));
    std::string out;
    std::string_view left = text;
    const auto pass = [&](std::size_t size) {
        const auto piece = left.substr(0, size);
        if (!thinking_)
            show(out, piece);
        else if (aside_)
            aside_text_ += piece;
        else
            drop(count_code_points(piece));
        left.remove_prefix(piece.size());
    };
    while (!left.empty()) {
        pass(std::min(left.find_first_of(thinking_ ? "<" : "<["), left.size()));
        if (left.empty()) break;
        if (!thinking_ && (code_.inside() || (left[0] == '[' && !takes_feeling()))) {
            pass(1);
            continue;
        }
        const auto tag = tag_of(left);
        // What stands behind tells a feeling from a link.
        const bool ends_here = tag.kind == TagKind::feeling && tag.size == left.size();
        if ((tag.kind == TagKind::partial || ends_here) && !last) {
            held_ = left;
            break;
        }
        const auto opened = thinking_;
        switch (tag.kind) {
            case TagKind::opens:
                if (!thinking_ && !code_.line_begins()) {
                    mentioned_ = true;
                    pass(1);
                    continue;
                }
                if (!thinking_) aside_ = began_;
                thinking_ = true;
                break;
            case TagKind::closes:
                if (!thinking_ && mentioned_) {
                    pass(1);
                    continue;
                }
                thinking_ = false;
                break;
            case TagKind::feeling:
                if (!ends_here && std::string_view("([:").find(left[tag.size]) != std::string_view::npos) {
                    pass(1);
                    continue;
                }
                feelings_.push_back({std::string(tag.emotion), static_cast<std::int64_t>(shown_)});
                break;
            case TagKind::none:
            case TagKind::partial:
                pass(1);
                continue;
        }
        if (thinking_ && aside_) {
            pass(tag.size);
            continue;
        }
        if (opened && aside_) {
            drop(count_code_points(std::exchange(aside_text_, {})));
            aside_ = false;
        }
        thought_ = thought_ || tag.kind != TagKind::feeling;
        if (last_was_space_) swallow_space_ = true;
        drop(count_code_points(left.substr(0, tag.size)));
        gap_.touches = true;
        left.remove_prefix(tag.size);
    }
    if (last && aside_) {
        thinking_ = aside_ = false;
        show(out, std::exchange(aside_text_, {}));
    }
    if (last) settle_gap(out, {});
    return out;
}

std::string TextFilter::feed(std::string_view bytes) {
    raw_bytes_ += bytes.size();
    return sift(decode(bytes), false);
}

std::string TextFilter::finish() {
    std::string rest;
    if (!rest_.empty()) {
        rest_.clear();
        rest = replacement;
        untouched_ = false;
    }
    return sift(std::move(rest), true);
}

std::vector<Feeling> TextFilter::take_feelings() {
    return std::exchange(feelings_, {});
}

std::size_t TextFilter::raw_place(std::size_t shown) const {
    const auto after = std::ranges::upper_bound(jumps_, shown, {}, &Jump::shown);
    if (after == jumps_.begin()) return shown;
    const auto& jump = *std::prev(after);
    return jump.raw + (shown - jump.shown);
}

}  // namespace lares::turn
