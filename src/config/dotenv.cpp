#include "config/dotenv.h"

#include <algorithm>

#include "base/text.h"

namespace lares::config {
namespace {

constexpr std::size_t lines_max = 10'000;

bool is_name(std::string_view text) {
    const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
    return !text.empty() && letter(text[0]) &&
           std::ranges::all_of(text, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

// What stands behind a closing quote: nothing but a comment.
bool is_end(std::string_view rest) {
    rest = trim(rest);
    return rest.empty() || rest[0] == '#';
}

// The value of one line; false: a quote is open, or something follows it.
bool read_value(std::string_view text, std::string& out) {
    text = trim(text);
    if (text.starts_with('\'')) {
        const auto end = text.find('\'', 1);
        if (end == text.npos || !is_end(text.substr(end + 1))) return false;
        out = text.substr(1, end - 1);
        return true;
    }
    if (!text.starts_with('"')) {
        std::size_t end = text.starts_with('#') ? 0 : text.size();
        for (std::size_t i = 1; i < end; ++i)
            if (text[i] == '#' && (text[i - 1] == ' ' || text[i - 1] == '\t')) end = i;
        out = trim(text.substr(0, end));
        return true;
    }
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') return is_end(text.substr(i + 1));
        if (text[i] != '\\') {
            out += text[i];
            continue;
        }
        if (++i == text.size()) return false;
        const char c = text[i];
        if (c == 'n')
            out += '\n';
        else if (c == 't')
            out += '\t';
        else if (c == 'r')
            out += '\r';
        else if (c == '"' || c == '\\' || c == '$' || c == '`')
            out += c;
        else
            out.append(1, '\\').append(1, c);
    }
    return false;
}

}  // namespace

Result<Pairs> parse_dotenv(std::string_view text, std::string_view file_name) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    Pairs out;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        std::string_view line = trim(text.substr(0, end));
        text = end == text.npos ? std::string_view() : text.substr(end + 1);
        const auto refused = [&](std::string rule) {
            return fail(Code::bad_request, "invalid-setting",
                        std::string(file_name) + ", line " + std::to_string(number) + ": " + std::move(rule));
        };
        if (number > lines_max) return refused("there are more than " + std::to_string(lines_max) + " lines");
        if (line.empty() || line[0] == '#') continue;
        if (line.starts_with("export ") || line.starts_with("export\t")) line = trim(line.substr(7));
        const auto equals = line.find('=');
        const std::string_view name = trim(line.substr(0, equals));
        if (equals == line.npos || !is_name(name)) return refused("must be NAME=value");
        std::string value;
        if (!read_value(line.substr(equals + 1), value))
            return refused(std::string(name) + " has a quote that does not end, or text behind it");
        if (value.find('\0') != value.npos) return refused(std::string(name) + " holds a NUL byte");
        for (const auto& [known, unused] : out)
            if (known == name) return refused(std::string(name) + " is set twice; keep one");
        out.emplace_back(name, std::move(value));
    }
    return out;
}

}  // namespace lares::config
