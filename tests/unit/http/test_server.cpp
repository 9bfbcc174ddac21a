// What a request gets, seen from outside.
#include <filesystem>
#include <fstream>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "http/exchange.h"
#include "unit/http/kit.h"

namespace lares::http::test {
namespace {

class ServerTest : public testing::Test {
protected:
    TestServer server;
    Client client{server.port()};

    static boost::json::object problem_of(const Client::Reply& reply) {
        EXPECT_EQ(reply.header("content-type"), "application/problem+json") << reply.head << reply.body;
        return boost::json::parse(reply.body).as_object();
    }
    static std::string type_of(const Client::Reply& reply) {
        return std::string(problem_of(reply).at("type").as_string());
    }
};

constexpr std::string_view json = "Content-Type: application/json\r\n";

TEST_F(ServerTest, AnswersJsonWithTheSecurityHeaders) {
    const auto reply = client.ask("GET", "/health");
    EXPECT_EQ(reply.status, 200u);
    EXPECT_EQ(reply.body, R"({"status":"ok"})");
    EXPECT_EQ(reply.header("content-type"), "application/json");
    EXPECT_EQ(reply.header("x-content-type-options"), "nosniff");
    EXPECT_EQ(reply.header("referrer-policy"), "no-referrer");
    EXPECT_EQ(reply.header("vary"), "Origin");
    EXPECT_EQ(reply.header("cache-control"), "no-store");
    EXPECT_NE(reply.header("content-security-policy").find("default-src 'none'"), std::string::npos);
    EXPECT_FALSE(reply.header("date").empty());
    EXPECT_EQ(reply.header("strict-transport-security"), "");
    EXPECT_EQ(reply.header("x-request-id").size(), 20u);
    EXPECT_NE(client.ask("GET", "/health").header("x-request-id"), reply.header("x-request-id"));
    EXPECT_EQ(client.ask("GET", "/health", "X-Request-Id: mine-1234\r\n").header("x-request-id"),
              "mine-1234");
    EXPECT_EQ(client.ask("GET", "/health", "X-Request-Id: a b c d e f\r\n").header("x-request-id").size(),
              20u);
}

TEST_F(ServerTest, EveryErrorHasTheSecurityHeaders) {
    for (const auto& reply :
         {client.ask("GET", "/nothing"), client.ask("DELETE", "/health"), client.ask("GET", "/api/v1/throws"),
          client.ask("GET", "/api/v1/notes/x"), client.ask("POST", "/api/v1/echo", json, "{")}) {
        EXPECT_GE(reply.status, 400u);
        for (const char* name : {"x-content-type-options", "content-security-policy", "referrer-policy",
                                 "vary", "x-request-id", "permissions-policy", "cross-origin-opener-policy"})
            EXPECT_NE(reply.header(name), "") << name << reply.head;
    }
}

TEST_F(ServerTest, WhatIsNoRequestIsAnsweredToo) {
    client.send("GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\r\n folded\r\n\r\n");
    const auto reply = client.read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 400u);
    EXPECT_EQ(type_of(*reply), "invalid-request");
    EXPECT_NE(reply->header("x-request-id"), "");
    EXPECT_TRUE(client.closed());
}

// Its length is not known: what follows may be its body as well as a request, and is neither.
TEST_F(ServerTest, NothingBehindARefusedHeadIsARequest) {
    ASSERT_EQ(client.ask("GET", "/health").status, 200u);
    const std::string hidden = "GET /api/v1/bytes HTTP/1.1\r\nHost: localhost\r\n\r\n";
    std::string many = "POST /api/v1/uploads HTTP/1.1\r\nHost: localhost\r\n";
    for (int i = 0; i < 101; ++i) many += "X: a\r\n";
    client.send(many + "Content-Length: " + std::to_string(hidden.size()) + "\r\n\r\n" + hidden);
    const auto reply = client.read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 431u);
    EXPECT_EQ(type_of(*reply), "headers-too-large");
    EXPECT_EQ(reply->header("connection"), "close");
    EXPECT_FALSE(client.read()) << "the body was taken for a request";
}

// The buffer of the request before is another by then.
TEST(AccessLog, ARefusedHeadHasNoMethod) {
    Log log;
    TestServer server(Options{.access_log = true});
    Client client(server.port());
    ASSERT_EQ(client.ask("GET", "/health").status, 200u);
    client.send("?\r\nX: " + std::string(9'000, 'a') + "\r\n\r\n");
    const auto reply = client.read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 400u);
    EXPECT_TRUE(client.closed());
    EXPECT_NE(log.line(R"("status":200)").find(R"("method":"GET")"), std::string::npos);
    EXPECT_NE(log.line(R"("status":400)").find(R"("method":"")"), std::string::npos);
}

TEST_F(ServerTest, FieldErrorsNameTheField) {
    auto reply = client.ask("POST", "/api/v1/echo", json, R"({"text":"hi"})");
    EXPECT_EQ(reply.status, 200u);
    EXPECT_EQ(reply.body, R"({"text":"hi","who":""})");
    EXPECT_EQ(reply.header("x-injected"), "");
    reply = client.ask("POST", "/api/v1/echo", json, R"({"text":""})");
    EXPECT_EQ(reply.status, 400u);
    EXPECT_EQ(problem_of(reply).at("field").as_string(), "text");
    EXPECT_EQ(type_of(reply), "invalid-field");
    EXPECT_EQ(problem_of(client.ask("POST", "/api/v1/echo", json, R"({"text":"a","times":"x"})"))
                  .at("field")
                  .as_string(),
              "times");
    EXPECT_EQ(problem_of(client.ask("POST", "/api/v1/echo", json)).at("field").as_string(), "text");
    EXPECT_EQ(type_of(client.ask("POST", "/api/v1/echo", json, "{")), "invalid-json");
    EXPECT_EQ(type_of(client.ask("POST", "/api/v1/echo", json, "[]")), "invalid-json");
    EXPECT_EQ(type_of(client.ask("POST", "/api/v1/echo", json, R"({"text":"a","text":"b"})")),
              "invalid-json");
    EXPECT_EQ(client.ask("POST", "/api/v1/echo", json, "{\"text\":\"\xc3\x28\"}").status, 400u);
}

TEST_F(ServerTest, JsonBodiesMustSaySo) {
    for (const char* type :
         {"", "Content-Type: text/plain\r\n", "Content-Type: application/x-www-form-urlencoded\r\n",
          "Content-Type: application/jsonx\r\n"})
        EXPECT_EQ(client.ask("POST", "/api/v1/echo", type, R"({"text":"hi"})").status, 415u) << type;
    EXPECT_EQ(client
                  .ask("POST", "/api/v1/echo", "Content-Type: Application/JSON; charset=utf-8\r\n",
                       R"({"text":"hi"})")
                  .status,
              200u);
    EXPECT_EQ(
        client.ask("POST", "/api/v1/echo", std::string(json) + "Content-Encoding: gzip\r\n", "xxx").status,
        415u);
}

TEST_F(ServerTest, PathAndQueryFillTheRequest) {
    const std::string path = "/api/v1/notes/" + note_of("ann-1").text();
    auto reply = client.ask("GET", path + "?page=3", "Authorization: Bearer ann\r\n");
    EXPECT_EQ(reply.status, 200u) << reply.body;
    EXPECT_NE(reply.body.find("\"page\":3"), std::string::npos);
    EXPECT_NE(client.ask("GET", path + "?id=" + NoteId{}.text(), "Authorization: Bearer ann\r\n")
                  .body.find(note_of("ann-1").text()),
              std::string::npos);  // the path wins
    reply = client.ask("GET", path + "?page=x", "Authorization: Bearer ann\r\n");
    EXPECT_EQ(problem_of(reply).at("field").as_string(), "page");
    // Who may not call it hears that, whatever the query holds.
    EXPECT_EQ(client.ask("GET", path + "?page=x").status, 401u);
}

TEST_F(ServerTest, ApiWithoutVersionIsTheSame) {
    const std::string id = note_of("ann-1").text();
    const auto a = client.ask("GET", "/api/notes/" + id, "Authorization: Bearer ann\r\n");
    const auto b = client.ask("GET", "/api/v1/notes/" + id, "Authorization: Bearer ann\r\n");
    EXPECT_EQ(a.status, 200u);
    EXPECT_EQ(a.body, b.body);  // the handler sees one path
}

// A denied object, an absent one and an id that cannot be one are the same, byte for byte.
TEST_F(ServerTest, AbsenceLooksLikeDenial) {
    const std::string ann = "Authorization: Bearer ann\r\n", bob = "Authorization: Bearer bob\r\n";
    const auto denied = client.ask("GET", "/api/v1/notes/" + note_of("ann-1").text(), bob);
    EXPECT_EQ(denied.status, 404u);
    for (const std::string& id : {note_of("zzz").text(), std::string("x"), std::string(26, '!'),
                                  std::string("..x"), std::string(26, '0')}) {
        const auto absent = client.ask("GET", "/api/v1/notes/" + id, bob);
        EXPECT_EQ(absent.status, 404u);
        EXPECT_EQ(absent.body, denied.body) << id;
        EXPECT_EQ(client.ask("GET", "/api/v1/notes/" + id, ann).body, denied.body) << id;
    }
    EXPECT_EQ(client.ask("GET", "/api/v1/nothing", ann).body, denied.body);
    // The id is judged behind the body: neither is a way to learn of the other.
    EXPECT_EQ(
        client.ask("PATCH", "/api/v1/notes/x", ann + std::string(json), "{}").status,
        client.ask("PATCH", "/api/v1/notes/" + note_of("zzz").text(), ann + std::string(json), "{}").status);
    EXPECT_EQ(client.ask("PATCH", "/api/v1/notes/x", ann + std::string(json), R"({"text":"a"})").status,
              404u);
}

TEST_F(ServerTest, WhoComesFromTheGuard) {
    EXPECT_EQ(client.ask("GET", "/api/v1/notes/x").status, 401u);
    EXPECT_EQ(client.ask("GET", "/health", "Authorization: Bearer bad\r\n").status,
              401u);  // an invalid credential is not nobody
    auto reply =
        client.ask("POST", "/api/v1/me/echo",
                   "Authorization: Bearer ann\r\nContent-Type: application/json\r\n", R"({"text":"x"})");
    EXPECT_EQ(reply.body, R"({"text":"x","who":"ann"})");
    EXPECT_EQ(
        client.ask("POST", "/api/v1/me/echo", "Content-Type: application/json\r\n", R"({"text":"x"})").status,
        401u);
}

TEST_F(ServerTest, NobodyUploadsWhatIsRefusedAnyway) {
    client.send(
        "POST /api/v1/me/echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
        "application/json\r\nContent-Length: 60000\r\n\r\n");
    const auto reply = client.read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 401u);
    EXPECT_TRUE(client.closed());
}

TEST_F(ServerTest, CookiesNeedTheSameOrigin) {
    const std::string cookie = "Cookie: session=ann\r\nContent-Type: application/json\r\n";
    const std::string ours = "Origin: http://localhost:" + std::to_string(server.port()) + "\r\n";
    EXPECT_EQ(client.ask("POST", "/api/v1/me/echo", cookie, R"({"text":"x"})").status, 403u);
    EXPECT_EQ(
        client.ask("POST", "/api/v1/me/echo", cookie + "Origin: http://evil.example\r\n", R"({"text":"x"})")
            .status,
        403u);
    EXPECT_EQ(client.ask("POST", "/api/v1/me/echo", cookie + "Origin: null\r\n", R"({"text":"x"})").status,
              403u);
    EXPECT_EQ(client.ask("POST", "/api/v1/me/echo", cookie + ours, R"({"text":"x"})").body,
              R"({"text":"x","who":"ann"})");
    EXPECT_EQ(
        client.ask("POST", "/api/v1/me/echo", cookie + "Sec-Fetch-Site: same-origin\r\n", R"({"text":"x"})")
            .status,
        200u);
    EXPECT_EQ(client.ask("GET", "/health", "Cookie: session=ann\r\n").status, 200u);
}

TEST_F(ServerTest, HostDecidesBeforeAnything) {
    const auto with_host = [&](const std::string& lines, const std::string& target = "/health") {
        Client fresh(server.port());
        fresh.send("GET " + target + " HTTP/1.1\r\n" + lines + "\r\n");
        const auto reply = fresh.read();
        return reply ? reply->status : 0u;
    };
    EXPECT_EQ(with_host("Host: localhost\r\n"), 200u);
    EXPECT_EQ(with_host("Host: 127.0.0.1:80\r\n"), 200u);
    EXPECT_EQ(with_host("Host: evil.example\r\n"), 421u);
    EXPECT_EQ(with_host("Host: localhost.\r\n"), 421u);
    EXPECT_EQ(with_host("Host: evil.example\r\nX-Forwarded-Host: localhost\r\n"), 421u);
    EXPECT_EQ(with_host("Host: localhost\r\nHost: evil.example\r\n"), 400u);
    EXPECT_EQ(with_host(""), 400u);
    EXPECT_EQ(with_host("Host:\r\n"), 400u);
    EXPECT_EQ(with_host("Host: localhost\r\n", "http://localhost/health"), 200u);
    EXPECT_EQ(with_host("Host: localhost\r\n", "http://evil.example/health"), 400u);
    EXPECT_EQ(with_host("Host: evil.example\r\n", "http://evil.example/health"), 421u);
}

// AU12: no spelling reaches what the canonical one does not.
TEST_F(ServerTest, SpellingsOfAPathDecideAlike) {
    const std::string canonical = "/api/v1/notes/" + note_of("ann-1").text();
    for (const std::string& target : std::vector<std::string>{
             "/" + canonical, "/api//v1/notes/" + note_of("ann-1").text(), "/api/v1/../v1/notes/x",
             "/api/v1/notes;x/" + note_of("ann-1").text(), "/api/v1/notes%2f" + note_of("ann-1").text(),
             "/api/v1/%2e/notes", "/API/v1/notes/" + note_of("ann-1").text(), canonical + "/",
             canonical + "/.", canonical + "%00", canonical + ";jsessionid=1",
             "/api/v1\\notes\\" + note_of("ann-1").text()}) {
        const auto reply = client.ask("GET", target, "Authorization: Bearer ann\r\n");
        EXPECT_TRUE(reply.status == 400 || reply.status == 404) << target << ' ' << reply.status;
        if (reply.status == 0) break;
    }
    for (const char* header :
         {"X-Original-URL: /health", "X-Rewrite-URL: /health", "X-HTTP-Method-Override: GET",
          "X-Forwarded-Prefix: /health", "X-Forwarded-User: ann", "Remote-User: ann"})
        EXPECT_EQ(client.ask("GET", canonical, std::string(header) + "\r\n").status, 401u) << header;
}

TEST_F(ServerTest, MethodsAreSaid) {
    auto reply = client.ask("DELETE", "/health");
    EXPECT_EQ(reply.status, 405u);
    EXPECT_EQ(reply.header("allow"), "GET, HEAD, OPTIONS");
    EXPECT_EQ(client.ask("BREW", "/health").status, 405u);
    EXPECT_EQ(client.ask("BREW", "/nothing").status, 404u);
    reply = client.ask("OPTIONS", "/api/v1/stream");
    EXPECT_EQ(reply.status, 204u);
    EXPECT_EQ(reply.header("allow"), "GET, HEAD, POST, OPTIONS");
    EXPECT_EQ(client.ask("OPTIONS", "/nothing").status, 404u);
    EXPECT_EQ(client.ask("OPTIONS", "*").status, 204u);
    reply = client.ask("HEAD", "/health");
    EXPECT_EQ(reply.status, 200u);
    EXPECT_EQ(reply.header("content-length"), "15");
    EXPECT_EQ(client.ask("GET", "/health").status, 200u);  // nothing was left in the connection
}

TEST(Cors, ExactOriginsOnly) {
    Options options;
    options.origins = {"http://localhost:5173"};
    TestServer server(std::move(options));
    Client client(server.port());
    auto reply = client.ask("OPTIONS", "/api/v1/echo",
                            "Origin: http://localhost:5173\r\nAccess-Control-Request-Method: POST\r\n");
    EXPECT_EQ(reply.status, 204u);
    EXPECT_EQ(reply.header("access-control-allow-origin"), "http://localhost:5173");
    EXPECT_EQ(reply.header("access-control-allow-credentials"), "true");
    EXPECT_NE(reply.header("access-control-allow-methods").find("POST"), std::string::npos);
    EXPECT_EQ(reply.header("vary"), "Origin");
    reply =
        client.ask("POST", "/api/v1/echo",
                   "Origin: http://localhost:5173\r\nContent-Type: application/json\r\n", R"({"text":"x"})");
    EXPECT_EQ(reply.status, 200u);
    EXPECT_EQ(reply.header("access-control-allow-origin"), "http://localhost:5173");
    for (const char* origin :
         {"null", "http://localhost:51730", "https://localhost:5173", "http://localhost:5173.evil.example",
          "http://evil.example", "http://LOCALHOST:5173", "http://localhost", "http://xlocalhost:5173",
          "http://localhost:5173/", "*", "http://localhost:5173,http://evil.example"}) {
        reply = client.ask("OPTIONS", "/api/v1/echo",
                           std::string("Origin: ") + origin + "\r\nAccess-Control-Request-Method: POST\r\n");
        EXPECT_EQ(reply.header("access-control-allow-origin"), "") << origin;
        EXPECT_EQ(reply.header("vary"), "Origin");
        EXPECT_EQ(client
                      .ask("POST", "/api/v1/echo",
                           std::string("Origin: ") + origin + "\r\nContent-Type: application/json\r\n",
                           R"({"text":"x"})")
                      .status,
                  403u)
            << origin;
        EXPECT_EQ(client.ask("GET", "/health", std::string("Origin: ") + origin + "\r\n")
                      .header("access-control-allow-origin"),
                  "")
            << origin;
    }
}

TEST_F(ServerTest, BodiesAndForms) {
    EXPECT_EQ(client.ask("POST", "/api/v1/uploads", "", std::string(100'000, 'x')).body,
              R"({"bytes":100000})");
    client.send(
        "POST /api/v1/uploads HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\nhello\r\n3\r\nabc\r\n0\r\n\r\nGET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(client.read()->body, R"({"bytes":8})");
    EXPECT_EQ(client.read()->body, R"({"status":"ok"})");  // what came behind the chunks is the next request
    EXPECT_EQ(client
                  .ask("POST", "/api/v1/forms", "Content-Type: multipart/form-data; boundary=B\r\n",
                       "--B\r\nContent-Disposition: form-data; name=file; filename=x\r\n\r\nabc\r\n--B--\r\n")
                  .body,
              R"({"bytes":3})");
    EXPECT_EQ(type_of(client.ask("POST", "/api/v1/forms", "Content-Type: multipart/form-data; boundary=B\r\n",
                                 "nonsense")),
              "invalid-multipart");
    EXPECT_EQ(client.ask("POST", "/api/v1/forms", "Content-Type: text/plain\r\n", "x").status, 415u);
}

TEST_F(ServerTest, ExpectIsAnswered) {
    client.send(
        "POST /api/v1/uploads HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: "
        "3\r\n\r\n");
    const auto go_on = client.read();
    ASSERT_TRUE(go_on);
    EXPECT_EQ(go_on->status, 100u);
    client.send("abc");
    EXPECT_EQ(client.read()->body, R"({"bytes":3})");
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
    std::string many;
    for (int i = 0; i < 50; ++i)
        many +=
            "POST /api/v1/echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
            "application/json\r\nContent-Length: " +
            std::to_string(11 + std::to_string(i).size()) + "\r\n\r\n{\"text\":\"" + std::to_string(i) +
            "\"}";
    client.send(many);
    for (int i = 0; i < 50; ++i)
        EXPECT_EQ(client.read()->body, "{\"text\":\"" + std::to_string(i) + R"(","who":""})");
}

TEST_F(ServerTest, OneByteAtATime) {
    for (const char c :
         std::string("\r\nGET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
        client.send({&c, 1});
    const auto reply = client.read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 200u);
    EXPECT_EQ(reply->header("connection"), "close");
    EXPECT_TRUE(client.closed());
}

TEST_F(ServerTest, OldClients) {
    client.send("GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(client.read()->header("connection"), "close");
    EXPECT_TRUE(client.closed());
    Client kept(server.port());
    kept.send("GET /health HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(kept.read()->header("connection"), "keep-alive");
    EXPECT_EQ(kept.ask("GET", "/health").status, 200u);
}

TEST_F(ServerTest, RangesAndTags) {
    auto reply = client.ask("GET", "/api/v1/bytes");
    EXPECT_EQ(reply.body, "0123456789");
    EXPECT_EQ(reply.header("accept-ranges"), "bytes");
    const std::string etag = reply.header("etag");
    EXPECT_EQ(client.ask("GET", "/api/v1/bytes", "If-None-Match: " + etag + "\r\n").status, 304u);
    reply = client.ask("GET", "/api/v1/bytes", "Range: bytes=2-4\r\n");
    EXPECT_EQ(reply.status, 206u);
    EXPECT_EQ(reply.body, "234");
    EXPECT_EQ(reply.header("content-range"), "bytes 2-4/10");
    reply = client.ask("GET", "/api/v1/bytes", "Range: bytes=0-1,8-\r\n");
    EXPECT_EQ(reply.status, 206u);
    EXPECT_NE(reply.header("content-type").find("multipart/byteranges"), std::string::npos);
    EXPECT_NE(reply.body.find("content-range: bytes 8-9/10\r\n\r\n89\r\n--"), std::string::npos);
    reply = client.ask("GET", "/api/v1/bytes", "Range: bytes=10-\r\n");
    EXPECT_EQ(reply.status, 416u);
    EXPECT_EQ(reply.header("content-range"), "bytes */10");
    EXPECT_EQ(client.ask("GET", "/api/v1/bytes", "Range: bytes=2-4\r\nIf-Range: \"other\"\r\n").status, 200u);
    EXPECT_EQ(client.ask("GET", "/api/v1/bytes", "Range: bytes=2-4\r\nIf-Range: " + etag + "\r\n").status,
              206u);
}

TEST_F(ServerTest, FilesAreStreamed) {
    const auto path = std::filesystem::temp_directory_path() / "lares-http-file.bin";
    std::string content;
    for (int i = 0; i < 200'000; ++i) content += std::to_string(i);
    std::ofstream(path, std::ios::binary) << content;
    EXPECT_EQ(client.ask("GET", "/api/v1/file").body, content);
    EXPECT_EQ(client.ask("GET", "/api/v1/file", "Range: bytes=700000-700009\r\n").body,
              content.substr(700'000, 10));
    EXPECT_EQ(client.ask("HEAD", "/api/v1/file").header("content-length"), std::to_string(content.size()));
    std::filesystem::remove(path);
    EXPECT_EQ(client.ask("GET", "/api/v1/file").status, 404u);
}

TEST_F(ServerTest, ExceptionsAreOursNotTheirs) {
    const auto reply = client.ask("GET", "/api/v1/throws");
    EXPECT_EQ(reply.status, 500u);
    EXPECT_EQ(reply.body.find("secret"), std::string::npos);
    EXPECT_EQ(client.ask("GET", "/health").status, 200u);
}

TEST_F(ServerTest, BucketsSayWhenToComeBack) {
    server.guard.address_limit = server.guard.address_weight + 1;
    EXPECT_EQ(client.ask("GET", "/health").status, 200u);
    const auto reply = client.ask("GET", "/health");
    EXPECT_EQ(reply.status, 429u);
    EXPECT_EQ(reply.header("retry-after"), "2");
    EXPECT_EQ(client.ask("GET", "/nothing").status, 429u);  // guessing costs too
}

TEST(Proxy, OnlyATrustedOneIsBelieved) {
    Options options;
    options.trusted_proxies = {"::1", "127.0.0.0/8"};
    options.public_url = "https://lares.example";
    TestServer server(std::move(options));
    Client client(server.port());
    const auto reply =
        client.ask("POST", "/api/v1/me/echo",
                   "X-Forwarded-For: 6.6.6.6, 9.9.9.9\r\nX-Forwarded-Proto: https\r\nCookie: session=ann\r\n"
                   "Origin: https://lares.example\r\nContent-Type: application/json\r\n",
                   R"({"text":"x"})");
    EXPECT_EQ(reply.status, 200u);
    EXPECT_NE(reply.header("strict-transport-security"), "");
}

TEST(Steps, AreOneListInOrder) {
    std::vector<std::string_view> names(request_steps().begin(), request_steps().end());
    const std::vector<std::string_view> wanted{"bytes and header limits",
                                               "request id",
                                               "client address",
                                               "host and origin",
                                               "route",
                                               "address bucket",
                                               "no such route",
                                               "deadline",
                                               "who",
                                               "principal bucket",
                                               "may they at all",
                                               "body",
                                               "fields",
                                               "may they see what is wrong",
                                               "wrong fields",
                                               "typed ids",
                                               "may they"};
    EXPECT_EQ(names, wanted);
}

}  // namespace
}  // namespace lares::http::test
