#pragma once
// What all event loops of a server share. Private to http.
#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "async/pool.h"
#include "http/budget.h"
#include "http/origin.h"
#include "http/router.h"
#include "http/server.h"
#include "observe/metrics.h"

namespace boost::asio::ssl {
class context;
}

namespace lares::http {

// Larger JSON takes over a millisecond: it is read by Shared::readers.
inline constexpr std::size_t json_here_max = 128 * 1024;

// Counters of one route, looked up once for each status it has answered.
class RouteMetrics {
public:
    RouteMetrics(std::string_view method, std::string_view path);
    void count(unsigned status, double seconds);

private:
    std::string method_, path_;
    std::array<std::atomic<metrics::Counter*>, 600> by_status_{};
    metrics::Histogram& seconds_;
};

struct Shared {
    explicit Shared(Options given);
    ~Shared();

    Options options;
    Router router;
    Guard* guard = nullptr;
    OriginRules origins;
    std::unique_ptr<boost::asio::ssl::context> tls;
    // Reads of files on disk. Ended before the loops: its jobs post their results to them.
    std::unique_ptr<async::Pool> files =
        std::make_unique<async::Pool>(async::Pool::Options{.name = "files", .threads = 2, .queue_max = 1024});
    // JSON that is too large to be read on a loop; ended with them.
    std::unique_ptr<async::Pool> readers = std::make_unique<async::Pool>(
        async::Pool::Options{.name = "readers", .threads = 2, .queue_max = 256});
    std::vector<std::unique_ptr<RouteMetrics>> route_metrics;  // by Compiled::index; the last: no route
    metrics::Gauge& connection_gauge;
    metrics::Gauge& socket_gauge;
    std::string common_headers;  // that every answer has
    std::string api_policy;      // content-security-policy of what is no page
    std::atomic<bool> stopping = false;
    std::atomic<std::size_t> connections = 0;
    Budget budget{options.body_bytes_in_flight};

    bool trusts(std::string_view address) const;  // it is a proxy of ours

    // Connections by address; false: that address has too many.
    bool enter(const std::string& address);
    void leave(const std::string& address);

private:
    std::mutex mutex_;
    std::unordered_map<std::string, std::size_t> by_address_;
};

}  // namespace lares::http
