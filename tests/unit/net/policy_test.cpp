#include "net/policy.h"

#include <gtest/gtest.h>

namespace lares::net {
namespace {

bool permits(const std::vector<std::string>& allow, std::string_view url, std::string_view address) {
    return Policy::parse(allow)->permits(Url::parse(url).value(), Address::parse(address).value());
}

TEST(Policy, WithoutRulesOnlyGlobalAddresses) {
    EXPECT_TRUE(permits({}, "http://a.com/", "8.8.8.8"));
    EXPECT_FALSE(permits({}, "http://a.com/", "127.0.0.1"));
}

TEST(Policy, AHostRuleIsForThatHostAndPort) {
    EXPECT_TRUE(permits({"localhost:11434"}, "http://localhost:11434/", "127.0.0.1"));
    EXPECT_TRUE(permits({"LocalHost:11434"}, "http://LOCALHOST.:11434/", "::1"));
    EXPECT_FALSE(permits({"localhost:11434"}, "http://localhost:8080/", "127.0.0.1"));
    EXPECT_FALSE(permits({"localhost:11434"}, "http://evil.com:11434/", "127.0.0.1"));
    EXPECT_TRUE(permits({"nas.lan"}, "http://nas.lan:8080/", "192.168.1.7"));
    EXPECT_FALSE(permits({"nas.lan"}, "http://nas.lan:6379/", "192.168.1.7"));
}

TEST(Policy, ANetworkRuleIsForAddresses) {
    EXPECT_TRUE(permits({"192.168.1.0/24"}, "http://any.com/", "192.168.1.9"));
    EXPECT_FALSE(permits({"192.168.1.0/24"}, "http://any.com/", "192.168.2.9"));
    EXPECT_TRUE(permits({"10.0.0.5:8080"}, "http://x.com:8080/", "10.0.0.5"));
    EXPECT_FALSE(permits({"10.0.0.5:8080"}, "http://x.com/", "10.0.0.5"));
    EXPECT_TRUE(permits({"[fd00::1]:80"}, "http://x.com/", "fd00::1"));
    EXPECT_TRUE(permits({"fd00::1"}, "http://x.com:99/", "fd00::1"));
}

TEST(Policy, PortsOfOtherProtocolsNeedARuleThatNamesThem) {
    const auto check = [](const std::vector<std::string>& allow, std::string_view url) {
        return Policy::parse(allow)->check_port(Url::parse(url).value()).has_value();
    };
    EXPECT_TRUE(check({}, "http://a.com:8080/"));
    for (const auto* url :
         {"http://a.com:22/", "http://a.com:25/", "http://a.com:6379/", "https://a.com:3306/"}) {
        EXPECT_FALSE(check({}, url)) << url;
    }
    EXPECT_FALSE(check({"a.com"}, "http://a.com:22/"));
    EXPECT_TRUE(check({"a.com:22"}, "http://a.com:22/"));
    EXPECT_TRUE(check({"10.0.0.1:22"}, "http://10.0.0.1:22/"));
}

TEST(Policy, EntriesThatSayNothingAreRefused) {
    for (const auto* entry :
         {"", "http://a", "a:0", "a:x", "a:99999", "10.0.0.0/33", "a/b", "u@a", "127.1", "*"}) {
        EXPECT_FALSE(Policy::parse({entry})) << entry;
    }
}

}  // namespace
}  // namespace lares::net
