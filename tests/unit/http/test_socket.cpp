#include <thread>

#include <gtest/gtest.h>

#include "unit/http/kit.h"

namespace lares::http::test {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view ann = "Authorization: Bearer ann\r\n";

class SocketTest : public testing::Test {
protected:
    void open(Options options = {}) {
        server = std::make_unique<TestServer>(std::move(options));
        client = std::make_unique<Client>(server->port());
        ASSERT_TRUE(client->upgrade("/api/chat", ann));
        ASSERT_EQ(text(), R"({"event":"ready","data":{"who":"ann"}})");
    }
    std::string text() {
        const auto frame = client->read_frame();
        return frame && frame->opcode == 1 ? frame->payload : "none";
    }
    // The closing frame, whatever comes before it.
    std::string closing(milliseconds limit = milliseconds(5000)) {
        for (;;) {
            const auto frame = client->read_frame(limit);
            if (!frame) return "none";
            if (frame->opcode == 8) return std::to_string(frame->code()) + ' ' + frame->reason();
        }
    }
    std::unique_ptr<TestServer> server;
    std::unique_ptr<Client> client;
};

TEST_F(SocketTest, MessagesTakeTheWayOfRequests) {
    open();
    client->send_text(R"({"event":"say","data":{"text":"hi"}})");
    EXPECT_EQ(text(), R"({"event":"said","data":{"text":"hi"}})");
    client->send_text(R"({"event":"say","id":"m1","data":{"text":""}})");
    std::string error = text();
    EXPECT_NE(error.find(R"({"event":"error","data":{"type":"invalid-field")"), std::string::npos) << error;
    EXPECT_NE(error.find(R"("field":"text")"), std::string::npos);
    EXPECT_NE(error.find(R"("event":"say","id":"m1"},"id":"m1"})"), std::string::npos) << error;
    client->send_text(R"({"event":"note","data":{"id":")" + note_of("zzz").text() + "\"}}");
    EXPECT_NE(text().find("not-found"), std::string::npos);
    client->send_text(R"({"event":"note","data":{"id":")" + note_of("ann-1").text() + "\"}}");
    EXPECT_EQ(text(), R"({"event":"noted","data":{}})");
    client->send_text(R"({"event":"admin-say","data":{"text":"hi"}})");
    EXPECT_NE(text().find(R"("status":403)"), std::string::npos);
    client->send_text(R"({"event":"nonsense"})");
    EXPECT_NE(text().find("unknown-event"), std::string::npos);
    client->send_text("{");
    EXPECT_NE(text().find("invalid-json"), std::string::npos);
    client->send_text("[]");
    EXPECT_NE(text().find("invalid-field"), std::string::npos);
    client->send_text(R"({"event":"throw"})");
    EXPECT_NE(text().find("internal"), std::string::npos);
    client->send_text(R"({"event":"say","data":{"text":"still here"}})");
    EXPECT_EQ(text(), R"({"event":"said","data":{"text":"still here"}})");
}

TEST_F(SocketTest, FragmentsPingsAndClose) {
    open();
    client->send_frame(1, R"({"event":"say",)", false);
    client->send_frame(9, "are you there");
    client->send_frame(0, R"("data":{"text":"x"}})");
    const auto pong = client->read_frame();
    ASSERT_TRUE(pong);
    EXPECT_EQ(pong->opcode, 10);
    EXPECT_EQ(pong->payload, "are you there");
    EXPECT_EQ(text(), R"({"event":"said","data":{"text":"x"}})");
    client->send_frame(8, std::string("\x03\xe9", 2) + "bye");
    EXPECT_EQ(closing(), "1001 ");
    EXPECT_TRUE(client->closed());
    EXPECT_TRUE(becomes([&] { return server->site->sockets_closed == 1; }));
}

TEST_F(SocketTest, RulesThatCloseAreNamed) {
    open();
    client->send_frame(1, "\xc3\x28");
    EXPECT_EQ(closing(), "1007 invalid-utf8");
    EXPECT_TRUE(client->closed());
    open();
    client->send_frame(1, std::string(1100 * 1024, 'x'));
    EXPECT_EQ(closing(), "1009 message-too-large");
    open();
    client->send_frame(1, "x", true, false);
    EXPECT_EQ(closing(), "1002 frame-not-masked");
    open();
    client->send_frame(2, "x");
    EXPECT_EQ(closing(), "1003 binary-not-accepted");
    open();
    for (int i = 0; i < 300; ++i) client->send_frame(9, "");
    EXPECT_EQ(closing(), "1008 too-many-frames");
    open();
    client->send_frame(1, "{", false);
    for (int i = 0; i < 300; ++i) client->send_frame(0, " ", false);
    EXPECT_EQ(closing(), "1008 too-many-frames");
}

TEST_F(SocketTest, ANeverReadingClientIsClosed) {
    Options options;
    options.write_timeout = milliseconds(1000);
    options.out_buffer_bytes = 1024 * 1024;
    open(std::move(options));
    client->send_text(R"({"event":"flood","data":{"events":1000,"bytes":10000}})");
    std::this_thread::sleep_for(milliseconds(300));
    EXPECT_EQ(closing(), "1013 slow-reader");  // it reads again: the frame stands behind what was queued
    open(Options{.write_timeout = milliseconds(700)});
    client->set_receive_buffer(4096);
    client->send_text(R"({"event":"flood","data":{"events":1000,"bytes":10000}})");
    EXPECT_TRUE(becomes([&] { return server->server->connections() == 0; }));  // it never does
    EXPECT_EQ(server->site->sockets_closed, 1);
}

// Whatever waits for it: the rule is told where it reads on in time, and logged where it does not.
TEST_F(SocketTest, AStalledClientIsToldWhy) {
    Log log;
    const Options options{.write_timeout = milliseconds(600), .out_buffer_bytes = 64 * 1024 * 1024};
    open(options);
    client->send_text(R"({"event":"flood","data":{"events":4000,"bytes":10000}})");
    std::this_thread::sleep_for(milliseconds(1300));
    EXPECT_EQ(closing(), "1013 slow-reader");
    open(options);
    client->set_receive_buffer(4096);
    client->send_text(R"({"event":"flood","data":{"events":2000,"bytes":10000}})");
    EXPECT_TRUE(becomes([&] { return server->server->connections() == 0; }));
    server.reset();
    int told = 0;
    for (const auto& line : log.lines())
        if (line.find(R"("rule":"slow-reader")") != std::string::npos) ++told;
    EXPECT_EQ(told, 2);
}

TEST_F(SocketTest, AHandlerThatThrowsIsClosedToo) {
    server = std::make_unique<TestServer>();
    client = std::make_unique<Client>(server->port());
    ASSERT_TRUE(client->upgrade("/api/chat", "Authorization: Bearer breaker\r\n"));
    EXPECT_EQ(closing(), "1011 internal");
    EXPECT_TRUE(client->closed());
    EXPECT_TRUE(becomes([&] { return server->site->sockets_closed == 1; }));
}

TEST_F(SocketTest, HelloWithATicket) {
    server = std::make_unique<TestServer>();
    const auto fresh = [&] {
        client = std::make_unique<Client>(server->port());
        ASSERT_TRUE(client->upgrade("/api/v1/chat"));
    };
    fresh();
    client->send_text(R"({"event":"hello","data":{"ticket":"bob"}})");
    EXPECT_EQ(text(), R"({"event":"ready","data":{"who":"bob"}})");
    fresh();
    client->send_text(R"({"event":"hello","data":{"ticket":"bad"}})");
    EXPECT_NE(text().find("invalid-token"), std::string::npos);
    EXPECT_EQ(closing(), "1008 hello-refused");
    fresh();
    client->send_text(R"({"event":"hello"})");
    EXPECT_EQ((text(), closing()), "1008 hello-refused");
    fresh();
    client->send_text(R"({"event":"say","data":{"text":"x"}})");
    EXPECT_NE(text().find("hello-expected"), std::string::npos);
    EXPECT_EQ(closing(), "1008 hello-expected");
}

// The head of a text frame and the first bytes of what it promises.
std::string half_message(std::size_t promised, std::size_t bytes) {
    std::string out("\x81\xff", 2);
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(promised >> shift & 0xff);
    return out + std::string(4, '\0') + std::string(bytes, ' ');
}

TEST_F(SocketTest, AStrangerSendsLittle) {
    server = std::make_unique<TestServer>();
    client = std::make_unique<Client>(server->port());
    ASSERT_TRUE(client->upgrade("/api/v1/chat"));
    client->send(half_message(70'000, 0));
    EXPECT_EQ(closing(), "1009 message-too-large");
    client = std::make_unique<Client>(server->port());
    ASSERT_TRUE(client->upgrade("/api/v1/chat"));
    client->send_text(R"({"event":"hello","data":{"ticket":"bob","pad":")" + std::string(10'000, 'y') +
                      "\"}}");
    EXPECT_EQ(text(), R"({"event":"ready","data":{"who":"bob"}})");
    client->send_text(R"({"event":"say","data":{"text":"x","pad":")" + std::string(200'000, 'y') + "\"}}");
    EXPECT_EQ(text(), R"({"event":"said","data":{"text":"x"}})");
}

TEST_F(SocketTest, HalfMessagesHaveABudget) {
    open(Options{.body_bytes_in_flight = 2'000'000});
    std::vector<std::unique_ptr<Client>> halves;
    for (int i = 0; i < 6; ++i) {
        halves.push_back(std::make_unique<Client>(server->port()));
        ASSERT_TRUE(halves.back()->upgrade("/api/chat", ann));
        halves.back()->send(half_message(310'000, 300'000));
    }
    int refused = 0;
    for (auto& half : halves) {
        ASSERT_EQ(half->read_frame()->opcode, 1);  // ready
        const auto frame = half->read_frame(milliseconds(500));
        if (frame && frame->opcode == 8 && frame->code() == 1013 && frame->reason() == "too-much-at-once")
            ++refused;
    }
    EXPECT_GE(refused, 3);
    EXPECT_LT(refused, 6);
    Client bob(server->port());
    ASSERT_TRUE(bob.upgrade("/api/chat", "Authorization: Bearer bob\r\n"));
    const std::string large =
        R"({"event":"say","data":{"text":"x","pad":")" + std::string(200'000, 'y') + "\"}}";
    for (int i = 0; i < 10; ++i) bob.send_text(large);  // each gives back what it had
    for (int i = 0; i < 11; ++i) {
        const auto frame = bob.read_frame();
        ASSERT_TRUE(frame && frame->opcode == 1) << i;
    }
}

TEST_F(SocketTest, HalfMessagesAreClosed) {
    Options options;
    options.body_timeout = milliseconds(400);
    open(options);
    client->send(half_message(100'000, 10));
    EXPECT_EQ(closing(milliseconds(2000)), "1008 message-too-slow");
    open(options);
    client->send(half_message(100'000, 10));
    for (int i = 0; i < 30; ++i) {
        client->send(" ");
        std::this_thread::sleep_for(milliseconds(50));
    }
    EXPECT_EQ(closing(milliseconds(500)), "1008 message-too-slow");
    open(options);
    client->send_frame(1, R"({"event":"say",)", false);
    for (int i = 0; i < 6; ++i) {
        std::this_thread::sleep_for(milliseconds(200));
        client->send_frame(9, "");
    }
    EXPECT_EQ(closing(milliseconds(500)), "1008 message-too-slow");
    options.body_timeout = milliseconds(800);
    open(options);  // what waited for us is not slow
    const auto frame = [](std::string_view text) {
        return std::string("\x81") + static_cast<char>(0x80 | text.size()) + std::string(4, '\0') +
               std::string(text);
    };
    const std::string say = frame(R"({"event":"say","data":{"text":"hi"}})");
    client->send(frame(R"({"event":"pause","data":{"events":0,"pause_ms":1500}})") + say.substr(0, 20));
    std::this_thread::sleep_for(milliseconds(1850));
    client->send(say.substr(20));
    EXPECT_EQ(text(), R"({"event":"said","data":{"text":"hi"}})");
    std::this_thread::sleep_for(milliseconds(1000));  // between messages there is time
    client->send_text(R"({"event":"say","data":{"text":"hi"}})");
    EXPECT_EQ(text(), R"({"event":"said","data":{"text":"hi"}})");
}

TEST_F(SocketTest, UpgradeRules) {
    server = std::make_unique<TestServer>();
    const std::string cookie = "Cookie: session=ann\r\n";
    const auto tries = [&](const std::string& headers) {
        return Client(server->port()).upgrade("/api/chat", headers);
    };
    EXPECT_FALSE(tries(cookie));
    EXPECT_FALSE(tries(cookie + "Origin: http://evil.example\r\n"));
    EXPECT_FALSE(tries("Origin: http://evil.example\r\n"));
    EXPECT_TRUE(tries(cookie + "Origin: http://localhost:" + std::to_string(server->port()) + "\r\n"));
    EXPECT_FALSE(tries("Authorization: Bearer bad\r\n"));
    Client plain(server->port());
    const auto reply = plain.ask("GET", "/api/chat", ann);
    EXPECT_EQ(reply.status, 426u);
    EXPECT_EQ(reply.header("sec-websocket-version"), "13");
    EXPECT_EQ(plain
                  .ask("GET", "/api/chat",
                       std::string(ann) +
                           "Upgrade: websocket\r\nConnection: upgrade\r\n"
                           "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
                  .status,
              426u);
}

TEST_F(SocketTest, RevocationClosesIt) {
    open();
    server->guard.revoked = true;
    EXPECT_EQ(closing(milliseconds(2500)), "1008 signed-out");
    EXPECT_TRUE(becomes([&] { return server->site->sockets_closed == 1; }));
}

TEST_F(SocketTest, SilentOnesArePinged) {
    Options options;
    options.socket_ping = milliseconds(400);
    open(std::move(options));
    const auto ping = client->read_frame(milliseconds(2000));
    ASSERT_TRUE(ping);
    EXPECT_EQ(ping->opcode, 9);
    EXPECT_EQ(closing(), "1001 idle");
}

TEST_F(SocketTest, StopSaysSo) {
    open();
    std::this_thread::sleep_for(milliseconds(1300));
    std::thread stopper([&] { server->server->stop(std::chrono::seconds(10)); });
    EXPECT_EQ(closing(milliseconds(2000)), "1012 server-restarts");
    client->send_frame(8, std::string("\x03\xf4", 2));
    EXPECT_TRUE(client->closed());
    stopper.join();
    EXPECT_EQ(server->site->sockets_closed, 1);
}

TEST_F(SocketTest, AVanishedClientIsNoticed) {
    open();
    client.reset();
    EXPECT_TRUE(
        becomes([&] { return server->site->sockets_closed == 1 && server->server->connections() == 0; },
                milliseconds(1000)));
}

TEST_F(SocketTest, LargeMessagesBothWays) {
    open();
    client->send_text(R"({"event":"say","data":{"text":"x","pad":")" + std::string(200'000, 'y') + "\"}}");
    EXPECT_EQ(text(), R"({"event":"said","data":{"text":"x"}})");
    client->send_text(R"({"event":"flood","data":{"events":1,"bytes":500000}})");
    EXPECT_EQ(text().size(), 500'000u + std::string_view(R"({"event":"blob","data":""})").size());
}

}  // namespace
}  // namespace lares::http::test
