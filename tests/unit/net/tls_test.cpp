#include "unit/net/net_fixture.h"
#include "unit/net/scripted_server.h"

namespace lares::net::testing {
namespace {

class HttpsClient : public NetTest {
protected:
    void serve(const std::string& name, ScriptedServer::Handler handler) {
        const auto certificate = Certificate::make(name);
        server_ = std::make_unique<ScriptedServer>(std::move(handler), certificate);
        authority_ = certificate.certificate;
        resolver_.answer_all({"127.0.0.1"});
        trust(authority_);
    }
    void trust(const std::string& pem) {
        make_client({server_->at("host.test"), server_->at("127.0.0.1")},
                    {.policy = {}, .extra_authorities_pem = pem});
    }
    std::string url() const { return "https://" + server_->at("host.test") + "/"; }
    std::unique_ptr<ScriptedServer> server_;
    std::string authority_;
};

TEST_F(HttpsClient, TrustsANameThatAnAuthorityVouchesFor) {
    serve("host.test", [](const std::string&) { return reply("secret"); });
    for (int i = 0; i < 3; ++i) EXPECT_EQ(text(url()), "secret");
    EXPECT_EQ(server_->connections(), 1);
}

TEST_F(HttpsClient, RefusesEveryoneElse) {
    serve("host.test", [](const std::string&) { return reply("secret"); });
    trust("");
    EXPECT_EQ(text(url()), "upstream-unreachable");
    trust(authority_);
    EXPECT_EQ(text("https://" + server_->at("127.0.0.1") + "/"), "upstream-unreachable");
    serve("evil.test", [](const std::string&) { return reply("secret"); });
    EXPECT_EQ(text(url()), "upstream-unreachable");
    serve("*.test", [](const std::string&) { return reply("secret"); });
    EXPECT_EQ(text(url()), "upstream-unreachable");  // a certificate for everything under a top-level name
    EXPECT_TRUE(server_->requests().empty());
}

TEST_F(HttpsClient, ABodyWithoutALengthNeedsAProperEnd) {
    bool cut = false;
    serve("host.test", [&](const std::string&) {
        return Reply{.pieces = {"HTTP/1.1 200 OK\r\n\r\nhalf"}, .close = !cut, .cut = cut};
    });
    EXPECT_EQ(text(url()), "half");
    cut = true;
    EXPECT_EQ(text(url()), "upstream-failed");
}

TEST_F(HttpsClient, IsNotLedAwayFromTls) {
    serve("host.test", [](const std::string&) { return redirect("http://host.test/"); });
    EXPECT_EQ(text(url(), 3), "upstream-failed");
}

TEST_F(HttpsClient, AuthoritiesMustBeCertificates) {
    EXPECT_EQ(Client::make({.policy = {}, .extra_authorities_pem = "junk"}, resolver_).error().type,
              "invalid-certificate");
}

}  // namespace
}  // namespace lares::net::testing
