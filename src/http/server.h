#pragma once
// The server: event loops, one per core, each with its connections; one acceptor that hands a new connection
// to the loop that has the fewest. Metrics: lares_http_requests_total{method,route,status},
// lares_http_request_seconds{route}, lares_http_connections, lares_http_sockets.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.h"
#include "base/result.h"
#include "http/guard.h"
#include "http/route.h"

namespace lares::http {

class Assets;

struct Options {
    std::vector<std::string> addresses = {"127.0.0.1"};  // to listen on
    std::uint16_t port = 3000;                           // 0: any; see port_file
    std::filesystem::path port_file{};                   // written, atomically, once it listens
    std::size_t loops = 0;                               // 0: one per core

    std::string public_url{};            // "https://lares.example": its host is accepted, https turns on HSTS
    std::vector<std::string> hosts{};    // further names accepted in Host
    std::vector<std::string> origins{};  // exact origins that may call across sites
    std::vector<std::string>
        session_cookies{};  // cookies that sign a caller in: they need the same-origin proof
    std::vector<std::string>
        trusted_proxies{};  // addresses or networks whose X-Forwarded-For and -Proto are believed
    std::filesystem::path tls_certificate{};  // PEM chain; with tls_key turns on TLS (1.2 and up)
    std::filesystem::path tls_key{};

    std::size_t connections = 20'000;             // in all
    std::size_t connections_per_address = 4'096;  // loopback is not counted
    std::size_t header_bytes = 16 * 1024;         // request line and fields; more is 431
    std::size_t header_fields = 100;
    std::size_t body_bytes_in_flight =
        128 * 1024 * 1024;  // bodies and messages being read or handled, all together; see Budget
    std::chrono::milliseconds idle_timeout{75'000};    // between requests
    std::chrono::milliseconds header_timeout{10'000};  // for a whole request head
    std::chrono::milliseconds body_timeout{10'000};    // without a byte of the body; and 1 KiB/s at least
    std::chrono::milliseconds body_time_max{600'000};  // for a whole body: it holds memory meanwhile
    std::chrono::milliseconds write_timeout{15'000};   // without a byte taken
    std::chrono::milliseconds heartbeat{15'000};       // comment on a silent event stream
    std::chrono::milliseconds socket_ping{
        30'000};  // silent socket is pinged; silent for two of these, closed
    std::size_t socket_message_bytes = 1028 * 1024;  // more is 1009
    std::size_t socket_frames_per_s = 50;            // with a burst of four times that; more is 1008
    std::size_t out_buffer_bytes = 8 * 1024 * 1024;  // of one socket or event stream; no event is larger

    const Assets* assets = nullptr;  // the web app, for GET outside the routes
    bool access_log = false;         // one info line for each request
};

class Server {
public:
    // Starts the loops, so that services can be built on their executors. Serves nothing yet.
    explicit Server(Options options);
    ~Server();  // stop({}) came first or is done here
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    std::size_t loops() const;
    Executor loop(std::size_t index) const;  // single-threaded

    // Binds and listens. Errors say in one line what is wrong and what to do: a port in use, a row that takes
    // an id it does not declare, two rows of one path, an unreadable certificate.
    Result<void> open(Routes routes, Guard& guard);
    std::uint16_t port() const;

    // Stops accepting, tells sockets (1012) and keep-alive connections to go, waits up to `grace` for what
    // runs, then closes the rest and joins the loops. Blocks; once; not from a loop.
    void stop(std::chrono::milliseconds grace);
    bool stopping() const;

    std::size_t connections() const;
    const Routes& routes() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace lares::http
