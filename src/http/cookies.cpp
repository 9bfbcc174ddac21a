#include "http/cookies.h"

#include <cassert>

#include "base/text.h"

namespace lares::http {

namespace {

bool is_cookie_octet(unsigned char c) {
    return c == 0x21 || (c >= 0x23 && c <= 0x2b) || (c >= 0x2d && c <= 0x3a) || (c >= 0x3c && c <= 0x5b) ||
           (c >= 0x5d && c <= 0x7e);
}

[[maybe_unused]] bool is_token(std::string_view text) {
    constexpr std::string_view extra = "!#$%&'*+-.^_`|~";
    for (const unsigned char c : text)
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              extra.find(static_cast<char>(c)) != extra.npos))
            return false;
    return !text.empty();
}

bool is_value(std::string_view text) {
    for (const unsigned char c : text)
        if (!is_cookie_octet(c)) return false;
    return true;
}

}  // namespace

std::optional<std::string_view> find_cookie(std::string_view header, std::string_view name) {
    while (!header.empty()) {
        const auto end = header.find(';');
        const std::string_view pair = trim(header.substr(0, end));
        header = end == header.npos ? std::string_view{} : header.substr(end + 1);
        const auto equals = pair.find('=');
        if (equals == pair.npos || pair.substr(0, equals) != name) continue;
        std::string_view value = pair.substr(equals + 1);
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
            value = value.substr(1, value.size() - 2);
        if (is_value(value)) return value;
    }
    return std::nullopt;
}

std::string to_set_cookie(const Cookie& cookie) {
    assert(is_token(cookie.name) && is_value(cookie.value) &&
           cookie.path.find_first_of(";\r\n") == std::string::npos);
    std::string out = cookie.name + '=' + cookie.value + "; Path=" + cookie.path;
    if (cookie.max_age_s >= 0) out += "; Max-Age=" + std::to_string(cookie.max_age_s);
    if (cookie.http_only) out += "; HttpOnly";
    if (cookie.secure) out += "; Secure";
    switch (cookie.same_site) {
        case Cookie::SameSite::strict:
            out += "; SameSite=Strict";
            break;
        case Cookie::SameSite::lax:
            out += "; SameSite=Lax";
            break;
        case Cookie::SameSite::none:
            out += "; SameSite=None";
            break;
    }
    return out;
}

}  // namespace lares::http
