#pragma once
// The Cookie request header and the Set-Cookie answer header (RFC 6265).
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lares::http {

// Value of the first cookie of that name; a malformed pair is passed over.
std::optional<std::string_view> find_cookie(std::string_view header, std::string_view name);

struct Cookie {
    std::string name;
    std::string value;
    std::string path = "/";
    std::int64_t max_age_s = -1;  // < 0: until the browser closes; 0: deletes it
    bool http_only = true;
    bool secure = false;
    enum class SameSite : std::uint8_t { strict, lax, none } same_site = SameSite::strict;
};

// The header's value. A name or value with bytes that RFC 6265 forbids is our own mistake: asserted.
std::string to_set_cookie(const Cookie& cookie);

}  // namespace lares::http
