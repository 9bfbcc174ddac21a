#include "chat/search_text.h"

#include <algorithm>

#include "base/text.h"

namespace lares::chat {

namespace {

constexpr char separator = '\x1f';
constexpr char match_begin = '\x02', match_end = '\x03';

// Behind two letters that stand for one: a mark, which the index takes off.
constexpr char32_t pair_code_point = 0x0331;
constexpr std::string_view pair = "\u0331";

// Decodes one code point of valid UTF-8 and moves on.
char32_t next(std::string_view& text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t out = size == 1 ? lead : lead & (0xFFu >> (size + 1));
    for (std::size_t i = 1; i < size && i < text.size(); ++i)
        out = out << 6 | (static_cast<unsigned char>(text[i]) & 0x3F);
    text.remove_prefix(std::min(size, text.size()));
    return out;
}

struct Range {
    char32_t first, last;
};
constexpr Range unspaced[] = {
    {0x0E01, 0x0EFF},    // Thai, Lao
    {0x1000, 0x109F},    // Myanmar
    {0x1780, 0x17FF},    // Khmer
    {0x2E80, 0x2FDF},    // radicals
    {0x3005, 0x3007},    // iteration marks
    {0x3041, 0x30FF},    // kana
    {0x3105, 0x318E},    // bopomofo, Hangul letters
    {0x31A0, 0x31FF},    // bopomofo, kana
    {0x3400, 0x4DBF},    // Han
    {0x4E00, 0x9FFF},    //
    {0xAC00, 0xD7A3},    // Hangul
    {0xF900, 0xFAFF},    // Han, compatibility
    {0xFF66, 0xFF9D},    // half-width kana
    {0x20000, 0x3FFFF},  // Han, further planes
};

bool stands_alone(char32_t c) {
    if (c < unspaced[0].first) return false;
    return std::ranges::any_of(unspaced,
                               [c](const Range& range) { return c >= range.first && c <= range.last; });
}

bool is_space(std::string_view at) {
    const char c = at.front();
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == separator || at.starts_with("\u3000");
}

// A phrase of FTS5: in double quotes nothing has a meaning but the quote itself.
void append_term(std::string& out, std::string_view words, bool prefix) {
    if (!out.empty()) out += ' ';
    out += '"';
    for (const char c : words) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
    if (prefix) out += '*';
}

// unicode61 takes letters and numbers; beyond ASCII it knows better than this.
bool has_word(std::string_view text) {
    return std::ranges::any_of(text, [](char c) {
        return static_cast<unsigned char>(c) >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
               (c >= 'A' && c <= 'Z');
    });
}

}  // namespace

std::string to_indexed(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    bool apart = false;  // the last one was set apart
    while (!text.empty()) {
        const auto before = text;
        const char32_t c = next(text);
        const auto bytes = before.substr(0, before.size() - text.size());
        const bool alone = stands_alone(c);
        if (alone || apart) out += separator;
        apart = alone;
        if (c >= 0xFF01 && c <= 0xFF5E)
            out += static_cast<char>(c - 0xFF01 + '!');
        else if (c == 0x0401 || c == 0x0451)  // unicode61 takes marks off letters of Latin script only
            out += c == 0x0401 ? "\u0415" : "\u0435";
        else if (c == 0x00DF || c == 0x1E9E)
            out.append("ss").append(pair);
        else if (c == pair_code_point)  // what is in here otherwise is ours; the index drops every mark
            out += "\u0330";
        else if (c < 0x20)  // so that what is in here otherwise is ours
            out += ' ';
        else
            out += bytes;
    }
    return out;
}

std::string to_match(std::string_view query) {
    std::string out;
    std::size_t terms = 0;
    while (!query.empty() && terms < Limits::query_terms) {
        if (is_space(query)) {
            query.remove_prefix(query.starts_with("\u3000") ? 3 : 1);
            continue;
        }
        std::string_view words;
        bool prefix = true;
        if (query.front() == '"') {
            query.remove_prefix(1);
            const auto end = std::min(query.find('"'), query.size());
            prefix = end == query.size();  // still being typed
            words = query.substr(0, end);
            query.remove_prefix(std::min(end + 1, query.size()));
        } else {
            std::size_t end = 0;
            while (end < query.size() && query[end] != '"' && !is_space(query.substr(end))) ++end;
            words = query.substr(0, end);
            query.remove_prefix(end);
        }
        if (!has_word(words)) continue;
        append_term(out, to_indexed(words), prefix);
        ++terms;
    }
    return out;
}

Snippet snippet_of(std::string_view text, std::string_view marked) {
    // The matches, in code points of the whole text.
    std::vector<TextRange> found;
    std::int64_t at = 0;
    for (std::size_t i = 0; i < marked.size(); ++i) {
        const char c = marked[i];
        if (marked.substr(i).starts_with(pair)) {
            i += pair.size() - 1;
            --at;
        } else if (c == match_begin)
            found.push_back({at, at});
        else if (c == match_end && !found.empty())
            found.back().end = at;
        else if (c != separator && (static_cast<unsigned char>(c) & 0xC0) != 0x80)
            ++at;
    }
    // Characters that were set apart are one match where they touch.
    std::vector<TextRange> joined;
    for (const auto& range : found) {
        if (!joined.empty() && joined.back().end == range.start)
            joined.back().end = range.end;
        else if (range.end > range.start)
            joined.push_back(range);
    }

    const auto size = static_cast<std::int64_t>(count_code_points(text));
    constexpr auto room = static_cast<std::int64_t>(Limits::snippet_code_points);
    std::int64_t first = 0, last = size;
    if (size > room) {
        const auto match = joined.empty() ? 0 : joined.front().start;
        first = std::clamp<std::int64_t>(match - room / 4, 0, size - room);
        last = first + room;
    }
    auto begin = utf8_offset(text, static_cast<std::size_t>(first));
    auto end = utf8_offset(text, static_cast<std::size_t>(last));
    const auto limit = joined.empty() ? first : joined.front().start;
    if (first > 0) {  // to the beginning of a word, when one comes before the match
        const auto space = text.find_first_of(" \n", begin);
        const auto match_at = utf8_offset(text, static_cast<std::size_t>(limit));
        if (space != std::string_view::npos && space < match_at) {
            first += static_cast<std::int64_t>(count_code_points(text.substr(begin, space + 1 - begin)));
            begin = space + 1;
        }
    }
    Snippet out;
    out.text = text.substr(begin, end - begin);
    out.cut_before = first > 0;
    out.cut_after = last < size;
    for (const auto& range : joined)
        if (range.start >= first && range.start < last)
            out.matches.push_back({range.start - first, std::min(range.end, last) - first});
    return out;
}

}  // namespace lares::chat
