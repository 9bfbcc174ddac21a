#include "net/resolver.h"

#include <algorithm>
#include <cstring>

#include <boost/asio/steady_timer.hpp>
#include <netdb.h>
#include <netinet/in.h>

namespace lares::net {

namespace {

using Answer = SystemResolver::Answer;

Address address_of(const sockaddr& raw) {
    Address address;
    if (raw.sa_family == AF_INET6) {
        const auto& v6 = reinterpret_cast<const sockaddr_in6&>(raw);
        address.v6 = true;
        std::memcpy(address.bytes.data(), &v6.sin6_addr, 16);
        address.zone = v6.sin6_scope_id;
    } else {
        std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in&>(raw).sin_addr, 4);
    }
    return address;
}

Answer ask_system(const std::string& host) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* found = nullptr;
    const int status = getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (status != 0) {
        Error error{Code::upstream,
                    "name-not-resolved",
                    "The name could not be resolved.",
                    {},
                    gai_strerror(status),
                    {}};
        return fail(std::move(error));
    }
    std::vector<Address> addresses;
    for (const addrinfo* it = found; it; it = it->ai_next) {
        if (it->ai_family != AF_INET && it->ai_family != AF_INET6) continue;
        const Address address = address_of(*it->ai_addr);
        if (std::find(addresses.begin(), addresses.end(), address) == addresses.end())
            addresses.push_back(address);
        if (addresses.size() == SystemResolver::addresses_max) break;
    }
    freeaddrinfo(found);
    return addresses;
}

}  // namespace

SystemResolver::SystemResolver(async::Clock& clock) : SystemResolver(clock, ask_system) {}

SystemResolver::SystemResolver(async::Clock& clock, Lookup lookup)
    : clock_(clock),
      lookup_(lookup),
      pool_({.name = "resolver", .threads = threads, .queue_max = waiting_max}) {}

std::vector<Address> SystemResolver::cached(const std::string& host) const {
    std::lock_guard lock(cache_->mutex);
    const auto found = cache_->entries.find(host);
    if (found == cache_->entries.end() || found->second.until <= clock_.steady()) return {};
    return found->second.addresses;
}

Task<Answer> SystemResolver::resolve(std::string host, async::SteadyTime deadline) {
    if (auto addresses = cached(host); !addresses.empty()) co_return addresses;
    const auto executor = co_await boost::asio::this_coro::executor;
    const async::OneShot<Answer> answer(executor);
    auto job = [host, answer, lookup = lookup_, cache = cache_, until = clock_.steady() + cache_for] {
        auto found = lookup(host);
        if (found && !found->empty()) {
            std::lock_guard lock(cache->mutex);
            if (cache->entries.size() >= cache_max) cache->entries.clear();
            cache->entries.insert_or_assign(host, Cached{*found, until});
        }
        answer.set(std::move(found));
    };
    if (!pool_.submit(std::move(job))) {
        co_return fail(Code::unavailable, "busy",
                       "The server is looking up too many names. Try again in a moment.");
    }
    boost::asio::steady_timer timer(executor, deadline);
    timer.async_wait([answer](const boost::system::error_code& error) {
        if (!error)
            answer.set(fail(Code::timeout, "upstream-timeout", "The name could not be resolved in time."));
    });
    co_return co_await answer.take();
}

}  // namespace lares::net
