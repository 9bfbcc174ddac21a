#include "gateway/foreign.h"

#include <boost/json/parse.hpp>

#include "base/text.h"

namespace lares::gateway {

namespace bj = boost::json;

namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// The code unit of \uXXXX at `at`, or -1.
int unit_at(std::string_view text, std::size_t at) {
    if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
    int unit = 0;
    for (std::size_t i = 2; i < 6; ++i) {
        const int digit = hex_digit(text[at + i]);
        if (digit < 0) return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

// Escaped surrogates without their other half, which some servers send when a code point falls between two
// tokens, written as the bytes that would encode them: the other half may come in the next piece.
std::string open_surrogates(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == '\\' && at + 1 < text.size() && text[at + 1] != 'u') {
            out.append(text.substr(at, 2));
            at += 2;
            continue;
        }
        const int unit = unit_at(text, at);
        const bool high = unit >= 0xd800 && unit < 0xdc00, low = unit >= 0xdc00 && unit < 0xe000;
        const int next = high ? unit_at(text, at + 6) : -1;
        if (high && next >= 0xdc00 && next < 0xe000) {
            out.append(text.substr(at, 12));
            at += 12;
        } else if (high || low) {
            out += static_cast<char>(0xe0 | (unit >> 12));
            out += static_cast<char>(0x80 | ((unit >> 6) & 0x3f));
            out += static_cast<char>(0x80 | (unit & 0x3f));
            at += 6;
        } else {
            out += text[at++];
        }
    }
    return out;
}

bool is_high(std::string_view text) {
    return text.size() >= 3 && text[0] == '\xed' && (static_cast<unsigned char>(text[1]) & 0xf0) == 0xa0;
}
bool is_low(std::string_view text) {
    return text.size() >= 3 && text[0] == '\xed' && (static_cast<unsigned char>(text[1]) & 0xf0) == 0xb0;
}
int unit_of(std::string_view text) {
    return 0xd000 | (static_cast<unsigned char>(text[1]) & 0x3f) << 6 |
           (static_cast<unsigned char>(text[2]) & 0x3f);
}

// How many bytes the code point that begins with this byte has; 0: none begins so.
std::size_t length_of(char first) {
    const auto byte = static_cast<unsigned char>(first);
    if (byte < 0x80) return 1;
    if (byte >= 0xc2 && byte < 0xe0) return 2;
    if (byte >= 0xe0 && byte < 0xf0) return 3;
    return byte >= 0xf0 && byte < 0xf5 ? 4 : 0;
}

bool may_go_on(std::string_view text) {
    if (is_high(text) && text.size() < 6) return text.size() == 3 || text[3] == '\xed';
    const std::size_t length = length_of(text[0]);
    if (text.size() >= length) return false;
    for (const char c : text.substr(1))
        if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) return false;
    return true;
}

}  // namespace

std::optional<bj::value> parse_foreign(std::string_view text, const bj::storage_ptr& memory) {
    bj::parse_options options;
    options.max_depth = 64;
    options.allow_invalid_utf8 = true;
    bj::error_code error;
    auto value = bj::parse(text, error, memory, options);
    if (error && text.find("\\u") != text.npos)
        value = bj::parse(open_surrogates(text), error, memory, options);
    if (error) return std::nullopt;
    return value;
}

const bj::object* object_at(const bj::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value ? value->if_object() : nullptr;
}

const bj::array* array_at(const bj::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value ? value->if_array() : nullptr;
}

std::string_view text_at(const bj::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

std::uint32_t count_at(const bj::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (!value || !value->is_number()) return 0;
    bj::error_code error;
    const auto number = value->to_number<std::int64_t>(error);
    return error || number < 0 || number > UINT32_MAX ? 0 : static_cast<std::uint32_t>(number);
}

bool has_count(const bj::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value && value->is_number();
}

std::string Utf8Joiner::add(std::string_view piece) {
    if (held_.empty() && is_utf8(piece)) return std::string(piece);
    std::string text = std::exchange(held_, {});
    text += piece;
    std::string out;
    for (std::string_view left = text; !left.empty();) {
        const std::size_t good = utf8_valid_prefix(left);
        out.append(left.substr(0, good));
        left.remove_prefix(good);
        if (left.empty()) break;
        if (may_go_on(left)) {
            held_ = left;
            break;
        }
        if (is_high(left) && left.size() >= 6 && is_low(left.substr(3))) {
            const int code = 0x10000 + ((unit_of(left) - 0xd800) << 10) + (unit_of(left.substr(3)) - 0xdc00);
            out += static_cast<char>(0xf0 | code >> 18);
            out += static_cast<char>(0x80 | ((code >> 12) & 0x3f));
            out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
            out += static_cast<char>(0x80 | (code & 0x3f));
            left.remove_prefix(6);
            continue;
        }
        out += replacement;
        left.remove_prefix(is_high(left) || is_low(left) ? 3 : 1);
    }
    return out;
}

std::string Utf8Joiner::rest() {
    return std::exchange(held_, {}).empty() ? std::string() : std::string(replacement);
}

void set_source(Part& part, std::string_view url) {
    constexpr std::string_view scheme = "data:", base64 = ";base64,";
    const auto comma = url.find(base64);
    if (url.starts_with(scheme) && comma != url.npos) {
        part.media_type = url.substr(scheme.size(), comma - scheme.size());
        part.data = url.substr(comma + base64.size());
    } else {
        part.url = url;
    }
}

std::string source_url(const Part& part) {
    return part.data.empty() ? part.url : "data:" + part.media_type + ";base64," + part.data;
}

bool is_stored(const Part& part) {
    return part.data.empty() && !part.url.empty() && part.url.find(':') == part.url.npos;
}

void add_extras(bj::object& base, std::string_view extras) {
    if (extras.empty()) return;
    if (const auto value = parse_foreign(extras); value && value->is_object())
        for (const auto& [key, member] : value->get_object()) base.emplace(key, member);
}

bj::value value_of(std::string_view json) {
    auto value = parse_foreign(json);
    return value ? std::move(*value) : bj::value(bj::object());
}

Service service_of(std::string_view tier) {
    return tier == "flex" ? Service::flex : tier == "priority" ? Service::priority : Service::standard;
}

std::string plain_text(const std::vector<Part>& parts) {
    std::string out;
    for (const auto& part : parts)
        if (part.kind == PartKind::text) out += part.text;
    return out;
}

}  // namespace lares::gateway
