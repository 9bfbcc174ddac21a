// Bodies: the memory that they may take, their time, who reads large ones.
#include <thread>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "unit/http/kit.h"

namespace lares::http::test {
namespace {

using std::chrono::milliseconds;

// Uploads whose bodies are not whole yet, against a budget of 400,000 bytes.
class Bodies : public testing::Test {
protected:
    static Options options() {
        Options options;
        options.body_bytes_in_flight = 400'000;
        options.trusted_proxies = {"127.0.0.1"};
        return options;
    }
    // `who`: a field that names them, or nothing. All of the body comes but `missing` bytes.
    std::unique_ptr<Client> begin(std::string_view who, std::size_t claimed, std::size_t missing) {
        auto client = std::make_unique<Client>(server.port());
        client->send("POST /api/v1/uploads HTTP/1.1\r\nHost: localhost\r\n" + std::string(who) +
                     "Content-Length: " + std::to_string(claimed) + "\r\n\r\n" +
                     std::string(claimed - missing, 'x'));
        return client;
    }
    unsigned upload(std::string_view who, std::size_t bytes) {
        Client client(server.port());
        return client.ask("POST", "/api/v1/uploads", who, std::string(bytes, 'x')).status;
    }
    bool becomes_of(std::string_view who, std::size_t bytes, unsigned status) {
        return becomes([&] { return upload(who, bytes) == status; });
    }
    static constexpr std::string_view ann = "Authorization: Bearer ann\r\n",
                                      bob = "Authorization: Bearer bob\r\n", nobody = "";
    TestServer server{options()};
};

TEST_F(Bodies, AClaimedLengthCostsNothing) {
    std::vector<std::unique_ptr<Client>> slow;
    for (int i = 0; i < 8; ++i) slow.push_back(begin(nobody, 200'000, 199'999));
    for (int i = 0; i < 8; ++i) slow.push_back(begin(ann, 300'000, 299'999));
    ASSERT_TRUE(becomes([&] { return server.guard.asked >= 16; }));
    std::this_thread::sleep_for(milliseconds(100));
    EXPECT_EQ(upload(bob, 30'000), 201u);
    EXPECT_EQ(upload(nobody, 30'000), 201u);
}

TEST_F(Bodies, OneHolderLeavesRoomForOthers) {
    // Who comes before the slow one is there takes its room: it begins anew.
    std::unique_ptr<Client> slow;
    EXPECT_TRUE(becomes([&] {
        slow = begin(ann, 290'000, 1);
        std::this_thread::sleep_for(milliseconds(100));
        return upload(ann, 30'000) == 429;
    }));
    EXPECT_EQ(upload(bob, 30'000), 201u);
    EXPECT_EQ(upload(nobody, 30'000), 201u);
    EXPECT_EQ(upload(bob, 150'000), 503u) << "more than all have";
    slow->send("x");
    EXPECT_EQ(slow->read()->status, 201u);
    EXPECT_TRUE(becomes_of(ann, 30'000, 201));  // given back behind the answer
    EXPECT_TRUE(becomes_of(bob, 150'000, 201));
}

TEST_F(Bodies, NoBodyTakesAll) {
    EXPECT_EQ(upload(ann, 300'001), 413u);
    EXPECT_EQ(upload(ann, 300'000), 201u);
    EXPECT_EQ(upload(nobody, 200'001), 413u);
}

TEST_F(Bodies, StrangersLeaveHalfToThoseWhoAreKnown) {
    std::vector<std::unique_ptr<Client>> slow;
    // Who comes before all three are there takes the room of one of them: they begin anew.
    EXPECT_TRUE(becomes([&] {
        slow.clear();
        for (const char* one : {"1", "2", "3"})
            slow.push_back(begin("X-Forwarded-For: 192.0.2." + std::string(one) + "\r\n", 60'000, 1));
        std::this_thread::sleep_for(milliseconds(100));
        return upload("X-Forwarded-For: 192.0.2.4\r\n", 60'000) == 503;
    }));
    EXPECT_EQ(upload(ann, 150'000), 201u);
}

TEST_F(Bodies, ChunksCountAsTheyCome) {
    std::unique_ptr<Client> slow;
    EXPECT_TRUE(becomes([&] {
        slow = std::make_unique<Client>(server.port());
        slow->send("POST /api/v1/uploads HTTP/1.1\r\nHost: localhost\r\n" + std::string(ann) +
                   "Transfer-Encoding: chunked\r\n\r\n46500\r\n" + std::string(0x46500, 'x') + "\r\n");
        std::this_thread::sleep_for(milliseconds(100));
        return upload(ann, 30'000) == 429;
    }));
    EXPECT_EQ(upload(bob, 30'000), 201u);
    slow->send("0\r\n\r\n");
    EXPECT_EQ(slow->read()->status, 201u);
}

// What came fast does not pay for hours of a byte now and then.
TEST(BodyTime, IsBounded) {
    Options options;
    options.body_timeout = milliseconds(400);
    options.body_time_max = milliseconds(1000);
    TestServer server(std::move(options));
    Client client(server.port());
    client.send("POST /api/v1/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 600000\r\n\r\n" +
                std::string(500'000, 'x'));
    const auto started = std::chrono::steady_clock::now();
    while (client.send("x") && std::chrono::steady_clock::now() - started < std::chrono::seconds(6))
        std::this_thread::sleep_for(milliseconds(50));
    EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(4));
}

TEST(Continue, IsNotSaidToOldClients) {
    TestServer server;
    Client client(server.port());
    client.send(
        "POST /api/v1/uploads HTTP/1.0\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: "
        "3\r\n\r\n");
    EXPECT_EQ(client.read_until("\r\n", milliseconds(300)), "");
    client.send("abc");
    const auto reply = client.read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 201u);
}

// A loop that reads megabytes serves nobody else meanwhile.
class LargeJson : public testing::Test {
protected:
    Client::Reply ask(const std::string& body) { return client.ask("POST", "/api/v1/read-by", fields, body); }
    static std::string padded(std::size_t size) { return R"({"pad":")" + std::string(size, 'x') + "\"}"; }
    static std::string told(const Client::Reply& reply, std::string_view what) {
        return std::string(boost::json::parse(reply.body).at(what).as_string());
    }
    const std::string fields = "Content-Type: application/json\r\nAuthorization: Bearer ann\r\n";
    TestServer server;
    Client client{server.port()};
};

TEST_F(LargeJson, IsReadOffTheLoop) {
    EXPECT_NE(ask(padded(1'000)).body.find("lares-loop"), std::string::npos);
    const auto reply = ask(padded(1'000'000));
    EXPECT_EQ(reply.status, 200u) << reply.body;
    EXPECT_NE(reply.body.find("readers"), std::string::npos) << reply.body;
    EXPECT_NE(reply.body.find("1000000"), std::string::npos);
    // What is wrong with it is told as of a small one, and to those alone who may call it.
    EXPECT_EQ(told(ask(padded(1'000'000) + "]"), "type"), "invalid-json");
    const auto wrong = ask(R"({"x":")" + std::string(200'000, 'x') + "\"}");
    EXPECT_EQ(wrong.status, 400u);
    EXPECT_EQ(told(wrong, "field"), "pad");
    std::string zeros = "0";
    for (int i = 0; i < 1'000'000; ++i) zeros += ",0";
    EXPECT_EQ(told(ask(R"({"pad":"","x":[)" + zeros + "]}"), "type"), "invalid-json");
    client.send(
        "POST /api/v1/read-by HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: 200000\r\n\r\n");
    EXPECT_EQ(client.read()->status, 401u);
}

TEST_F(LargeJson, MayOutliveItsClient) {
    const std::string body = padded(3'000'000);
    for (int i = 0; i < 10; ++i) {
        Client gone(server.port());
        gone.send("POST /api/v1/read-by HTTP/1.1\r\nHost: localhost\r\n" + fields +
                  "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    }
    EXPECT_EQ(client.ask("GET", "/health").status, 200u);
}

}  // namespace
}  // namespace lares::http::test
