#pragma once
// Whom this server may call: every global address, and what the operator allowed. Pure; asked in the connect
// step, for the address that is about to be connected.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/address.h"
#include "net/url.h"

namespace lares::net {

class Policy {
public:
    static constexpr std::size_t rules_max = 256;

    // Entries: "localhost:11434", "nas.lan", "192.168.1.0/24", "10.0.0.5:8080", "[fd00::1]:80". Without a
    // port, every port that is not on the deny list. Error: bad_request naming the entry.
    static Result<Policy> parse(const std::vector<std::string>& allow);

    // Ports where another protocol could mistake a request for its own: the Fetch standard's list, and
    // databases.
    Result<void> check_port(const Url& url) const;  // bad_request "port-not-allowed"

    bool permits(const Url& url, const Address& address) const;

private:
    struct Rule {
        std::string host;  // empty: `network` decides
        Network network;
        std::uint16_t port = 0;  // 0: any
    };
    static std::optional<Rule> parse_rule(std::string_view entry);
    static bool matches_port(const Rule& rule, const Url& url);

    std::vector<Rule> rules_;
};

bool is_denied_port(std::uint16_t port);

}  // namespace lares::net
