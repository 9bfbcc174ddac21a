#pragma once
// URLs that this server calls. Strict on purpose: what two parsers could read in two ways is refused. Pure.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/address.h"

namespace lares::net {

inline constexpr std::size_t url_bytes_max = 8192;

struct Url {
    bool tls = false;                // https
    std::string host;                // lower case, without brackets and without a final dot
    std::optional<Address> literal;  // when the host is an address
    std::uint16_t port = 0;
    std::string target;  // path and query, "/" at least; no fragment

    // Errors: bad_request "invalid-url", field "url", naming the rule: http or https; no user information; a
    // host name of letters, digits, hyphens and dots (international names in their xn-- form), or an address
    // in its one usual form; printable ASCII without spaces and backslashes.
    static Result<Url> parse(std::string_view text);

    // What a redirect's Location means from here.
    Result<Url> resolve(std::string_view location) const;

    std::string host_header() const;  // with brackets, and the port unless it is the scheme's own
    std::string origin() const;       // "https://host:port"
    std::string text() const;
};

}  // namespace lares::net
