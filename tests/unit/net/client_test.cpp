#include <atomic>
#include <thread>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "unit/net/net_fixture.h"
#include "unit/net/scripted_server.h"

namespace lares::net::testing {
namespace {

class HttpClient : public NetTest {
protected:
    // A server that the client may call as http://host.test:PORT.
    void serve(ScriptedServer::Handler handler, ClientOptions options = {}) {
        server_ = std::make_unique<ScriptedServer>(std::move(handler));
        resolver_.answer_all({"127.0.0.1"});
        make_client({server_->at("host.test"), server_->at("other.test")}, std::move(options));
        url_ = "http://" + server_->at("host.test");
    }
    std::unique_ptr<ScriptedServer> server_;
    std::string url_;
};

TEST_F(HttpClient, SendsWhatItShould) {
    serve([](const std::string&) { return reply("hello"); });
    Request request;
    request.method = Method::post;
    request.url = url_ + "/a/b?c";
    request.headers = {{"content-type", "text/plain"}};
    request.credentials = {{"authorization", SecretText("Bearer x")}};
    request.body = "question";
    auto response = fetch(std::move(request));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 200u);
    EXPECT_EQ(response->header("content-length"), "5");
    EXPECT_EQ(run(read_all(std::move(response->body))).value(), "hello");
    EXPECT_EQ(server_->requests().at(0),
              "POST /a/b?c HTTP/1.1\r\nhost: " + server_->at("host.test") +
                  "\r\nuser-agent: Lares\r\naccept-encoding: identity\r\ncontent-type: "
                  "text/plain\r\nauthorization: Bearer x\r\ncontent-length: 8\r\n\r\nquestion");
}

TEST_F(HttpClient, APreparedRequestIsCheckedOnceAndSentAsAnyOther) {
    serve([](const std::string& asked) { return reply(asked.substr(asked.rfind('\n') + 1)); });
    Request request;
    request.method = Method::post;
    request.url = url_ + "/a";
    request.headers = {{"content-type", "text/plain"}};
    request.credentials = {{"authorization", SecretText("Bearer x")}};
    const auto prepared = client_->prepare(request);
    ASSERT_TRUE(prepared) << prepared.error().message;
    for (const std::string body : {"one", "and two", ""}) {
        auto response = run(client_->send(**prepared, body));
        ASSERT_TRUE(response) << response.error().message;
        EXPECT_EQ(run(read_all(std::move(response->body))).value(), body);
        request.body = body;
        EXPECT_TRUE(fetch(request));
        const auto seen = server_->requests();
        EXPECT_EQ(seen.at(seen.size() - 2), seen.back()) << "as fetch() sends it";
    }
    request.headers = {{"host", "elsewhere"}};
    EXPECT_EQ(client_->prepare(request).error().type, "invalid-request");
    request.headers = {};
    request.url = "http://host.test:25/";
    EXPECT_EQ(client_->prepare(request).error().type, "port-not-allowed");
}

TEST_F(HttpClient, WhatIsHereIsGivenWithoutWaiting) {
    serve([](const std::string&) {
        return Reply{.pieces = {"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n", "hello", "world"},
                     .pause_ms = 30};
    });
    auto response = get(url_);
    ASSERT_TRUE(response);
    auto& body = *response->body;
    std::string got;
    for (int waited = 0; waited < 20; ++waited) {
        auto piece = body.next_now();
        if (!piece) {
            run(body.wait());
            continue;
        }
        ASSERT_TRUE(*piece);
        if (!**piece) break;
        got += ***piece;
    }
    EXPECT_EQ(got, "helloworld");
    EXPECT_EQ(client_->stats().idle, 1u) << "its connection is kept when all of it was taken";
}

TEST_F(HttpClient, KeepsConnectionsForTheSameOrigin) {
    serve([](const std::string&) { return reply("ok"); });
    for (int i = 0; i < 5; ++i) EXPECT_EQ(text(url_), "ok");
    EXPECT_EQ(server_->connections(), 1);
    EXPECT_EQ(client_->stats().reused, 4u);
    EXPECT_EQ(client_->stats().open, 0u);
    EXPECT_EQ(client_->stats().idle, 1u);
    EXPECT_EQ(text("http://" + server_->at("other.test")), "ok");
    EXPECT_EQ(server_->connections(), 2);
}

TEST_F(HttpClient, AConnectionThatTheServerClosedIsNotUsedAgain) {
    serve([](const std::string&) {
        Reply answer = reply("ok");
        answer.close = true;
        return answer;
    });
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(text(url_), "ok");
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    EXPECT_EQ(server_->connections(), 3);
}

TEST_F(HttpClient, ABodyLeftUnreadClosesItsConnection) {
    serve([](const std::string&) { return reply(std::string(1'000'000, 'x')); });
    ASSERT_TRUE(get(url_));
    EXPECT_EQ(client_->stats().idle, 0u);
    EXPECT_EQ(client_->stats().open, 0u);
    EXPECT_EQ(text(url_).size(), 1'000'000u);
}

TEST_F(HttpClient, ReadsEveryKindOfBodyHoweverItIsCut) {
    const std::string chunked =
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n";
    const std::string until_close = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello world";
    const std::string interim =
        "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: "
        "11\r\n\r\nhello world";
    std::string whole;
    std::size_t cut = 0;
    serve([&](const std::string&) {
        return Reply{.pieces = {whole.substr(0, cut), whole.substr(cut)}, .close = true, .pause_ms = 1};
    });
    for (const auto& bytes : {chunked, until_close, interim}) {
        whole = bytes;
        for (cut = 0; cut <= whole.size(); ++cut) ASSERT_EQ(text(url_), "hello world") << cut << whole;
    }
}

TEST_F(HttpClient, AnAnswerThatEndsTooEarlyIsAnError) {
    const std::vector<std::string> answers = {
        "",
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "garbage\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx"};
    serve([&](const std::string& asked) {
        const auto number = static_cast<std::size_t>(asked.at(asked.find("?") + 1) - '0');
        return Reply{.pieces = {answers.at(number)}, .close = true};
    });
    for (std::size_t i = 0; i < answers.size(); ++i)
        EXPECT_EQ(text(url_ + "?" + std::to_string(i)), "upstream-failed") << answers[i];
}

TEST_F(HttpClient, BodiesAndHeadsAreBounded) {
    std::string head = "HTTP/1.1 200 OK\r\nx: " + std::string(100'000, 'y') + "\r\n\r\n";
    std::atomic<bool> large_head = true;
    serve([&](const std::string&) {
        if (large_head) return Reply{.pieces = {head}, .close = true};
        Reply endless{.pieces = {"HTTP/1.1 200 OK\r\n\r\n"}, .close = true};
        for (int i = 0; i < 100; ++i) endless.pieces.push_back(std::string(10'000, 'z'));
        return endless;
    });
    EXPECT_EQ(text(url_), "upstream-failed");
    large_head = false;
    Request request;
    request.url = url_;
    request.body_max = 100'000;
    auto response = fetch(std::move(request));
    ASSERT_TRUE(response);
    EXPECT_EQ(run(read_all(std::move(response->body))).error().type, "answer-too-large");
}

TEST_F(HttpClient, SilenceEndsAtTheDeadline) {
    serve([](const std::string&) {
        return Reply{.pieces = {"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n", "hello", "world"},
                     .pause_ms = 300};
    });
    const auto timed = [&](async::Milliseconds idle, async::Milliseconds all) {
        Request request;
        request.url = url_;
        request.idle_timeout = idle;
        request.timeout = all;
        auto response = fetch(std::move(request));
        if (!response) return response.error().type;
        const auto body = run(read_all(std::move(response->body)));
        return body ? *body : body.error().type;
    };
    using async::Milliseconds;
    EXPECT_EQ(timed(Milliseconds(100), Milliseconds(10'000)), "upstream-timeout");
    EXPECT_EQ(timed(Milliseconds(10'000), Milliseconds(400)), "upstream-timeout");
    EXPECT_EQ(timed(Milliseconds(1'000), Milliseconds(10'000)), "helloworld");
}

TEST_F(HttpClient, CancellingUnwindsAndFreesTheConnection) {
    serve(
        [](const std::string&) { return Reply{.pieces = {"HTTP/1.1 200 OK\r\n", "x"}, .pause_ms = 1'000}; });
    boost::asio::cancellation_signal stop;
    Request request;
    request.url = url_;
    bool ended = false;
    boost::asio::co_spawn(
        loop_, client_->fetch(std::move(request)),
        boost::asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, auto) { ended = true; }));
    loop_.restart();
    loop_.run_for(std::chrono::milliseconds(100));
    EXPECT_EQ(client_->stats().open, 1u);
    stop.emit(boost::asio::cancellation_type::terminal);
    loop_.run_for(std::chrono::milliseconds(500));
    EXPECT_TRUE(ended);
    EXPECT_EQ(client_->stats().open, 0u);
}

TEST_F(HttpClient, RedirectsAreFollowedAsFarAsAsked) {
    serve([](const std::string& request) {
        if (request.starts_with("GET /end")) return reply("end");
        if (request.starts_with("GET /2")) return redirect("/end", 308);
        return redirect("2", 307);
    });
    EXPECT_EQ(text(url_ + "/1", 2), "end");
    EXPECT_EQ(text(url_ + "/1", 1), "too-many-redirects");
    EXPECT_EQ(get(url_ + "/1")->status, 307u);
}

TEST_F(HttpClient, CredentialsStayWithTheirOrigin) {
    serve([this](const std::string& request) {
        if (request.starts_with("GET /there")) return reply("there");
        if (request.starts_with("POST /same")) return redirect("/there", 303);
        return redirect("http://" + server_->at("other.test") + "/there", 302);
    });
    const auto post = [&](const std::string& path) {
        Request request;
        request.method = Method::post;
        request.url = url_ + path;
        request.headers = {{"Cookie", "c=1"}, {"x-other", "kept"}, {"content-type", "text/plain"}};
        request.credentials = {{"authorization", SecretText("Bearer x")}};
        request.body = "b";
        request.redirects_max = 3;
        EXPECT_TRUE(fetch(std::move(request)));
        return server_->requests().back();
    };
    const std::string same = post("/same");
    EXPECT_NE(same.find("authorization: Bearer x"), std::string::npos);
    EXPECT_EQ(same.find("content-type"), std::string::npos);
    EXPECT_EQ(same.find("content-length"), std::string::npos);
    const std::string other = post("/other");
    EXPECT_TRUE(other.starts_with("GET /there"));
    EXPECT_EQ(other.find("authorization"), std::string::npos);
    EXPECT_EQ(other.find("Cookie"), std::string::npos);
    EXPECT_NE(other.find("x-other: kept"), std::string::npos);
}

TEST_F(HttpClient, HeadersCannotEndTheHead) {
    serve([](const std::string&) { return reply("ok"); });
    for (const Header& header :
         {Header{"x", "a\r\nb: c"}, Header{"x\r\n", "a"}, Header{"", "a"}, Header{"x y", "a"},
          Header{"Host", "a"}, Header{"Content-Length", "0"}, Header{"transfer-encoding", "chunked"},
          Header{"x", std::string("a\0b", 3)}}) {
        Request request;
        request.url = url_;
        request.headers = {header};
        EXPECT_EQ(fetch(std::move(request)).error().type, "invalid-request") << header.name;
    }
    EXPECT_EQ(server_->connections(), 0);
}

TEST_F(HttpClient, ConnectionsAreCounted) {
    serve([](const std::string&) { return reply("ok"); },
          {.policy = {}, .extra_authorities_pem = {}, .per_origin_max = 2});
    auto first = get(url_), second = get(url_);
    ASSERT_TRUE(first && second);
    EXPECT_EQ(get(url_).error().type, "busy");
    second = get("http://" + server_->at("other.test"));
    ASSERT_TRUE(second);
    EXPECT_TRUE(get(url_));
}

TEST_F(HttpClient, EventsComeOneByOne) {
    const std::string head =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    const std::string events =
        "id: 1\ndata: a\n\nevent: e\r\ndata: b\r\n\r\ndata: \xf0\x9f\x99\x82\n\ndata: cut";
    std::size_t cut = 0;
    serve([&](const std::string&) {
        return Reply{
            .pieces = {head + events.substr(0, cut), events.substr(cut)}, .close = true, .pause_ms = 1};
    });
    for (cut = 0; cut <= events.size(); ++cut) {
        auto response = get(url_);
        ASSERT_TRUE(response);
        SseReader reader(std::move(response->body));
        std::string seen;
        for (auto event = run(reader.next()); event.value(); event = run(reader.next())) {
            seen += (*event)->event + "=" + (*event)->data + "@" + (*event)->id + " ";
        }
        ASSERT_EQ(seen, "message=a@1 e=b@1 message=\xf0\x9f\x99\x82@1 ") << cut;
    }
}

}  // namespace
}  // namespace lares::net::testing
