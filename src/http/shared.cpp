#include "http/shared.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <boost/asio/ssl/context.hpp>

namespace lares::http {

RouteMetrics::RouteMetrics(std::string_view method, std::string_view path)
    : method_(method),
      path_(path),
      seconds_(metrics::histogram("lares_http_request_seconds", {{"method", method_}, {"route", path_}},
                                  "Time from the request's head to its answer.")) {}

void RouteMetrics::count(unsigned status, double seconds) {
    seconds_.observe(seconds);
    if (status >= by_status_.size()) return;
    metrics::Counter* counter = by_status_[status].load(std::memory_order_acquire);
    if (!counter) {
        counter =
            &metrics::counter("lares_http_requests_total",
                              {{"method", method_}, {"route", path_}, {"status", std::to_string(status)}},
                              "Requests answered.");
        by_status_[status].store(counter, std::memory_order_release);
    }
    counter->add();
}

Shared::Shared(Options given)
    : options(std::move(given)),
      connection_gauge(metrics::gauge("lares_http_connections", {}, "Open connections.")),
      socket_gauge(metrics::gauge("lares_http_sockets", {}, "Open WebSockets.")) {}

Shared::~Shared() = default;

// "10.0.0.0/8", "fd00::/8" or one address.
bool Shared::trusts(std::string_view address) const {
    namespace ip = boost::asio::ip;
    boost::system::error_code ec;
    const auto asked = ip::make_address(std::string(address), ec);
    if (ec) return false;
    for (const std::string& entry : options.trusted_proxies) {
        const bool whole = entry.find('/') == std::string::npos;
        if (asked.is_v4()) {
            const auto network = ip::make_network_v4(whole ? entry + "/32" : entry, ec);
            if (!ec &&
                ip::network_v4(asked.to_v4(), network.prefix_length()).canonical() == network.canonical())
                return true;
        } else {
            const auto network = ip::make_network_v6(whole ? entry + "/128" : entry, ec);
            if (!ec &&
                ip::network_v6(asked.to_v6(), network.prefix_length()).canonical() == network.canonical())
                return true;
        }
    }
    return false;
}

bool Shared::enter(const std::string& address) {
    std::lock_guard lock(mutex_);
    std::size_t& count = by_address_[address];
    if (count >= options.connections_per_address) return false;
    ++count;
    return true;
}

void Shared::leave(const std::string& address) {
    std::lock_guard lock(mutex_);
    const auto it = by_address_.find(address);
    if (it != by_address_.end() && --it->second == 0) by_address_.erase(it);
}

}  // namespace lares::http
