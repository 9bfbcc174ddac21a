#include <chrono>

#include <gtest/gtest.h>

#include "http/answer.h"
#include "http/cookies.h"
#include "http/multipart.h"
#include "http/origin.h"
#include "http/range.h"
#include "http/target.h"

namespace lares::http {
namespace {

std::string canonical(std::string_view text) {
    Target target;
    return parse_target(text, target) ? target.path : "refused";
}

TEST(Target, HasOneForm) {
    EXPECT_EQ(canonical("/"), "/");
    EXPECT_EQ(canonical("/health?x=1"), "/health");
    EXPECT_EQ(canonical("/api/characters"), "/api/v1/characters");
    EXPECT_EQ(canonical("/api/v1/characters"), "/api/v1/characters");
    EXPECT_EQ(canonical("/api/v1"), "/api/v1");
    EXPECT_EQ(canonical("/api/%63haracters"), "/api/v1/characters");
    EXPECT_EQ(canonical("/%61pi/x"), "/api/v1/x");
    EXPECT_EQ(canonical("/a/%C3%A9"), "/a/\xc3\xa9");
    EXPECT_EQ(canonical("http://localhost/api/x"), "/api/v1/x");
    EXPECT_EQ(canonical("*"), "*");
}

TEST(Target, RefusesWhatReadersCouldReadDifferently) {
    for (const char* text : {"",           "x",
                             "//",         "/a//b",
                             "//a",        "/a/./b",
                             "/a/../b",    "/..",
                             "/.",         "/%2e%2e/x",
                             "/a%2fb",     "/a%5cb",
                             "/a\\b",      "/a;b",
                             "/a%3bb",     "/a%00",
                             "/a%0a",      "/%",
                             "/%4",        "/%zz",
                             "/a%252f",    "/\xc3\xa9",
                             "/%ff",       "/a#b",
                             "ftp://x/",   "http:///a/../b",
                             "/api//v1/x", "/api/v1//x"})
        EXPECT_EQ(canonical(text), "refused") << text;
}

TEST(Target, QueryPairsAreDecoded) {
    std::string seen;
    EXPECT_TRUE(
        each_query_pair("a=1&b=x+y%21&&c", [&](std::string n, std::string v) { seen += n + '=' + v + ';'; }));
    EXPECT_EQ(seen, "a=1;b=x y!;c=;");
    EXPECT_FALSE(each_query_pair("a=%zz", [](std::string, std::string) {}));
    EXPECT_FALSE(each_query_pair("a=%4", [](std::string, std::string) {}));
}

TEST(Cookies, FindsTheFirstWellFormed) {
    EXPECT_EQ(find_cookie("a=1; b=2", "b"), "2");
    EXPECT_EQ(find_cookie("ab=1;b=\"x\"", "b"), "x");
    EXPECT_EQ(find_cookie("b=x y; b=ok", "b"), "ok");
    EXPECT_EQ(find_cookie("B=1", "b"), std::nullopt);
    EXPECT_EQ(find_cookie(";;;=;b", "b"), std::nullopt);
    EXPECT_EQ(find_cookie("", "b"), std::nullopt);
}

TEST(Cookies, WritesAttributes) {
    EXPECT_EQ(to_set_cookie({.name = "s", .value = "v", .max_age_s = 60, .secure = true}),
              "s=v; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Strict");
}

std::string ranges_of(std::string_view header, std::uint64_t size) {
    std::vector<ByteRange> ranges;
    switch (parse_range(header, size, ranges)) {
        case RangeResult::whole:
            return "whole";
        case RangeResult::unsatisfiable:
            return "416";
        case RangeResult::partial:
            break;
    }
    std::string out;
    for (const auto& range : ranges)
        out += std::to_string(range.first) + '-' + std::to_string(range.last) + ' ';
    return out;
}

TEST(Range, FollowsTheRfc) {
    EXPECT_EQ(ranges_of("bytes=0-0", 10), "0-0 ");
    EXPECT_EQ(ranges_of("bytes=5-", 10), "5-9 ");
    EXPECT_EQ(ranges_of("bytes=-3", 10), "7-9 ");
    EXPECT_EQ(ranges_of("bytes=-30", 10), "0-9 ");
    EXPECT_EQ(ranges_of("bytes=8-99999999999999999999999", 10), "8-9 ");
    EXPECT_EQ(ranges_of("bytes=0-1, 4-5,,9-", 10), "0-1 4-5 9-9 ");
    EXPECT_EQ(ranges_of("bytes=10-", 10), "416");
    EXPECT_EQ(ranges_of("bytes=-0", 10), "416");
    EXPECT_EQ(ranges_of("bytes=0-", 0), "416");
    for (const char* text : {"", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "lines=1-2",
                             "bytes=1-2-3", "bytes=+1-2"})
        EXPECT_EQ(ranges_of(text, 10), "whole") << text;
    EXPECT_EQ(ranges_of("bytes=0-9,0-9", 10), "whole");  // asks for more than there is
    EXPECT_EQ(ranges_of("bytes=0-0,1-1,2-2,3-3,4-4,5-5,6-6,7-7,8-8", 10), "whole");  // nine
}

constexpr std::string_view form = "multipart/form-data; boundary=XX";

TEST(Multipart, ReadsParts) {
    const auto parsed =
        parse_multipart(form,
                        "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--XX\r\n"
                        "Content-Type: image/png\r\nContent-Disposition: form-data; name=f; "
                        "filename=\"..\\\\up/x.png\"\r\n\r\n\r\n--XX\r\n"
                        "content-disposition: form-data; name=b\r\n\r\n--XY\r\n\r\n--XX--\r\n");
    ASSERT_TRUE(parsed) << parsed.error().message;
    ASSERT_EQ(parsed->parts.size(), 3u);
    EXPECT_EQ(parsed->find("a")->data, "1");
    EXPECT_EQ(parsed->parts[1].filename, "x.png");
    EXPECT_EQ(parsed->parts[1].content_type, "image/png");
    EXPECT_EQ(parsed->parts[1].data, "");
    EXPECT_EQ(parsed->find("b")->data, "--XY\r\n");
    EXPECT_EQ(parsed->find("c"), nullptr);
}

TEST(Multipart, RefusesWhatIsBroken) {
    for (const char* body : {"", "--XX", "--XX\r\n", "--XXjunk", "--XX\r\n\r\nno name\r\n--XX--", "junk",
                             "--XX\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--XX--",
                             "--XX\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--XX--",
                             "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\nno end",
                             "--XX\r\nno colon\r\n\r\n1\r\n--XX--"}) {
        const auto parsed = parse_multipart(form, body);
        ASSERT_FALSE(parsed) << body;
        EXPECT_EQ(parsed.error().type, "invalid-multipart") << body;
    }
    EXPECT_EQ(parse_multipart("text/plain", "x").error().code, Code::unsupported);
    EXPECT_FALSE(parse_multipart("multipart/form-data", "x"));
    EXPECT_FALSE(parse_multipart("multipart/form-data; boundary=\"\"", "x"));
}

double cpu_ms() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

std::string repeated(std::string_view text, std::size_t bytes) {
    std::string out;
    while (out.size() < bytes) out += text;
    return out;
}

// DS5: boundary tails, very many parts, no end: four times the bytes cost four times as much and not sixteen,
// whatever the machine's speed.
TEST(Multipart, AttacksAreLinear) {
    const std::string head = "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n";
    const struct {
        std::string_view before, again;
    } attacks[] = {{"", "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n"},
                   {head, "-"},
                   {head, "\r\n--X"},
                   {"", "\r"},
                   {head, "\n"},
                   {"--XX", "\r"}};
    for (const auto& attack : attacks) {
        double cost[2];
        for (const std::size_t size : {std::size_t{1} << 20, std::size_t{1} << 22}) {
            const std::string body = std::string(attack.before) + repeated(attack.again, size);
            const double before = cpu_ms();
            EXPECT_FALSE(parse_multipart(form, body));
            cost[size > 1 << 20] = cpu_ms() - before;
        }
        EXPECT_LE(cost[1], 10 * cost[0] + 2) << attack.before << attack.again;
    }
}

// --- host and origin ---------------------------------------------------------------------------------------

OriginRules rules() {
    return *OriginRules::make({.public_url = "https://lares.example",
                               .hosts = {"Home.lan"},
                               .origins = {"http://localhost:5173", "tauri://localhost"},
                               .session_cookies = {"session"}});
}

TEST(Host, OnlyOursIsAnswered) {
    const auto r = rules();
    for (const char* host : {"localhost", "LOCALHOST:3000", "127.0.0.1:1", "127.9.9.9", "[::1]:3000",
                             "lares.example", "lares.example:8443", "home.lan", "192.168.1.5:3000"})
        EXPECT_TRUE(r.check_host(host, "192.168.1.5")) << host;
    for (const char* host : {"evil.example",
                             "localhost.",
                             "localhost.evil.example",
                             "lares.example.evil",
                             "xlares.example",
                             "10.0.0.1",
                             "[::2]",
                             "[::1%lo]",
                             "localhost:",
                             "localhost:x",
                             "localhost:123456",
                             "",
                             "a b",
                             "user@localhost",
                             "localhost/x",
                             "[::1",
                             "[]",
                             "0x7f.0.0.1",
                             "2130706433",
                             "0",
                             "local\\host",
                             "127.0.0.1.",
                             "metadata.google.internal"})
        EXPECT_FALSE(r.check_host(host, "192.168.1.5")) << host;
    EXPECT_EQ(r.check_host("evil.example", "").error().type, "misdirected-request");
}

TEST(Host, BadSettingsAreNamed) {
    EXPECT_FALSE(OriginRules::make({.public_url = "lares.example"}));
    EXPECT_FALSE(OriginRules::make({.public_url = "https://x/path"}));
    EXPECT_FALSE(OriginRules::make({.origins = {"nonsense"}}));
}

struct OriginCase {
    const char* origin;
    const char* site;
    bool cookie;
    bool changes;
    bool passes;
    bool cors;
};

TEST(Origin, CrossSiteRequestsAreRefused) {
    const auto r = rules();
    const OriginCase cases[] = {
        // a program
        {"", "", false, true, true, false},
        // a cookie needs proof of the page
        {"", "", true, true, false, false},
        {"", "same-origin", true, true, true, false},
        {"", "none", true, true, true, false},
        {"", "same-site", true, true, false, false},
        {"", "cross-site", false, true, false, false},
        {"http://localhost:3000", "", true, true, true, false},
        {"https://lares.example", "", true, true, true, false},
        {"https://lares.example:443", "", true, true, true, false},
        {"https://localhost:3000", "", true, true, false, false},
        {"http://localhost:3001", "", false, true, false, false},
        {"http://localhost:3000.evil.example", "", false, true, false, false},
        {"http://evil.example", "", false, true, false, false},
        {"null", "", false, true, false, false},
        {"http://localhost", "", true, true, false, false},
        // on the list
        {"http://localhost:5173", "cross-site", true, true, true, true},
        {"tauri://localhost", "", false, true, true, true},
        {"HTTP://LOCALHOST:5173", "", false, true, false, false},
        {"http://localhost:51730", "", false, true, false, false},
        {"http://localhost:5173/", "", false, true, false, false},
        // reading is left to the browser's own rule: without CORS headers it shows nothing
        {"http://evil.example", "", true, false, true, false},
        {"http://localhost:5173", "", true, false, true, true},
    };
    for (const OriginCase& c : cases) {
        std::vector<Field> fields;
        if (*c.origin) fields.push_back({"Origin", c.origin});
        if (*c.site) fields.push_back({"Sec-Fetch-Site", c.site});
        if (c.cookie) fields.push_back({"Cookie", "session=x"});
        RequestHead head;
        head.host = "localhost:3000";
        head.fields = fields;
        const auto verdict = r.check_origin(head, c.changes);
        EXPECT_EQ(verdict.has_value(), c.passes) << c.origin << ' ' << c.site;
        if (verdict) EXPECT_EQ(verdict->cross_origin_allowed, c.cors) << c.origin;
    }
}

TEST(Problem, NotFoundIsAlwaysTheSame) {
    const Error denied{Code::not_found, "not-found", "Character 7 is private", "id", "secret", {}};
    const Error absent{Code::not_found, "not-found", "", "", "", {}};
    EXPECT_EQ(problem_json(denied), problem_json(absent));
    EXPECT_EQ(problem(denied).status, 404u);
}

TEST(Problem, DetailOfTheLogStaysInside) {
    const Error error{Code::internal, "internal", "Something went wrong.", "", "password=x", {}};
    EXPECT_EQ(problem_json(error).find("password"), std::string::npos);
}

TEST(Problem, WhatDoesNotFitIsToldInFields) {
    Error error{Code::unprocessable, "context-overflow", "Too long.", "message", {}, {}};
    EXPECT_EQ(problem_json(error).find("overflow\":"), std::string::npos);
    error.overflow = Overflow{"message", 17, "shorten-message"};
    EXPECT_NE(
        problem_json(error).find(R"("overflow":{"part":"message","tokens":17,"remedy":"shorten-message"})"),
        std::string::npos);
}

TEST(Problem, IdsOfWhatIsThereInSpiteOfItAreMembers) {
    Error error{Code::unavailable, "engine-busy", "Busy.", {}, {}, {}};
    error.ids = {{"thing_id", "t1"}};
    EXPECT_NE(problem_json(error).find(R"("thing_id":"t1")"), std::string::npos);
}

TEST(Etag, ListsAreCompared) {
    EXPECT_TRUE(names_etag("\"a\", W/\"b\"", "\"b\""));
    EXPECT_TRUE(names_etag("*", "\"b\""));
    EXPECT_FALSE(names_etag("\"ab\"", "\"b\""));
    EXPECT_FALSE(names_etag("", "\"b\""));
}

}  // namespace
}  // namespace lares::http
