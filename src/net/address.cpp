#include "net/address.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>

namespace lares::net {

namespace {

struct Range {
    std::string_view network;
    AddressClass kind;
};

// The first that contains the address decides. IANA's special-purpose registries, and the metadata addresses
// of clouds.
constexpr Range ranges_v4[] = {
    {"169.254.169.254/32", AddressClass::metadata},  {"169.254.170.2/32", AddressClass::metadata},
    {"100.100.100.200/32", AddressClass::metadata},  {"168.63.129.16/32", AddressClass::metadata},
    {"0.0.0.0/8", AddressClass::unspecified},        {"10.0.0.0/8", AddressClass::private_use},
    {"100.64.0.0/10", AddressClass::shared},         {"127.0.0.0/8", AddressClass::loopback},
    {"169.254.0.0/16", AddressClass::link_local},    {"172.16.0.0/12", AddressClass::private_use},
    {"192.0.0.0/24", AddressClass::reserved},        {"192.0.2.0/24", AddressClass::documentation},
    {"192.88.99.0/24", AddressClass::transition},    {"192.168.0.0/16", AddressClass::private_use},
    {"198.18.0.0/15", AddressClass::documentation},  {"198.51.100.0/24", AddressClass::documentation},
    {"203.0.113.0/24", AddressClass::documentation}, {"224.0.0.0/4", AddressClass::multicast},
    {"240.0.0.0/4", AddressClass::reserved},
};
constexpr Range ranges_v6[] = {
    {"fd00:ec2::254/128", AddressClass::metadata}, {"::/128", AddressClass::unspecified},
    {"::1/128", AddressClass::loopback},           {"::/96", AddressClass::transition},
    {"64:ff9b:1::/48", AddressClass::private_use}, {"100::/64", AddressClass::reserved},
    {"2001::/32", AddressClass::transition},       {"2001:db8::/32", AddressClass::documentation},
    {"2001::/23", AddressClass::reserved},         {"2002::/16", AddressClass::transition},
    {"3fff::/20", AddressClass::documentation},    {"fc00::/7", AddressClass::private_use},
    {"fe80::/10", AddressClass::link_local},       {"fec0::/10", AddressClass::private_use},
    {"ff00::/8", AddressClass::multicast},
};

constexpr std::string_view names[] = {"global",        "unspecified", "loopback",  "private",
                                      "link-local",    "shared",      "multicast", "metadata",
                                      "documentation", "transition",  "reserved"};

Address v4_of(const std::uint8_t* bytes) {
    Address address;
    std::copy_n(bytes, 4, address.bytes.begin());
    return address;
}

bool starts_with(const Address& address, std::initializer_list<std::uint8_t> prefix) {
    return std::equal(prefix.begin(), prefix.end(), address.bytes.begin());
}

// The IPv4 address that packets to this IPv6 address would reach.
std::optional<Address> embedded_v4(const Address& address) {
    if (!address.v6) return std::nullopt;
    const bool mapped = starts_with(address, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff});
    const bool nat64 = starts_with(address, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0});
    if (mapped || nat64) return v4_of(address.bytes.data() + 12);
    return std::nullopt;
}

// An interface id of 0:5efe or 200:5efe and an IPv4 address, under any prefix.
bool is_isatap(const Address& address) {
    return (address.bytes[8] & 0xfd) == 0 && address.bytes[9] == 0 && address.bytes[10] == 0x5e &&
           address.bytes[11] == 0xfe;
}

template <std::size_t N>
std::optional<AddressClass> find_range(const Range (&ranges)[N], const Address& address) {
    static const auto networks = [&] {
        std::array<Network, N> parsed;
        for (std::size_t i = 0; i < N; ++i) parsed[i] = Network::parse(ranges[i].network).value();
        return parsed;
    }();
    for (std::size_t i = 0; i < N; ++i) {
        if (networks[i].contains(address)) return ranges[i].kind;
    }
    return std::nullopt;
}

bool is_canonical_v4(std::string_view text) {
    std::size_t digits = 0;
    char first = 0;
    for (char c : text) {
        if (c == '.') {
            digits = 0;
            continue;
        }
        if (c < '0' || c > '9' || (digits == 1 && first == '0')) return false;
        if (digits++ == 0) first = c;
    }
    return true;
}

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
    if (text.empty() || text.size() > INET6_ADDRSTRLEN) return std::nullopt;
    const std::string copy(text);
    Address address;
    if (text.find(':') != std::string_view::npos) {
        address.v6 = true;
        if (inet_pton(AF_INET6, copy.c_str(), address.bytes.data()) != 1) return std::nullopt;
        return address;
    }
    if (!is_canonical_v4(text) || inet_pton(AF_INET, copy.c_str(), address.bytes.data()) != 1)
        return std::nullopt;
    return address;
}

std::string Address::text() const {
    char buffer[INET6_ADDRSTRLEN];
    inet_ntop(v6 ? AF_INET6 : AF_INET, bytes.data(), buffer, sizeof buffer);
    return zone == 0 ? buffer : std::string(buffer) + "%" + std::to_string(zone);
}

std::string_view to_text(AddressClass kind) {
    return names[static_cast<std::size_t>(kind)];
}

AddressClass classify(const Address& address) {
    if (const auto inner = embedded_v4(address)) return classify(*inner);
    if (!address.v6) return find_range(ranges_v4, address).value_or(AddressClass::global);
    if (address.zone != 0) return AddressClass::link_local;
    if (const auto kind = find_range(ranges_v6, address)) return *kind;
    if (is_isatap(address)) return AddressClass::transition;
    return (address.bytes[0] & 0xe0) == 0x20 ? AddressClass::global : AddressClass::reserved;
}

std::optional<Network> Network::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto base = Address::parse(text.substr(0, slash));
    if (!base) return std::nullopt;
    const unsigned widest = base->v6 ? 128 : 32;
    Network network{*base, widest};
    if (slash == std::string_view::npos) return network;
    const std::string_view bits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(bits.data(), bits.data() + bits.size(), network.bits);
    if (bits.empty() || error != std::errc() || end != bits.data() + bits.size() || network.bits > widest) {
        return std::nullopt;
    }
    return network;
}

bool Network::contains(const Address& address) const {
    if (base.v6 != address.v6) {
        const auto inner = embedded_v4(address);
        return inner && !base.v6 && contains(*inner);
    }
    const std::size_t whole = bits / 8;
    if (std::memcmp(base.bytes.data(), address.bytes.data(), whole) != 0) return false;
    if (bits % 8 == 0) return true;
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - bits % 8));
    return ((base.bytes[whole] ^ address.bytes[whole]) & mask) == 0;
}

}  // namespace lares::net
