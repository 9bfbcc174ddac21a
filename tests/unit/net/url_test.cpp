#include "net/url.h"

#include <gtest/gtest.h>

namespace lares::net {
namespace {

TEST(Url, ReadsWhatIsPlain) {
    const auto url = Url::parse("HTTPS://Example.COM.:8443/a/b?c=d#e");
    ASSERT_TRUE(url);
    EXPECT_TRUE(url->tls);
    EXPECT_EQ(url->host, "example.com");
    EXPECT_EQ(url->port, 8443);
    EXPECT_EQ(url->target, "/a/b?c=d");
    EXPECT_EQ(url->host_header(), "example.com:8443");
    EXPECT_EQ(Url::parse("http://a")->text(), "http://a/");
    EXPECT_EQ(Url::parse("http://a?x")->target, "/?x");
    EXPECT_EQ(Url::parse("https://a:443")->text(), "https://a/");
    EXPECT_EQ(Url::parse("http://[2A00::1]:80/")->host_header(), "[2a00::1]");
    EXPECT_EQ(Url::parse("http://1.2.3.4/")->literal->text(), "1.2.3.4");
    EXPECT_FALSE(Url::parse("http://1password.com/")->literal);
    EXPECT_FALSE(Url::parse("http://4chan/")->literal);
}

TEST(Url, RefusesWhatCouldBeReadInTwoWays) {
    for (const auto* text : {"",
                             "http:",
                             "http://",
                             "ftp://a",
                             "a",
                             "//a",
                             "http:/a",
                             "http:a",
                             "http://a b",
                             "http://a\n",
                             "http://a\\b",
                             "http://u@a",
                             "http://a:0",
                             "http://a:65536",
                             "http://a:8x",
                             "http://a:",
                             "http://[::1",
                             "http://[1.2.3.4]",
                             "http://127.1",
                             "http://2130706433",
                             "http://0x7f000001",
                             "http://1.2.3.4.",
                             "http://01.2.3.4",
                             "http://a..b",
                             "http://.a",
                             "http://-a",
                             "http://a-",
                             "http://é.com",
                             "http://a%2eb",
                             "http://a,b",
                             "http://a.0x10"}) {
        const auto url = Url::parse(text);
        ASSERT_FALSE(url) << text;
        EXPECT_EQ(url.error().type, "invalid-url");
    }
    EXPECT_FALSE(Url::parse("http://" + std::string(254, 'a')));
    EXPECT_FALSE(Url::parse("http://a/" + std::string(url_bytes_max, 'a')));
}

TEST(Url, ResolvesLocations) {
    const auto base = Url::parse("https://a.com:8443/x/y/z?q").value();
    const auto to = [&](std::string_view location) {
        const auto url = base.resolve(location);
        return url ? url->text() : "refused";
    };
    EXPECT_EQ(to("/p?r=http://x/"), "https://a.com:8443/p?r=http://x/");
    EXPECT_EQ(to("p"), "https://a.com:8443/x/y/p");
    EXPECT_EQ(to("../p"), "https://a.com:8443/x/p");
    EXPECT_EQ(to("../../../../p/./q/.."), "https://a.com:8443/p/");
    EXPECT_EQ(to("?n"), "https://a.com:8443/x/y/z?n");
    EXPECT_EQ(to("#f"), "https://a.com:8443/x/y/z?q");
    EXPECT_EQ(to("//b.com/p"), "https://b.com/p");
    EXPECT_EQ(to("http://b.com"), "http://b.com/");
    EXPECT_EQ(to("HTTP://b.com"), "http://b.com/");
    EXPECT_EQ(to("file:///etc/passwd"), "refused");
    EXPECT_EQ(to("//u@b.com/"), "refused");
    EXPECT_EQ(to("\\\\b.com"), "refused");
}

}  // namespace
}  // namespace lares::net
