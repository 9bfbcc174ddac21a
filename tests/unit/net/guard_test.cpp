// What must never be reached is not: canaries listen on loopback and count who connects.
#include <fstream>

#include "unit/net/net_fixture.h"
#include "unit/net/scripted_server.h"

namespace lares::net::testing {
namespace {

std::vector<std::string> corpus(std::uint16_t port) {
    std::vector<std::string> urls;
    std::ifstream file(LARES_SSRF_CORPUS);
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line[0] == '#') continue;
        if (const auto at = line.find("PORT"); at != std::string::npos)
            line.replace(at, 4, std::to_string(port));
        urls.push_back(line);
    }
    return urls;
}

class Guard : public NetTest {
protected:
    Guard() {
        try {
            canaries_.push_back(
                std::make_unique<ScriptedServer>([](const std::string&) { return reply("inside"); }, "::1"));
        } catch (const std::runtime_error&) {  // a machine without IPv6
        }
        resolver_.answer_all({"127.0.0.1", "::1"});
        make_client({});
    }
    static std::unique_ptr<ScriptedServer> make_canary() {
        return std::make_unique<ScriptedServer>([](const std::string&) { return reply("inside"); });
    }
    int reached() const {
        int count = 0;
        for (const auto& canary : canaries_) count += canary->connections();
        return count;
    }
    std::vector<std::unique_ptr<ScriptedServer>> canaries_ = [] {
        std::vector<std::unique_ptr<ScriptedServer>> out;
        out.push_back(make_canary());
        return out;
    }();
};

TEST_F(Guard, TheCanariesCanBeReachedWhenTheOperatorAllowsIt) {
    for (const auto& canary : canaries_) {
        make_client({"127.0.0.0/8", "::1"});
        EXPECT_EQ(text("http://" + std::string(canary == canaries_[0] ? "127.0.0.1:" : "[::1]:") +
                       std::to_string(canary->port()) + "/"),
                  "inside");
    }
    EXPECT_EQ(reached(), static_cast<int>(canaries_.size()));
}

TEST_F(Guard, NoSpellingReachesInside) {
    for (const auto& canary : canaries_) {
        const auto urls = corpus(canary->port());
        ASSERT_GE(urls.size(), 120u);
        for (const auto& url : urls) {
            const auto response = get(url);
            EXPECT_FALSE(response) << url;
        }
    }
    EXPECT_EQ(reached(), 0);
}

// The same spellings, sent by a server that may be called.
TEST_F(Guard, NoRedirectReachesInside) {
    std::string location;
    ScriptedServer outside([&](const std::string& request) {
        return request.starts_with("GET /start ") ? redirect(location) : reply("outside");
    });
    const std::string base = "http://" + outside.at("outside.test");
    make_client({outside.at("outside.test")});
    for (const auto& canary : canaries_) {
        for (const auto& url : corpus(canary->port())) {
            location = url;
            const std::string got = text(base + "/start", 5);
            EXPECT_NE(got, "inside") << url;
        }
    }
    EXPECT_EQ(reached(), 0);
}

TEST_F(Guard, AChainOfRedirectsIsJudgedAtEachStep) {
    ScriptedServer outside([&](const std::string& request) {
        const int step = request[5] - '0';
        if (step < 4) return redirect("/" + std::to_string(step + 1));
        return redirect("http://inside.test:" + std::to_string(canaries_[0]->port()) + "/");
    });
    make_client({outside.at("outside.test")});
    EXPECT_EQ(text("http://" + outside.at("outside.test") + "/0", 10), "upstream-unreachable");
    EXPECT_EQ(outside.requests().size(), 5u);
    EXPECT_EQ(reached(), 0);
}

TEST_F(Guard, ANameThatChangesItsAddressIsJudgedByTheOneConnected) {
    const std::string port = std::to_string(canaries_[0]->port());
    // 198.51.100.1 stands for an address that may be called: it is allowed, and nobody answers there.
    make_client({"198.51.100.0/24"});
    resolver_.script("rebind.test", {{"198.51.100.1"}, {"127.0.0.1"}});
    Request request;
    request.url = "http://rebind.test:" + port + "/";
    request.connect_timeout = async::Milliseconds(100);
    EXPECT_FALSE(fetch(std::move(request)));
    EXPECT_EQ(resolver_.lookups, 1);  // what was judged is what was tried: no second lookup
    for (int i = 0; i < 3; ++i) EXPECT_EQ(text("http://rebind.test:" + port + "/"), "upstream-unreachable");
    resolver_.script("mixed.test", {{"198.51.100.1", "127.0.0.1"}});
    resolver_.script("mixed6.test", {{"2a00::1", "::ffff:127.0.0.1"}});
    for (const auto* host : {"mixed.test", "mixed6.test"}) {
        EXPECT_EQ(text("http://" + std::string(host) + ":" + port + "/"), "upstream-unreachable") << host;
    }
    EXPECT_EQ(reached(), 0);
}

TEST_F(Guard, ErrorsDoNotTellAnOpenPortFromAClosedOne) {
    const std::string open = std::to_string(canaries_[0]->port());
    std::string closed;
    {
        const auto gone = make_canary();
        closed = std::to_string(gone->port());
    }
    const auto error = [&](const std::string& url) {
        Request request;
        request.url = url;
        request.connect_timeout = async::Milliseconds(500);
        const Error e = fetch(std::move(request)).error();
        return e.type + "|" + e.message + "|" + e.field;
    };
    EXPECT_EQ(error("http://inside.test:" + open + "/"), error("http://inside.test:" + closed + "/"));
    EXPECT_EQ(error("http://127.0.0.1:" + open + "/"), error("http://127.0.0.1:" + closed + "/"));
    resolver_.script("unknown.test", {{}});
    const std::string unknown = error("http://unknown.test:" + open + "/");
    EXPECT_EQ(unknown.substr(0, unknown.find('|')), "upstream-unreachable");
    // Allowed, and closed or no TLS: still the one text.
    make_client({"127.0.0.0/8"});
    const std::string refused = error("http://127.0.0.1:" + closed + "/");
    EXPECT_EQ(refused, error("https://127.0.0.1:" + closed + "/"));
    EXPECT_EQ(refused, error("https://127.0.0.1:" + open + "/"));
    EXPECT_EQ(refused.find("refused"), std::string::npos);
}

TEST_F(Guard, PortsOfOtherProtocolsAreRefusedBeforeALookup) {
    EXPECT_EQ(get("http://a.test:25/").error().type, "port-not-allowed");
    EXPECT_EQ(resolver_.lookups, 0);
    ScriptedServer outside([](const std::string&) { return redirect("http://a.test:6379/"); });
    make_client({outside.at("outside.test")});
    EXPECT_EQ(get("http://" + outside.at("outside.test"), 3).error().type, "port-not-allowed");
}

}  // namespace
}  // namespace lares::net::testing
