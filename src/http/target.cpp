#include "http/target.h"

#include "base/text.h"

namespace lares::http {

namespace {

tl::unexpected<Error> refuse(const char* why) {
    return fail(Code::bad_request, "invalid-target", std::string("The address of this request ") + why + ".");
}

int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

constexpr std::string_view api = "/api/";
constexpr std::string_view version = "/api/v1/";

// The path as it stands behind the authority, up to '?'.
Result<void> decode_path(std::string_view raw, std::string& out) {
    out.clear();
    bool plain = true;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        char c = raw[i];
        if (c == '%') {
            if (i + 2 >= raw.size() || hex(raw[i + 1]) < 0 || hex(raw[i + 2]) < 0)
                return refuse("holds a broken % sequence");
            c = static_cast<char>(hex(raw[i + 1]) * 16 + hex(raw[i + 2]));
            if (c == '/' || c == '\\' || c == '.' || c == '%' || c == ';')
                return refuse("holds an encoded / \\ . % or ;");
            i += 2;
        } else if (c == '\\' || c == ';' || c == '#') {
            return refuse("holds a \\ ; or #");
        } else if (static_cast<unsigned char>(c) >= 0x80) {
            return refuse("holds a byte that must be percent-encoded");
        }
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return refuse("holds a control character");
        plain = plain && static_cast<unsigned char>(c) < 0x80;
        out += c;
    }
    if (!plain && !is_utf8(out)) return refuse("is not valid UTF-8");
    for (std::size_t i = 0; i < out.size();) {
        const std::size_t end = std::min(out.find('/', i + 1), out.size());
        const std::string_view segment = std::string_view(out).substr(i + 1, end - i - 1);
        if (segment == "." || segment == "..") return refuse("holds a dot segment");
        if (segment.empty() && end < out.size()) return refuse("holds an empty segment");
        i = end;
    }
    return {};
}

}  // namespace

Result<void> parse_target(std::string_view text, Target& out) {
    out.query = {};
    out.authority = {};
    out.absolute = false;
    out.https = false;
    if (text == "*") {
        out.path = "*";
        return {};
    }
    if (!text.starts_with('/')) {
        const bool http = text.size() > 7 && equal_ignoring_case(text.substr(0, 7), "http://");
        const bool https = text.size() > 8 && equal_ignoring_case(text.substr(0, 8), "https://");
        if (!http && !https) return refuse("is neither a path nor an http URL");
        out.absolute = true;
        out.https = https;
        text.remove_prefix(https ? 8 : 7);
        const auto end = text.find_first_of("/?#");
        out.authority = text.substr(0, end);
        text = end == text.npos ? std::string_view("/") : text.substr(end);
        if (!text.starts_with('/')) return refuse("has no path");
    }
    if (const auto question = text.find('?'); question != text.npos) {
        out.query = text.substr(question + 1);
        text = text.substr(0, question);
    }
    LARES_CHECK(decode_path(text, out.path));
    if (out.path.starts_with(api) && !out.path.starts_with(version) && out.path != "/api/v1")
        out.path.insert(api.size(), "v1/");
    return {};
}

std::string decode_query(std::string_view text, bool& ok) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            out += ' ';
        } else if (text[i] != '%') {
            out += text[i];
        } else if (i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
            out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
            i += 2;
        } else {
            ok = false;
            return out;
        }
    }
    return out;
}

}  // namespace lares::http
