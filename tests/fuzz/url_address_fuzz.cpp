// Any text as a URL, a Location, an address, a network, a rule: what is accepted reads again as the same, and
// no spelling of a host becomes an address that the resolver would see differently.
#include <cstdint>
#include <cstdlib>

#include <netdb.h>

#include "net/policy.h"

namespace {

using namespace lares::net;

void check(const Url& url) {
    const auto again = Url::parse(url.text());
    if (!again || again->text() != url.text() || again->origin() != url.origin()) std::abort();
    if (url.target.empty() || url.target[0] != '/' || url.port == 0) std::abort();
    if (url.host.find_first_of("/@\\?# \r\n%[]") != std::string::npos) std::abort();
    if (url.literal) return;
    // A name must not be one that the system takes for an address.
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST;
    addrinfo* found = nullptr;
    if (getaddrinfo(url.host.c_str(), nullptr, &hints, &found) == 0) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto url = Url::parse(text)) check(*url);
    static const Url base = Url::parse("https://base.test:8443/a/b?c").value();
    if (const auto url = base.resolve(text)) check(*url);
    if (const auto host = Url::parse("http://" + std::string(text) + "/")) check(*host);
    if (const auto address = Address::parse(text)) {
        if (Address::parse(address->text()) != address) std::abort();
        classify(*address);
    }
    if (const auto network = Network::parse(text)) {
        if (!network->contains(network->base)) std::abort();
    }
    if (size >= 16) {
        Address address{.v6 = true};
        std::copy_n(data, 16, address.bytes.begin());
        const auto again = Address::parse(address.text());
        if (!again || *again != address) std::abort();
        classify(address);
    }
    if (const auto policy = Policy::parse({std::string(text)})) policy->permits(base, Address{});
    return 0;
}
