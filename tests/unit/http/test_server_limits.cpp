// Limits, slow and vanishing clients, start and stop.
#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "http/connection.h"
#include "http/loop.h"
#include "http/shared.h"
#include "unit/http/kit.h"

namespace lares::http::test {
namespace {

using std::chrono::milliseconds;

Options quick() {
    Options options;
    options.header_timeout = milliseconds(400);
    options.body_timeout = milliseconds(400);
    options.idle_timeout = milliseconds(600);
    options.write_timeout = milliseconds(600);
    return options;
}

TEST(Limits, Headers) {
    TestServer server;
    {
        Client client(server.port());
        EXPECT_EQ(client.ask("GET", "/health", "X: " + std::string(17'000, 'a') + "\r\n").status, 431u);
    }
    {
        Client client(server.port());
        std::string many;
        for (int i = 0; i < 120; ++i) many += "X: a\r\n";
        EXPECT_EQ(client.ask("GET", "/health", many).status, 431u);
    }
    {
        Client client(server.port());
        client.send("GET /" + std::string(20'000, 'a'));
        const auto reply = client.read();
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->status, 431u);
        EXPECT_TRUE(client.closed());
    }
    Client client(server.port());
    EXPECT_EQ(client.ask("GET", "/health", "X: " + std::string(15'000, 'a') + "\r\n").status, 200u);
}

TEST(Limits, BodiesAreNotReadPastTheCap) {
    TestServer server;
    const std::string json = "Content-Type: application/json\r\n";
    {
        Client client(server.port());
        client.send("POST /api/v1/echo HTTP/1.1\r\nHost: localhost\r\n" + json +
                    "Content-Length: 1000000000000\r\n\r\n");
        EXPECT_EQ(client.read()->status, 413u);
        EXPECT_TRUE(client.closed());
    }
    {
        Client client(server.port());
        EXPECT_EQ(client.ask("POST", "/api/v1/echo", json, std::string(201, ' ')).status, 413u);
    }
    {
        Client client(server.port());
        client.send("POST /api/v1/echo HTTP/1.1\r\nHost: localhost\r\n" + json +
                    "Transfer-Encoding: chunked\r\n\r\n");
        const std::string chunk = "64\r\n" + std::string(100, ' ') + "\r\n";
        for (int i = 0; i < 3; ++i) client.send(chunk);
        EXPECT_EQ(client.read()->status, 413u);
    }
    Client client(server.port());
    EXPECT_EQ(client.ask("POST", "/api/v1/echo", json, "{\"text\":\"x\"}" + std::string(188, ' ')).status,
              200u);
}

TEST(Limits, SlowClientsAreClosed) {
    TestServer server(quick());
    Client idle(server.port()), head(server.port()), body(server.port()), reader(server.port()),
        good(server.port());
    head.send("GET /health HTTP/1.1\r\nHost: loc");
    body.send("POST /api/v1/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx");
    reader.set_receive_buffer(4096);
    reader.send("GET /api/v1/big HTTP/1.1\r\nHost: localhost\r\n\r\n");
    ASSERT_TRUE(becomes([&] { return server.server->connections() == 5; }));
    EXPECT_TRUE(head.closed(milliseconds(3000)));
    EXPECT_TRUE(body.closed(milliseconds(3000)));
    EXPECT_TRUE(idle.closed(milliseconds(3000)));
    ASSERT_TRUE(becomes([&] {
        good.ask("GET", "/health");
        return server.server->connections() == 1;
    }));
}

// Who plays while it reads takes a little at a time; the kernel's buffer lets the server write only now and
// then.
TEST(Limits, AReaderThatGoesOnIsKeptHoweverLongTheKernelTakesNothing) {
    Options options;
    options.write_timeout = milliseconds(1000);
    TestServer server(std::move(options));
    Client stream(server.port()), answer(server.port()), stands(server.port());
    for (Client* client : {&stream, &answer, &stands}) client->set_receive_buffer(128 * 1024);
    for (Client* client : {&stream, &stands})
        client->send("GET /api/v1/stream?events=2000&bytes=10000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    answer.send("GET /api/v1/big HTTP/1.1\r\nHost: localhost\r\n\r\n");
    for (int i = 0; i < 80; ++i) {
        ASSERT_TRUE(stream.read_some()) << i;
        ASSERT_TRUE(answer.read_some()) << i;
        std::this_thread::sleep_for(milliseconds(50));
    }
    EXPECT_EQ(server.server->connections(), 2u);  // who stood still is gone
}

// An empty line before a request is no request: the time of its head begins behind it.
TEST(Limits, AHeadBehindAnEmptyLineIsTimed) {
    Options options;
    options.header_timeout = milliseconds(400);
    TestServer server(std::move(options));
    Client client(server.port());
    for (const char* byte : {"\r", "\n", "G"}) {
        client.send(byte);
        std::this_thread::sleep_for(milliseconds(50));
    }
    EXPECT_TRUE(client.closed(milliseconds(3000)));
}

TEST(Limits, ATrickleIsTooSlow) {
    TestServer server(quick());
    Client client(server.port());
    client.send("POST /api/v1/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n");
    const auto started = std::chrono::steady_clock::now();
    while (client.send("x") && std::chrono::steady_clock::now() - started < std::chrono::seconds(4))
        std::this_thread::sleep_for(milliseconds(50));
    EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(3));
}

TEST(Limits, ConnectionsInAll) {
    Options options;
    options.connections = 3;
    TestServer server(std::move(options));
    Client a(server.port()), b(server.port()), c(server.port());
    ASSERT_EQ(a.ask("GET", "/health").status, 200u);
    ASSERT_TRUE(becomes([&] { return server.server->connections() == 3; }));
    Client d(server.port());
    const auto reply = d.read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 503u);
    EXPECT_TRUE(d.closed());
    EXPECT_EQ(a.ask("GET", "/health").status, 200u);
}

// A client that resets before it is served has no address any more.
TEST(Limits, AConnectionLeavesTheAddressThatEntered) {
    Shared shared(Options{.connections_per_address = 1});
    Loop loop(shared);
    const auto address = boost::asio::ip::make_address("192.0.2.1");
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(shared.enter(address.to_string())) << i;
        shared.connections = 1;
        loop.load = 1;
        std::make_shared<Connection>(loop, Wire::Tcp::socket(loop.io()), address);
    }
}

TEST(Deadline, IsAnswered) {
    TestServer server;
    Client client(server.port());
    const auto reply = client.ask("GET", "/api/v1/slow");
    EXPECT_EQ(reply.status, 504u);
    EXPECT_EQ(server.site->slow_unwound, 1);
    Client next(server.port());
    EXPECT_EQ(next.ask("GET", "/health").status, 200u);
}

TEST(Gone, AVanishedClientEndsItsHandler) {
    TestServer server;
    {
        Client client(server.port());
        client.send("GET /api/v1/endless HTTP/1.1\r\nHost: localhost\r\n\r\n");
        std::this_thread::sleep_for(milliseconds(100));
    }
    EXPECT_TRUE(becomes([&] { return server.site->slow_unwound == 1; }, milliseconds(1500)));
    EXPECT_TRUE(becomes([&] { return server.server->connections() == 0; }));
}

TEST(Start, APortInUseIsNamed) {
    TestServer server;
    Options options;
    options.port = server.port();
    options.loops = 1;
    Server second(std::move(options));
    TestGuard guard;
    Site site;
    const auto opened = second.open(site.routes(), guard);
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message.find("port " + std::to_string(server.port()) + " is in use"),
              std::string::npos);
    EXPECT_NE(opened.error().message.find("--port"), std::string::npos);
    EXPECT_EQ(opened.error().message.find('\n'), std::string::npos);
}

TEST(Start, ThePortFileIsWritten) {
    const auto path = std::filesystem::temp_directory_path() / ("lares-port-" + std::to_string(::getpid()));
    Options options;
    options.port_file = path;
    TestServer server(std::move(options));
    std::ifstream in(path);
    int port = 0;
    in >> port;
    EXPECT_EQ(port, server.port());
    std::filesystem::remove(path);
}

TEST(Stop, WaitsForWhatRuns) {
    TestServer server;
    Client idle(server.port()), busy(server.port());
    ASSERT_EQ(idle.ask("GET", "/health").status, 200u);
    busy.send(
        "POST /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
        "application/json\r\nContent-Length: 28\r\n\r\n"
        R"({"events":10,"pause_ms":100})");
    ASSERT_FALSE(busy.read_until("\"n\":0").empty());
    const auto started = std::chrono::steady_clock::now();
    std::thread stopper([&] { server.server->stop(std::chrono::seconds(10)); });
    EXPECT_TRUE(idle.closed(milliseconds(1000)));
    EXPECT_FALSE(busy.read_until("\"n\":9").empty());
    stopper.join();
    EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(5));
    EXPECT_THROW(Client(server.port()), std::runtime_error);
}

TEST(Stop, EndsWhatDoesNotEnd) {
    TestServer server;
    Client stream(server.port()), slow(server.port());
    stream.send(
        "POST /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
        "application/json\r\nContent-Length: 32\r\n\r\n"
        R"({"events":10000,"pause_ms":1000})");
    ASSERT_FALSE(stream.read_until("\"n\":0").empty());
    slow.send("GET /api/v1/endless HTTP/1.1\r\nHost: localhost\r\n\r\n");
    std::this_thread::sleep_for(milliseconds(100));
    const auto started = std::chrono::steady_clock::now();
    server.server->stop(milliseconds(200));
    EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(4));
    EXPECT_EQ(slow.read()->status, 503u);
    EXPECT_FALSE(stream.read_until("\"type\":\"stopping\"").empty());
    EXPECT_EQ(server.site->streams_ended, 1);
}

}  // namespace
}  // namespace lares::http::test
