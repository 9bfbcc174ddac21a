#pragma once
// Which names we answer to, and which pages may call us: against DNS rebinding, cross-site requests and
// cross-site sockets.
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/head.h"

namespace lares::http {

// "host[:port]" of a Host header or URL, parsed strictly.
struct Authority {
    std::string host;  // lower case; IPv6 without brackets
    std::string port;  // "" when absent
    bool is_address = false;
};
Result<Authority> parse_authority(std::string_view text);

// "localhost", 127.0.0.0/8 or ::1, with or without a port.
bool names_this_machine(std::string_view host);

class OriginRules {
public:
    struct Settings {
        std::string public_url{};
        std::vector<std::string> hosts{};
        std::vector<std::string> origins{};
        std::vector<std::string> session_cookies{};
    };
    static Result<OriginRules> make(Settings settings);

    // Error 421 "misdirected-request" for a name that is not ours. `local` is the address that the
    // connection came to: an IP literal is accepted when it is that one (rebinding needs a name).
    Result<void> check_host(std::string_view host, std::string_view local) const;

    struct Verdict {
        bool cross_origin_allowed = false;  // Origin is foreign and on the list: CORS headers are due
    };
    // Error 403 "cross-site" for a request that changes something (or opens a socket) and is not shown to
    // come from our own page, from a page on the list, or from no browser at all.
    Result<Verdict> check_origin(const RequestHead& head, bool changes_state) const;

    bool https_public() const { return https_public_; }

private:
    bool same_origin(std::string_view origin, const RequestHead& head) const;
    bool carries_session(const RequestHead& head) const;

    Settings settings_;
    std::string public_origin_;  // "" when none is set
    std::string public_host_;
    bool https_public_ = false;
};

}  // namespace lares::http
