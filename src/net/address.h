#pragma once
// IP addresses, and which of them a server may call on behalf of a person. Pure.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lares::net {

struct Address {
    bool v6 = false;
    std::array<std::uint8_t, 16> bytes{};  // network order; the first four of an IPv4 address
    std::uint32_t zone = 0;                // scope id of an IPv6 address; 0: none

    // "192.0.2.1" in four decimal parts without leading zeros, or the text of an IPv6 address without
    // brackets and without a zone. Nothing else: not what inet_aton would guess.
    static std::optional<Address> parse(std::string_view text);
    std::string text() const;
    auto operator<=>(const Address&) const = default;
};

enum class AddressClass : std::uint8_t {
    global,  // the only one that may be called without the operator's word
    unspecified,
    loopback,
    private_use,  // RFC 1918, unique local, site local
    link_local,
    shared,  // carrier-grade NAT
    multicast,
    metadata,       // where clouds hand out credentials
    documentation,  // and benchmarking
    transition,     // 6to4, Teredo, ISATAP, IPv4-compatible: another address in disguise
    reserved
};
std::string_view to_text(AddressClass kind);

// An IPv4 address within an IPv6 one (mapped, NAT64) counts as that IPv4 address.
AddressClass classify(const Address& address);

// "10.0.0.0/8", "fd00::/8", or one address.
struct Network {
    Address base;
    unsigned bits = 0;
    static std::optional<Network> parse(std::string_view text);
    bool contains(const Address& address) const;  // a mapped IPv4 address is in the IPv4 networks
};

}  // namespace lares::net
