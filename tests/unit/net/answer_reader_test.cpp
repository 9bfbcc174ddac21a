#include "net/answer_reader.h"

#include <gtest/gtest.h>

namespace lares::net::testing {
namespace {

struct Seen {
    unsigned status = 0;
    std::string fields, body, error, behind;
    bool keeps_alive = false;
    bool operator==(const Seen&) const = default;
};

// What comes of an answer that arrives in pieces of this size, with `end` after its last byte.
Seen read(std::string_view bytes, std::size_t piece, AnswerReader::Limits limits = {1000, 1000, false}) {
    AnswerReader reader(limits);
    Seen seen;
    std::string waiting;
    const auto take = [&]() -> Result<void> {
        if (!reader.head_done()) {
            LARES_TRY(const auto taken, reader.take_head(waiting));
            waiting.erase(0, taken);
        }
        if (!reader.head_done()) return {};
        LARES_TRY(const auto taken, reader.take_body(waiting, seen.body));
        waiting.erase(0, taken);
        return {};
    };
    Result<void> went;
    while (went && !bytes.empty() && !reader.done()) {
        waiting += bytes.substr(0, piece);
        bytes.remove_prefix(std::min(piece, bytes.size()));
        went = take();
    }
    if (went && !reader.done()) went = reader.end();
    if (!went) {
        seen = {};
        seen.error = went.error().type;
        return seen;
    }
    seen.status = reader.head().status;
    for (const auto& [name, value] : reader.head().headers) seen.fields += name + "=" + value + ";";
    seen.keeps_alive = reader.keeps_alive();
    seen.behind = waiting + std::string(bytes);
    return seen;
}

Seen same_however_cut(std::string_view bytes, AnswerReader::Limits limits = {1000, 1000, false}) {
    const Seen whole = read(bytes, bytes.size(), limits);
    for (std::size_t piece = 1; piece < bytes.size(); ++piece)
        EXPECT_EQ(read(bytes, piece, limits), whole) << piece << " of " << bytes;
    return whole;
}

TEST(AnswerReader, ReadsAnswersHoweverTheyAreCut) {
    const Seen lengths =
        same_however_cut("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: \t a b \r\n\r\nhelloHTTP");
    EXPECT_EQ(lengths, (Seen{200, "content-length=5;x=a b;", "hello", "", "HTTP", true}));
    const Seen chunks = same_however_cut(
        "HTTP/1.1 201\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n5\r\nhello\r\nA ;x=\"y\"\r\n "
        "world ...\r\n0\r\nt: v\r\n\r\nrest");
    EXPECT_EQ(chunks, (Seen{201, "transfer-encoding=gzip, Chunked;", "hello world ...", "", "rest", true}));
    const Seen ended = same_however_cut("HTTP/1.0 200 OK\r\n\r\nall of it");
    EXPECT_EQ(ended, (Seen{200, "", "all of it", "", "", false}));
    const Seen interim = same_however_cut(
        "HTTP/1.1 103 Hints\r\nlink: x\r\n\r\nHTTP/1.1 204 No\r\nconnection: Close, x\r\n\r\n");
    EXPECT_EQ(interim, (Seen{204, "connection=Close, x;", "", "", "", false}));
    const Seen folded = same_however_cut("HTTP/1.1 200 OK\r\na: b\r\n  c\r\ncontent-length: 0\r\n\r\n");
    EXPECT_EQ(folded, (Seen{200, "a=b c;content-length=0;", "", "", "", true}));
    const Seen folds =
        same_however_cut("HTTP/1.1 200 OK\r\na:\r\n b\r\n\t\r\nc:\r\n \r\ncontent-length: 0\r\n\r\n");
    EXPECT_EQ(folds, (Seen{200, "a=b;c=;content-length=0;", "", "", "", true}));
    const Seen closes =
        same_however_cut("HTTP/1.1 204 No\r\nconnection: close\r\nconnection: keep-alive\r\n\r\n");
    EXPECT_FALSE(closes.keeps_alive);
    const Seen head_only =
        same_however_cut("HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n", {1000, 1000, true});
    EXPECT_EQ(head_only, (Seen{200, "content-length=9999;", "", "", "", true}));
}

TEST(AnswerReader, RefusesWhatCouldBeReadInTwoWays) {
    const std::string head = "HTTP/1.1 200 OK\r\n", chunked = head + "transfer-encoding: chunked\r\n\r\n";
    for (const std::string& bytes :
         {std::string("HTTP/2 200 OK\r\n\r\n"),
          std::string("HTTP/1.1 20 OK\r\n\r\n"),
          std::string("HTTP/1.1 099 OK\r\n\r\n"),
          std::string("HTTP/1.1 2000\r\n\r\n"),
          std::string("HTTP/1.1 101 Switching\r\n\r\n"),
          head + "no colon\r\n\r\n",
          head + " folded\r\n\r\n",
          head + "a b: c\r\n\r\n",
          head + ": c\r\n\r\n",
          head + "a: b\rc\r\n\r\n",
          head + "a: b\nc\r\n\r\n",
          head + "content-length: 1\r\ncontent-length: 2\r\n\r\nxx",
          head + "content-length: +1\r\n\r\nx",
          head + "content-length: \r\n\r\n",
          head + "content-length: 99999999999999999999\r\n\r\n",
          head + "content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
          head + "content-length: 9\r\n\r\nx",
          chunked + "5\r\nhello",
          chunked + "5\nhello\r\n0\r\n\r\n",
          chunked + "5\r\nhelloX\r\n0\r\n\r\n",
          chunked + "g\r\n",
          chunked + "\r\n0\r\n\r\n",
          chunked + "-1\r\nx\r\n0\r\n\r\n",
          chunked + "1000000000000000\r\nx",
          chunked + "1\r\nx\r\n0\r\nt\n\r\n"})
        EXPECT_EQ(same_however_cut(bytes).error, "upstream-failed") << bytes;
}

TEST(AnswerReader, EveryPartIsBounded) {
    const std::string head = "HTTP/1.1 200 OK\r\n", chunked = head + "transfer-encoding: chunked\r\n\r\n";
    const std::string much(2000, 'x');
    const std::string most = head + "a: " + std::string(1000 - head.size() - 3, 'x');
    EXPECT_EQ(same_however_cut(most + "\r\n\r\nb").body, "b");
    EXPECT_EQ(same_however_cut(most + "x\r\n\r\nb").error, "upstream-failed");
    EXPECT_EQ(same_however_cut(head + "a: " + much + "\r\n\r\n").error, "upstream-failed");
    EXPECT_EQ(same_however_cut(chunked + "1;" + much + "\r\nx\r\n").error, "upstream-failed");
    EXPECT_EQ(same_however_cut(chunked + "0\r\na: " + much + "\r\n\r\n").error, "upstream-failed");
    EXPECT_EQ(same_however_cut(head + "content-length: 1001\r\n\r\n").error, "answer-too-large");
    EXPECT_EQ(same_however_cut(head + "\r\n" + much).error, "answer-too-large");
    EXPECT_EQ(same_however_cut(chunked + "3ea\r\n" + much).error, "answer-too-large");
    std::string interim;
    for (int i = 0; i < 9; ++i) interim += "HTTP/1.1 103 Hints\r\n\r\n";
    EXPECT_EQ(same_however_cut(interim + head + "\r\n").error, "upstream-failed");
}

}  // namespace
}  // namespace lares::net::testing
