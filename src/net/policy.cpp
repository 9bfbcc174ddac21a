#include "net/policy.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace lares::net {

namespace {

constexpr std::uint16_t denied_ports[] = {
    1,    7,    9,    11,   13,   15,   17,   19,   20,   21,    22,    23,    25,   37,   42,   43,
    53,   69,   77,   79,   87,   95,   101,  102,  103,  104,   109,   110,   111,  113,  115,  117,
    119,  123,  135,  137,  139,  143,  161,  179,  389,  427,   465,   512,   513,  514,  515,  526,
    530,  531,  532,  540,  548,  554,  556,  563,  587,  601,   636,   989,   990,  993,  995,  1719,
    1720, 1723, 2049, 2375, 2376, 2379, 2380, 3306, 3659, 4045,  4190,  5060,  5061, 5432, 6000, 6379,
    6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 9042, 10080, 10250, 11211, 27017};
static_assert(std::is_sorted(std::begin(denied_ports), std::end(denied_ports)));

}  // namespace

bool is_denied_port(std::uint16_t port) {
    return std::binary_search(std::begin(denied_ports), std::end(denied_ports), port);
}

std::optional<Policy::Rule> Policy::parse_rule(std::string_view entry) {
    Rule rule;
    if (auto network = Network::parse(entry)) {
        rule.network = *network;
        return rule;
    }
    std::string_view host = entry;
    const std::size_t colon = entry.rfind(':');
    if (colon != std::string_view::npos && entry.substr(colon).find(']') == std::string_view::npos) {
        const std::string_view port = entry.substr(colon + 1);
        const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), rule.port);
        if (port.empty() || error != std::errc() || end != port.data() + port.size() || rule.port == 0) {
            return std::nullopt;
        }
        host = entry.substr(0, colon);
    }
    const bool bracketed = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
    if (auto network = Network::parse(bracketed ? host.substr(1, host.size() - 2) : host)) {
        rule.network = *network;
        return rule;
    }
    const auto url = Url::parse("http://" + std::string(host));  // the same rules for a host as anywhere
    if (!url || url->literal || url->host_header() != to_lower_ascii(host)) return std::nullopt;
    rule.host = url->host;
    return rule;
}

Result<Policy> Policy::parse(const std::vector<std::string>& allow) {
    Policy policy;
    if (allow.size() > rules_max)
        return fail(Code::bad_request, "invalid-allow-list", "more than 256 entries");
    for (const auto& entry : allow) {
        auto rule = parse_rule(trim(entry));
        if (!rule) {
            return fail(Code::bad_request, "invalid-allow-list",
                        "'" + entry + "' is not host, host:port, address:port or network (10.0.0.0/8)");
        }
        policy.rules_.push_back(std::move(*rule));
    }
    return policy;
}

bool Policy::matches_port(const Rule& rule, const Url& url) {
    return rule.port == url.port || (rule.port == 0 && !is_denied_port(url.port));
}

Result<void> Policy::check_port(const Url& url) const {
    if (!is_denied_port(url.port)) return {};
    for (const auto& rule : rules_) {
        const bool host =
            rule.host.empty() ? url.literal && rule.network.contains(*url.literal) : rule.host == url.host;
        if (host && rule.port == url.port) return {};
    }
    return fail(Code::bad_request, "port-not-allowed",
                "The URL cannot be used: port " + std::to_string(url.port) + " belongs to another protocol.",
                "url");
}

bool Policy::permits(const Url& url, const Address& address) const {
    if (classify(address) == AddressClass::global) return true;
    return std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
        if (!matches_port(rule, url)) return false;
        return rule.host.empty() ? rule.network.contains(address) : rule.host == url.host;
    });
}

}  // namespace lares::net
