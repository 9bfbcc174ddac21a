#include "net/url.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace lares::net {

namespace {

tl::unexpected<Error> invalid(std::string rule) {
    return fail(Code::bad_request, "invalid-url", "The URL cannot be used: " + rule + ".", "url");
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_host_character(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
}

// Every label 1 to 63 of the characters that names have, no hyphen at its ends.
bool is_host_name(std::string_view host) {
    if (host.empty() || host.size() > 253) return false;
    while (true) {
        const std::size_t dot = host.find('.');
        const std::string_view label = host.substr(0, dot);
        if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
        if (!std::all_of(label.begin(), label.end(), is_host_character)) return false;
        if (dot == std::string_view::npos) return true;
        host.remove_prefix(dot + 1);
    }
}

// Resolvers read "127.1", "0x7f.1" or "2130706433" as addresses: a name whose last label starts like a number
// is none.
bool looks_like_a_number(std::string_view host) {
    const std::size_t dot = host.rfind('.');
    const std::string_view last = dot == std::string_view::npos ? host : host.substr(dot + 1);
    return !last.empty() && is_digit(last.front()) &&
           (std::all_of(last.begin(), last.end(), is_digit) || last.starts_with("0x"));
}

Result<void> read_host(std::string_view text, Url& url) {
    if (text.starts_with('[')) {
        if (!text.ends_with(']')) return invalid("the host's bracket does not end");
        url.literal = Address::parse(text.substr(1, text.size() - 2));
        if (!url.literal || !url.literal->v6) return invalid("the host in brackets is not an IPv6 address");
        url.host = url.literal->text();
        return {};
    }
    url.host = to_lower_ascii(text);
    if (url.host.ends_with('.')) url.host.pop_back();
    if (!is_host_name(url.host)) return invalid("the host is not a name or an address");
    if (!looks_like_a_number(url.host)) return {};
    url.literal = Address::parse(url.host);
    if (!url.literal || text.ends_with('.'))
        return invalid("an IPv4 address must be written as four decimal numbers");
    return {};
}

Result<void> read_port(std::string_view text, Url& url) {
    unsigned port = 0;
    if (text.empty() || text.size() > 5) return invalid("the port must be 1 to 65535");
    for (char c : text) {
        if (!is_digit(c)) return invalid("the port must be 1 to 65535");
        port = port * 10 + static_cast<unsigned>(c - '0');
    }
    if (port == 0 || port > 65535) return invalid("the port must be 1 to 65535");
    url.port = static_cast<std::uint16_t>(port);
    return {};
}

Result<void> read_authority(std::string_view authority, Url& url) {
    if (authority.empty()) return invalid("there is no host");
    if (authority.find('@') != std::string_view::npos)
        return invalid("it must not hold a user name or a password");
    const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
    if (bracket == std::string_view::npos) return invalid("the host's bracket does not end");
    const std::size_t colon = authority.find(':', bracket);
    LARES_CHECK(read_host(authority.substr(0, colon), url));
    url.port = url.tls ? 443 : 80;
    return colon == std::string_view::npos ? Result<void>() : read_port(authority.substr(colon + 1), url);
}

Result<void> check_characters(std::string_view text) {
    if (text.size() > url_bytes_max) return invalid("it has more than 8192 characters");
    for (char c : text) {
        if (c <= 0x20 || c == 0x7f || static_cast<unsigned char>(c) >= 0x80) {
            return invalid(
                "it must be printable ASCII without spaces; international names need their xn-- form");
        }
        if (c == '\\') return invalid("it must not hold a backslash");
    }
    return {};
}

// RFC 3986, 5.2.4, of a path that starts with "/".
std::string without_dot_segments(std::string_view path) {
    std::vector<std::string_view> kept;
    while (!path.empty()) {
        path.remove_prefix(1);  // "/"
        const std::size_t slash = path.find('/');
        const std::string_view segment = path.substr(0, slash);
        const bool last = slash == std::string_view::npos;
        if (segment == "..") {
            if (!kept.empty()) kept.pop_back();
            if (last) kept.push_back("");
        } else if (segment != "." || last) {
            kept.push_back(segment == "." ? "" : segment);
        }
        path = last ? std::string_view() : path.substr(slash);
    }
    std::string out;
    for (const auto segment : kept) out += "/" + std::string(segment);
    return out.empty() ? "/" : out;
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
    LARES_CHECK(check_characters(text));
    Url url;
    const std::size_t colon = text.find(':');
    const std::string scheme = to_lower_ascii(text.substr(0, colon));
    if (colon == std::string_view::npos || (scheme != "http" && scheme != "https")) {
        return invalid("it must start with http:// or https://");
    }
    url.tls = scheme == "https";
    std::string_view rest = text.substr(colon + 1);
    if (!rest.starts_with("//")) return invalid("it must start with http:// or https://");
    rest.remove_prefix(2);
    const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
    LARES_CHECK(read_authority(rest.substr(0, end), url));
    rest = rest.substr(end);
    rest = rest.substr(0, rest.find('#'));
    url.target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
    return url;
}

Result<Url> Url::resolve(std::string_view location) const {
    LARES_CHECK(check_characters(location));
    const std::size_t special = location.find_first_of(":/?#");
    if (special != std::string_view::npos && location[special] == ':') return parse(location);
    if (location.starts_with("//")) return parse((tls ? "https:" : "http:") + std::string(location));
    Url url = *this;
    location = location.substr(0, location.find('#'));
    if (location.empty()) return url;
    const std::string_view path = std::string_view(target).substr(0, target.find('?'));
    if (location.starts_with('?')) {
        url.target = std::string(path) + std::string(location);
        return url;
    }
    const std::size_t query = std::min(location.find('?'), location.size());
    std::string joined(location.substr(0, query));
    if (!joined.starts_with('/')) joined = std::string(path.substr(0, path.rfind('/') + 1)) + joined;
    url.target = without_dot_segments(joined) + std::string(location.substr(query));
    return url;
}

std::string Url::host_header() const {
    std::string out = literal && literal->v6 ? "[" + host + "]" : host;
    if (port != (tls ? 443 : 80)) out += ":" + std::to_string(port);
    return out;
}

std::string Url::origin() const {
    const std::string name = literal && literal->v6 ? "[" + host + "]" : host;
    return (tls ? "https://" : "http://") + name + ":" + std::to_string(port);
}

std::string Url::text() const {
    return (tls ? "https://" : "http://") + host_header() + target;
}

}  // namespace lares::net
