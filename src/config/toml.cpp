#include "config/toml.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace lares::config {
namespace {

constexpr std::size_t array_items_max = 1000;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_bare(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '-';
}

void append_utf8(std::string& out, std::uint32_t c) {
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xc0 | c >> 6);
        out += static_cast<char>(0x80 | (c & 63));
    } else if (c < 0x10000) {
        out += static_cast<char>(0xe0 | c >> 12);
        out += static_cast<char>(0x80 | (c >> 6 & 63));
        out += static_cast<char>(0x80 | (c & 63));
    } else {
        out += static_cast<char>(0xf0 | c >> 18);
        out += static_cast<char>(0x80 | (c >> 12 & 63));
        out += static_cast<char>(0x80 | (c >> 6 & 63));
        out += static_cast<char>(0x80 | (c & 63));
    }
}

// Reads from the front of `rest`. Each function answers false after it has set `rule`.
class Parser {
public:
    explicit Parser(std::string_view text) : rest_(text) {}

    std::size_t line = 1;
    std::string rule;

    // Spaces, and with `lines` also line ends and comments. False: a control character, no UTF-8.
    bool skip(bool lines) {
        while (!rest_.empty()) {
            const char c = rest_.front();
            if (c == ' ' || c == '\t') {
                rest_.remove_prefix(1);
            } else if (lines && (c == '\n' || rest_.starts_with("\r\n"))) {
                rest_.remove_prefix(c == '\n' ? 1 : 2);
                ++line;
            } else if (lines && c == '#') {
                const std::string_view comment = rest_.substr(0, rest_.find('\n'));
                if (!check_text(comment)) return false;
                rest_.remove_prefix(comment.size());
            } else {
                return true;
            }
        }
        return true;
    }

    bool at_end() const { return rest_.empty(); }

    // Behind a value: a comment, a line end, or the end.
    bool end_of_line() {
        if (!skip(false)) return false;
        if (rest_.empty() || rest_.front() == '\n' || rest_.starts_with("\r\n") || rest_.front() == '#')
            return true;
        return refuse("something follows the value");
    }

    bool key(std::string& out) {
        if (take('[')) return refuse("settings stand without [tables]");
        while (!rest_.empty() && is_bare(rest_.front())) {
            out += rest_.front();
            rest_.remove_prefix(1);
        }
        if (!skip(false)) return false;
        if (out.empty() || !take('=')) return refuse("must be name = value");
        return skip(false);
    }

    // A scalar, or an array joined by commas.
    bool value(std::string& out) {
        if (!take('[')) return scalar(out);
        for (std::size_t count = 0;; ++count) {
            if (!skip(true)) return false;
            if (take(']')) return true;
            if (count == array_items_max)
                return refuse("has more than " + std::to_string(array_items_max) + " items");
            std::string item;
            if (!scalar(item)) return false;
            if (item.find(',') != item.npos) return refuse("an item holds a comma");
            out.append(count > 0 ? "," : "").append(item);
            if (!skip(true)) return false;
            if (take(',')) continue;
            if (take(']')) return true;
            return refuse("a list must end with ]");
        }
    }

private:
    bool refuse(std::string why) {
        rule = std::move(why);
        return false;
    }

    bool take(char c) {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }

    bool check_text(std::string_view text) {
        const auto control = [](char c) {
            return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r') || c == 0x7f;
        };
        if (is_utf8(text) && std::ranges::none_of(text, control)) return true;
        return refuse("holds a control character, or is not UTF-8");
    }

    bool scalar(std::string& out) {
        if (rest_.starts_with("\"\"\"") || rest_.starts_with("'''"))
            return refuse("text must stand on one line");
        if (take('\'')) return literal(out);
        if (take('"')) return basic(out);
        const auto end = std::ranges::find_if_not(
            rest_, [](char c) { return is_bare(c) || c == '+' || c == '.' || c == ':'; });
        const std::string_view word = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        rest_.remove_prefix(word.size());
        if (word == "true" || word == "false") {
            out = word;
            return true;
        }
        return integer(word, out) ||
               refuse("must be text in quotes, an integer, true or false, or a list of these");
    }

    // Decimal, with single underscores between digits and no leading zero.
    static bool integer(std::string_view word, std::string& out) {
        std::string_view digits = word;
        if (digits.starts_with('-')) out += '-';
        if (digits.starts_with('-') || digits.starts_with('+')) digits.remove_prefix(1);
        if (digits.empty() || !is_digit(digits.front()) || !is_digit(digits.back())) return false;
        if (digits.size() > 1 && digits.front() == '0') return false;
        for (std::size_t i = 0; i < digits.size(); ++i) {
            if (digits[i] == '_' && digits[i - 1] == '_') return false;
            if (digits[i] != '_' && !is_digit(digits[i])) return false;
            if (digits[i] != '_') out += digits[i];
        }
        return true;
    }

    bool literal(std::string& out) {
        const auto end = rest_.find_first_of("'\n");
        if (end == rest_.npos || rest_[end] == '\n') return refuse("a quote does not end");
        out = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        return check_text(out);
    }

    bool basic(std::string& out) {
        for (;;) {
            if (rest_.empty() || rest_.front() == '\n') return refuse("a quote does not end");
            const char c = rest_.front();
            rest_.remove_prefix(1);
            if (c == '"') return check_text(out);
            if (c != '\\')
                out += c;
            else if (!escape(out))
                return refuse("an escape is unknown");
        }
    }

    bool escape(std::string& out) {
        if (rest_.empty()) return false;
        const char c = rest_.front();
        rest_.remove_prefix(1);
        if (c == 'u' || c == 'U') {
            const std::size_t length = c == 'u' ? 4 : 8;
            const auto raw = rest_.size() < length ? std::nullopt : from_hex(rest_.substr(0, length));
            if (!raw) return false;
            rest_.remove_prefix(length);
            std::uint32_t code = 0;
            for (char byte : *raw) code = code << 8 | static_cast<unsigned char>(byte);
            if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return false;
            append_utf8(out, code);
            return true;
        }
        constexpr std::string_view names = "\"\\tnrbf";
        constexpr std::string_view values = "\"\\\t\n\r\b\f";
        const auto at = names.find(c);
        if (at == names.npos) return false;
        out += values[at];
        return true;
    }

    std::string_view rest_;
};

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return out;
}

}  // namespace

Result<Pairs> parse_toml(std::string_view text, std::string_view file_name) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    Parser parser(text);
    Pairs out;
    for (;;) {
        std::string key, value;
        if (!parser.skip(true)) break;
        if (parser.at_end()) return out;
        if (!parser.key(key) || !parser.value(value) || !parser.end_of_line()) break;
        std::string name = upper(key);
        if (std::ranges::any_of(out, [&](const auto& pair) { return pair.first == name; })) {
            parser.rule = name + " is set twice; keep one";
            break;
        }
        out.emplace_back(std::move(name), std::move(value));
    }
    return fail(Code::bad_request, "invalid-setting",
                std::string(file_name) + ", line " + std::to_string(parser.line) + ": " + parser.rule);
}

}  // namespace lares::config
