#include <gtest/gtest.h>

#include "http/assets.h"
#include "unit/http/kit.h"

namespace lares::http::test {
namespace {

const Asset files[] = {
    {"/assets/app-1a2b.js", "text/javascript", "\"e1\"", true, "plain-plain-plain", "brotli", "gzipped"},
    {"/favicon.svg", "image/svg+xml", "\"e2\"", false, "<svg/>", "", ""},
    {"/index.html", "text/html; charset=utf-8", "\"e3\"", false,
     "<script nonce=\"__CSP_NONCE__\"></script><style nonce=\"__CSP_NONCE__\"></style>", "", ""},
};

Options with(const Assets& assets) {
    Options options;
    options.assets = &assets;
    return options;
}

TEST(Assets, BestEncodingAndCaching) {
    const Assets assets(files);
    TestServer server(with(assets));
    Client client(server.port());
    auto reply = client.ask("GET", "/assets/app-1a2b.js", "Accept-Encoding: gzip, br\r\n");
    EXPECT_EQ(reply.status, 200u);
    EXPECT_EQ(reply.body, "brotli");
    EXPECT_EQ(reply.header("content-encoding"), "br");
    EXPECT_EQ(reply.header("cache-control"), "public, max-age=31536000, immutable");
    EXPECT_EQ(reply.header("vary"), "Origin, accept-encoding");
    const std::string etag = reply.header("etag");
    EXPECT_EQ(client.ask("GET", "/assets/app-1a2b.js", "Accept-Encoding: br;q=0, gzip;q=0.5\r\n").body,
              "gzipped");
    EXPECT_EQ(client.ask("GET", "/assets/app-1a2b.js").body, "plain-plain-plain");
    reply =
        client.ask("GET", "/assets/app-1a2b.js", "Accept-Encoding: br\r\nIf-None-Match: " + etag + "\r\n");
    EXPECT_EQ(reply.status, 304u);
    reply = client.ask("HEAD", "/assets/app-1a2b.js");
    EXPECT_EQ(reply.header("content-length"), "17");
    EXPECT_EQ(client.ask("GET", "/assets/app-1a2b.js", "Range: bytes=6-10\r\n").body, "plain");
    EXPECT_EQ(client.ask("GET", "/favicon.svg").header("cache-control"), "no-cache");
    EXPECT_EQ(client.ask("POST", "/favicon.svg").status, 404u);
}

TEST(Assets, PageHasAFreshNonce) {
    const Assets assets(files);
    TestServer server(with(assets));
    Client client(server.port());
    const auto first = client.ask("GET", "/companions", "Accept: text/html\r\n");
    const auto second = client.ask("GET", "/index.html");
    EXPECT_EQ(first.status, 200u);
    EXPECT_EQ(first.body.find("__CSP_NONCE__"), std::string::npos);
    EXPECT_NE(first.body, second.body);
    const auto from = first.body.find("nonce=\"") + 7;
    const std::string nonce = first.body.substr(from, first.body.find('"', from) - from);
    EXPECT_EQ(nonce.size(), 24u);
    const std::string policy = first.header("content-security-policy");
    EXPECT_NE(policy.find("script-src 'self' 'nonce-" + nonce + "'"), std::string::npos);
    EXPECT_EQ(policy.find("unsafe"), std::string::npos);
    EXPECT_EQ(first.head.find("default-src 'none'"), std::string::npos);  // one policy only
    EXPECT_EQ(client.ask("GET", "/companions", "Accept: application/json\r\n").status, 404u);
    EXPECT_EQ(client.ask("GET", "/api/nothing", "Accept: text/html\r\n").status, 404u);
    EXPECT_EQ(client.ask("GET", "/nothing.js", "Accept: text/html\r\n").status, 404u);
}

TEST(Assets, WithoutABuildAPageSaysHow) {
    const Assets assets({});
    TestServer server(with(assets));
    Client client(server.port());
    const auto reply = client.ask("GET", "/", "Accept: text/html\r\n");
    EXPECT_EQ(reply.status, 200u);
    EXPECT_NE(reply.body.find("npm run build"), std::string::npos);
    EXPECT_FALSE(assets.built());
}

}  // namespace
}  // namespace lares::http::test
