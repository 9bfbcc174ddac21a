#include "json/write.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "base/text.h"

namespace lares::json {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD

// The text with every invalid byte replaced.
std::string repaired(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t good = utf8_valid_prefix(text);
        out.append(text.substr(0, good));
        text.remove_prefix(good);
        if (text.empty()) break;
        out += replacement;
        text.remove_prefix(1);
    }
    return out;
}

void append_escape(std::string& out, char c) {
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            out.append("\\u00").append(to_hex(std::string_view(&c, 1)));
    }
}

template <class T>
void append_digits(std::string& out, T number) {
    char buffer[24];
    out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr);
}

// Whether none of eight bytes is a control character, a quote or a backslash.
bool needs_no_escape(const char* text) {
    std::uint64_t bytes;
    std::memcpy(&bytes, text, sizeof bytes);
    constexpr std::uint64_t ones = 0x0101010101010101, highs = ones * 0x80;
    const auto zero_byte = [](std::uint64_t x) { return (x - ones) & ~x & highs; };
    const std::uint64_t controls = (bytes - ones * 0x20) & ~bytes & highs;
    return (controls | zero_byte(bytes ^ ones * '"') | zero_byte(bytes ^ ones * '\\')) == 0;
}

// ASCII without anything to escape: most text.
bool is_plain(std::string_view text) {
    std::size_t i = 0;
    for (; i + 8 <= text.size(); i += 8) {
        std::uint64_t bytes;
        std::memcpy(&bytes, text.data() + i, sizeof bytes);
        if ((bytes & 0x8080808080808080) != 0 || !needs_no_escape(text.data() + i)) return false;
    }
    for (; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') return false;
    }
    return true;
}

}  // namespace

void append_integer(std::string& out, std::int64_t number) {
    append_digits(out, number);
}
void append_integer(std::string& out, std::uint64_t number) {
    append_digits(out, number);
}

void append_quoted(std::string& out, std::string_view text) {
    if (is_plain(text)) {
        out.append(1, '"').append(text).append(1, '"');
        return;
    }
    std::string fixed;
    if (!is_utf8(text)) text = fixed = repaired(text);
    out += '"';
    std::size_t copied = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        while (i + 8 <= text.size() && needs_no_escape(text.data() + i)) i += 8;
        if (i == text.size()) break;
        const char c = text[i];
        if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') continue;
        out.append(text.substr(copied, i - copied));
        append_escape(out, c);
        copied = i + 1;
    }
    out.append(text.substr(copied)).append(1, '"');
}

void append_number(std::string& out, double number) {
    if (!std::isfinite(number)) {
        out += "null";
        return;
    }
    if (number == 0 && std::signbit(number)) {
        out += "-0.0";  // "-0" would be read as an integer and lose its sign
        return;
    }
    char buffer[32];
    out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr);
}

void append_value(std::string& out, const boost::json::value& value) {
    switch (value.kind()) {
        case boost::json::kind::object: {
            out += '{';
            bool first = true;
            for (const auto& [key, element] : value.get_object()) {
                if (!std::exchange(first, false)) out += ',';
                append_quoted(out, {key.data(), key.size()});
                out += ':';
                append_value(out, element);
            }
            out += '}';
            return;
        }
        case boost::json::kind::array: {
            out += '[';
            bool first = true;
            for (const auto& element : value.get_array()) {
                if (!std::exchange(first, false)) out += ',';
                append_value(out, element);
            }
            out += ']';
            return;
        }
        case boost::json::kind::string:
            append_quoted(out, {value.get_string().data(), value.get_string().size()});
            return;
        case boost::json::kind::double_:
            append_number(out, value.get_double());
            return;
        case boost::json::kind::int64:
            append_integer(out, value.get_int64());
            return;
        case boost::json::kind::uint64:
            append_integer(out, value.get_uint64());
            return;
        case boost::json::kind::bool_:
            out += value.get_bool() ? "true" : "false";
            return;
        case boost::json::kind::null:
            out += "null";
            return;
    }
}

std::string write(const boost::json::value& value) {
    std::string out;
    append_value(out, value);
    return out;
}

boost::json::value text_value(std::string_view text) {
    return boost::json::string(is_utf8(text) ? std::string(text) : repaired(text));
}

boost::json::value number_value(double number) {
    if (!std::isfinite(number)) return nullptr;
    return number;
}

}  // namespace lares::json
