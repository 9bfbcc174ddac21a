#include <gtest/gtest.h>

#include "http/request_parser.h"

namespace lares::http {
namespace {

std::string parse(std::string_view bytes, std::size_t fields = 100) {
    std::size_t scanned = 0;
    const std::size_t size = find_head_end(bytes, scanned);
    if (size == 0) return "incomplete";
    RequestParser parser;
    ParsedHead head;
    const auto parsed = parser.head(bytes.substr(0, size), fields, head);
    if (!parsed) return parsed.error().type;
    return std::string(head.method) + ' ' + std::string(head.target) + (head.chunked ? " chunked" : "") +
           (head.content_length ? " " + std::to_string(head.content_length) : "");
}

TEST(RequestParser, ReadsHeads) {
    EXPECT_EQ(parse("GET /x HTTP/1.1\r\nHost: a\r\n\r\n"), "GET /x");
    EXPECT_EQ(parse("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"), "POST /x 5");
    EXPECT_EQ(parse("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"), "POST /x chunked");
    EXPECT_EQ(parse("GET /x HTTP/1.1\r\nHost: a\r\n"), "incomplete");
    EXPECT_EQ(parse("G"), "incomplete");
}

// DS10: each of these is read differently by some server.
TEST(RequestParser, RefusesSmuggling) {
    const std::string start = "POST /x HTTP/1.1\r\nHost: a\r\n";
    for (const char* rest : {"Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
                             "Content-Length: 5\r\nContent-Length: 5\r\n\r\n",
                             "Content-Length: 5, 5\r\n\r\n",
                             "Content-Length: +5\r\n\r\n",
                             "Content-Length: 0x5\r\n\r\n",
                             "Content-Length: -1\r\n\r\n",
                             "Content-Length: 5 5\r\n\r\n",
                             "Content-Length: 99999999999999999999\r\n\r\n",
                             "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
                             "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
                             "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
                             "Transfer-Encoding: gzip, chunked\r\n\r\n",
                             "Transfer-Encoding: identity\r\n\r\n",
                             "Transfer-Encoding: xchunked\r\n\r\n",
                             "Transfer-Encoding: chunked, identity\r\n\r\n",
                             "Transfer-Encoding : chunked\r\n\r\n",
                             "Transfer-Encoding:\x0b chunked\r\n\r\n",
                             "X: a\r\n folded\r\n\r\n",
                             "X: a\r\n\tfolded\r\n\r\n",
                             " X: a\r\n\r\n",
                             "X : a\r\n\r\n",
                             "X\r\n\r\n",
                             ": a\r\n\r\n",
                             "X: a\n\r\n",
                             "X: a\nY: b\r\n\r\n",
                             "X: a\r\r\n\r\n",
                             "X: a\x01\r\n\r\n",
                             "Host: b\r\n\r\n",
                             "host: a\r\n\r\n",
                             "\n"})
        EXPECT_EQ(parse(start + rest), "invalid-request") << rest;
    EXPECT_EQ(parse(start + std::string("X: a\0b\r\n\r\n", 11)), "invalid-request");
    for (const char* whole :
         {"GET /x HTTP/1.1\nHost: a\n\n", "GET  /x HTTP/1.1\r\nHost: a\r\n\r\n", "GET /x\r\n\r\n",
          "GET /x HTTP/2.0\r\n\r\n", "GET /x HTTP/1.1 \r\n\r\n", "G\x01T /x HTTP/1.1\r\n\r\n",
          "GET /\x01 HTTP/1.1\r\n\r\n", "POST /x HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"})
        EXPECT_EQ(parse(whole), "invalid-request") << whole;
}

TEST(RequestParser, CountsFields) {
    std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (int i = 0; i < 99; ++i) many += "X: a\r\n";
    EXPECT_EQ(parse(many + "\r\n"), "GET /");
    EXPECT_EQ(parse(many + "X: a\r\n\r\n"), "headers-too-large");
}

// What a refused head leaves is nothing of the one before: neither its text, which may be gone, nor its
// length.
TEST(RequestParser, ARefusedHeadHoldsNothingOfTheOneBefore) {
    std::string many = "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n";
    for (int i = 0; i < 10; ++i) many += "X: a\r\n";
    for (const std::string& refused :
         {many + "\r\n", std::string("?\r\n\r\n"), std::string("GET /b HTTP/9.9\r\n\r\n")}) {
        RequestParser parser;
        ParsedHead head;
        ASSERT_TRUE(parser.head(
            "POST /a HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nTransfer-Encoding: chunked\r\n\r\n", 10,
            head));
        ASSERT_TRUE(head.keep_alive && head.upgrade && head.chunked);
        ASSERT_FALSE(parser.head(refused, 10, head));
        EXPECT_FALSE(head.keep_alive || head.upgrade || head.chunked) << refused;
        EXPECT_EQ(head.content_length, 0u);
        EXPECT_NE(head.target, "/a");
    }
    RequestParser parser;
    ParsedHead head;
    ASSERT_TRUE(parser.head("GET /a HTTP/1.1\r\nHost: a\r\n\r\n", 10, head));
    ASSERT_FALSE(parser.head("?\r\n\r\n", 10, head));
    EXPECT_EQ(head.method, "");
    EXPECT_EQ(head.target, "");
}

std::string read_chunks(std::string_view bytes, std::size_t piece, std::size_t cap = 100) {
    RequestParser parser;
    ParsedHead head;
    if (!parser.head("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 10, head))
        return "head";
    std::string body, waiting;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        waiting += bytes.substr(at, piece);
        std::size_t used = 0;
        const auto done = parser.chunks(waiting, cap, body, used);
        if (!done) return done.error().type;
        waiting.erase(0, used);
        if (*done)
            return body + '|' + waiting + std::string(bytes.substr(std::min(bytes.size(), at + piece)));
    }
    return "incomplete";
}

TEST(RequestParser, ChunksForAnyCutting) {
    const std::string bytes = "5\r\nhello\r\n1;ext=1\r\n \r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nNEXT";
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece)
        EXPECT_EQ(read_chunks(bytes, piece), "hello 0123456789|NEXT") << piece;
    for (const char* broken : {"x\r\n", "5\nhello\r\n0\r\n\r\n", "5\r\nhelloXX0\r\n\r\n", "-5\r\n",
                               "5 \r\nhello\r\n", "ffffffffffffffffff\r\n", "5\r\nhello\n0\r\n\r\n"})
        EXPECT_EQ(read_chunks(broken, 100), "invalid-request") << broken;
    EXPECT_EQ(read_chunks("65\r\n" + std::string(101, 'x') + "\r\n0\r\n\r\n", 7), "body-too-large");
}

}  // namespace
}  // namespace lares::http
