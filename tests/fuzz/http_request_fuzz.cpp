// Bytes of a client to the real connection: parser, limits, host and origin, router, guard, bodies, streams,
// sockets. The whole server on one thread, over a socket pair.
#include <chrono>
#include <cstdint>
#include <cstdlib>

#include <boost/asio/ip/tcp.hpp>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/connection.h"
#include "http/loop.h"
#include "http/shared.h"
#include "observe/log.h"
#include "unit/http/kit.h"

namespace {

using namespace lares;
using namespace lares::http;

struct Fixture {
    Fixture() {
        log::start({.level = log::Level::error, .sink = [](std::string_view) {}});
        shared.guard = &guard;
        if (!shared.router.add(site.routes())) std::abort();
        for (const auto& route : shared.router.all())
            shared.route_metrics.push_back(
                std::make_unique<RouteMetrics>(method_name(route->route.row.method), route->route.row.path));
        shared.route_metrics.push_back(std::make_unique<RouteMetrics>("", ""));
        shared.origins =
            *OriginRules::make({.origins = {"http://localhost:5173"}, .session_cookies = {"session"}});
        shared.common_headers = "x-content-type-options: nosniff\r\n";
    }
    test::TestGuard guard;
    test::Site site;
    Shared shared{Options{}};
    Loop loop{shared};
};

}  // namespace

// The first byte says into how many pieces the rest is cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Fixture fixture;
    if (size < 2 || size > 64 * 1024) return 0;
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) return 0;
    auto& io = fixture.loop.io();
    {
        boost::asio::ip::tcp::socket socket(io);
        socket.assign(boost::asio::ip::tcp::v4(), ends[0]);
        fixture.shared.connections.fetch_add(1);
        fixture.loop.load.fetch_add(1);
        const auto peer = boost::asio::ip::make_address("127.0.0.1");
        std::make_shared<Connection>(fixture.loop, std::move(socket), peer)->start();
    }
    const std::size_t pieces = 1 + data[0] % 8;
    const std::size_t step = (size - 1 + pieces - 1) / pieces;
    char sink[65536];
    for (std::size_t at = 1; at < size; at += step) {
        const std::size_t bytes = std::min(step, size - at);
        if (::send(ends[1], data + at, bytes, MSG_NOSIGNAL) < 0) break;
        io.restart();
        while (io.poll() > 0) {
            while (::recv(ends[1], sink, sizeof sink, 0) > 0) {
            }
        }
    }
    ::close(ends[1]);
    const auto started = std::chrono::steady_clock::now();
    for (int turns = 0; fixture.shared.connections > 0; ++turns) {
        io.restart();
        io.poll();
        if (turns == 100) fixture.loop.drop();  // a handler that waits: as if the server had stopped
        if (std::chrono::steady_clock::now() - started > std::chrono::seconds(5))
            std::abort();  // it cannot be ended
    }
    return 0;
}
