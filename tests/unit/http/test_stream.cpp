#include <gtest/gtest.h>

#include "unit/http/kit.h"

namespace lares::http::test {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view json = "Content-Type: application/json\r\n";

TEST(Stream, EventsThenTheNextRequest) {
    TestServer server;
    Client client(server.port());
    auto reply = client.ask("POST", "/api/v1/stream", json, R"({"events":2})");
    EXPECT_EQ(reply.status, 200u);
    EXPECT_EQ(reply.header("content-type"), "text/event-stream");
    EXPECT_EQ(reply.header("cache-control"), "no-store");
    EXPECT_EQ(reply.body,
              "id: t/0\nevent: tick\ndata: {\"n\":0}\n\nid: t/1\nevent: tick\ndata: {\"n\":1}\n\n");
    EXPECT_EQ(client.ask("GET", "/api/v1/stream?events=1").body, "id: t/0\nevent: tick\ndata: {\"n\":0}\n\n");
    EXPECT_EQ(client.ask("GET", "/health").status, 200u);
}

TEST(Stream, AnErrorBeforeTheFirstEventIsAnAnswer) {
    TestServer server;
    Client client(server.port());
    const auto reply = client.ask("POST", "/api/v1/stream", json, R"({"events":1,"fail":"before"})");
    EXPECT_EQ(reply.status, 503u);
    EXPECT_NE(reply.body.find("model-loading"), std::string::npos);
}

TEST(Stream, HasNoHead) {
    TestServer server;
    Client client(server.port());
    EXPECT_EQ(client.ask("HEAD", "/api/v1/stream?events=1").status, 405u);
    EXPECT_EQ(client.ask("GET", "/health").status, 200u);
}

TEST(Stream, AnErrorAfterItIsAnEvent) {
    TestServer server;
    Client client(server.port());
    const auto reply = client.ask("POST", "/api/v1/stream", json, R"({"events":1,"fail":"after"})");
    EXPECT_EQ(reply.status, 200u);
    EXPECT_NE(reply.body.find("event: error\ndata: {\"type\":\"model-failed\""), std::string::npos);
    EXPECT_EQ(client.ask("GET", "/health").status, 200u);
}

TEST(Stream, OldClientsGetItWithoutChunks) {
    TestServer server;
    Client client(server.port());
    client.send("GET /api/v1/stream?events=1 HTTP/1.0\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(client.read_until("\r\n\r\n").find("chunked"), std::string::npos);
    EXPECT_EQ(client.read_until("\n\n"), "id: t/0\nevent: tick\ndata: {\"n\":0}\n\n");
    EXPECT_TRUE(client.closed());
}

TEST(Stream, AVanishedClientEndsTheHandler) {
    TestServer server;
    {
        Client client(server.port());
        client.send("GET /api/v1/stream?events=1000&pause_ms=60000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
        ASSERT_FALSE(client.read_until("\n\n").empty());
    }
    EXPECT_TRUE(becomes([&] { return server.site->streams_ended == 1; }, milliseconds(1000)));
    EXPECT_TRUE(becomes([&] { return server.server->connections() == 0; }));
}

TEST(Stream, AClientThatDoesNotReadIsClosed) {
    Options options;
    options.write_timeout = milliseconds(500);
    TestServer server(std::move(options));
    Client client(server.port());
    client.set_receive_buffer(4096);
    client.send("GET /api/v1/stream?events=1000&bytes=100000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_TRUE(becomes([&] { return server.site->streams_ended == 1; }, milliseconds(4000)));
    EXPECT_TRUE(becomes([&] { return server.server->connections() == 0; }));
}

TEST(Stream, SilenceIsFilledWithComments) {
    Options options;
    options.heartbeat = milliseconds(300);
    TestServer server(std::move(options));
    Client client(server.port());
    client.send("GET /api/v1/stream?events=2&pause_ms=2000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    ASSERT_FALSE(client.read_until("\"n\":0}\n\n").empty());
    EXPECT_FALSE(client.read_until(": \n\n", milliseconds(1500)).empty());
    EXPECT_FALSE(client.read_until("\"n\":1}\n\n").empty());
}

TEST(Stream, EndsWhenItsCallerIsSignedOut) {
    TestServer server;
    Client client(server.port());
    client.send(
        "GET /api/v1/stream?events=1000&pause_ms=50 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
        "ann\r\n\r\n");
    ASSERT_FALSE(client.read_until("\n\n").empty());
    server.guard.revoked = true;
    EXPECT_FALSE(client.read_until("event: error\ndata: {\"type\":\"session-ended\"").empty());
    EXPECT_TRUE(client.closed(milliseconds(2000)));
    EXPECT_EQ(server.site->streams_ended, 1);
}

TEST(Stream, ManyAtOnceThroughSmallBuffers) {
    TestServer server;
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 20; ++i) {
        clients.push_back(std::make_unique<Client>(server.port()));
        clients.back()->send("GET /api/v1/stream?events=100&bytes=20000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    for (auto& client : clients) {
        const auto reply = client->read();
        ASSERT_TRUE(reply);
        EXPECT_GT(reply->body.size(), 100u * 20'000u);
        EXPECT_NE(reply->body.find("id: t/99\n"), std::string::npos);
    }
}

}  // namespace
}  // namespace lares::http::test
