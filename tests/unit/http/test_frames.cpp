#include <gtest/gtest.h>

#include "http/frames.h"

namespace lares::http {
namespace {

std::string client_frame(int first, std::string_view payload, bool masked = true) {
    std::string frame(1, static_cast<char>(first));
    if (payload.size() < 126) {
        frame += static_cast<char>((masked ? 0x80 : 0) | static_cast<int>(payload.size()));
    } else {
        frame += static_cast<char>((masked ? 0x80 : 0) | 126);
        frame += static_cast<char>(payload.size() >> 8);
        frame += static_cast<char>(payload.size() & 0xff);
    }
    const char mask[4] = {9, 8, 7, 6};
    if (masked) frame.append(mask, 4);
    for (std::size_t i = 0; i < payload.size(); ++i)
        frame += static_cast<char>(payload[i] ^ (masked ? mask[i & 3] : 0));
    return frame;
}

// Events as text, for any cutting of the bytes: "text:hello ping:x refused:1007".
std::string events(std::string_view bytes, std::size_t piece, std::size_t limit = 1000) {
    FrameReader reader(limit);
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        std::string_view part = bytes.substr(at, piece);
        for (;;) {
            const auto event = reader.next(part);
            if (event == FrameReader::Event::none) break;
            switch (event) {
                case FrameReader::Event::text:
                    out += "text:" + reader.message() + ' ';
                    break;
                case FrameReader::Event::binary:
                    out += "binary:" + reader.message() + ' ';
                    break;
                case FrameReader::Event::ping:
                    out += "ping:" + std::string(reader.control()) + ' ';
                    break;
                case FrameReader::Event::pong:
                    out += "pong ";
                    break;
                case FrameReader::Event::close:
                    out += "close:" + std::to_string(reader.close_code()) + ' ';
                    break;
                case FrameReader::Event::refused:
                    return out + "refused:" + std::to_string(reader.refusal().code) + ':' +
                           std::string(reader.refusal().rule);
                default:
                    break;
            }
        }
    }
    return out;
}

TEST(Frames, SameEventsForAnyCutting) {
    const std::string bytes = client_frame(0x81, "hello") + client_frame(0x01, "a") +
                              client_frame(0x89, "p") + client_frame(0x00, "") +
                              client_frame(0x80, std::string(300, 'b')) + client_frame(0x82, "\xff") +
                              client_frame(0x8a, "") + client_frame(0x88, std::string("\x03\xe8", 2) + "bye");
    const std::string wanted =
        "text:hello ping:p text:a" + std::string(300, 'b') + " binary:\xff pong close:1000 ";
    for (std::size_t piece = 1; piece < 40; ++piece) EXPECT_EQ(events(bytes, piece), wanted);
    EXPECT_EQ(events(bytes, bytes.size()), wanted);
}

TEST(Frames, RulesAreNamed) {
    const auto one = [](const std::string& bytes) { return events(bytes, bytes.size()); };
    EXPECT_EQ(one(client_frame(0x81, "x", false)), "refused:1002:frame-not-masked");
    EXPECT_EQ(one(client_frame(0xc1, "x")), "refused:1002:frame-extension-bits");
    EXPECT_EQ(one(client_frame(0x83, "x")), "refused:1002:frame-opcode");
    EXPECT_EQ(one(client_frame(0x8b, "x")), "refused:1002:frame-opcode");
    EXPECT_EQ(one(client_frame(0x80, "x")), "refused:1002:continuation-of-nothing");
    EXPECT_EQ(one(client_frame(0x01, "x") + client_frame(0x81, "y")), "refused:1002:message-not-finished");
    EXPECT_EQ(one(client_frame(0x09, "x")), "refused:1002:control-frame-too-large");
    EXPECT_EQ(one(client_frame(0x89, std::string(200, 'x'))), "refused:1002:control-frame-too-large");
    EXPECT_EQ(one(client_frame(0x88, "x")), "refused:1002:close-frame-malformed");
    EXPECT_EQ(one(client_frame(0x88, std::string("\x03\xed", 2))), "refused:1002:close-code");
    EXPECT_EQ(one(client_frame(0x88, std::string("\x03\xe8\xff", 3))), "refused:1007:invalid-utf8");
    EXPECT_EQ(one(client_frame(0x81, "\xc3\x28")), "refused:1007:invalid-utf8");
    EXPECT_EQ(one(client_frame(0x81, "\xed\xa0\x80")), "refused:1007:invalid-utf8");
    EXPECT_EQ(one(client_frame(0x81, std::string(1001, 'x'))), "refused:1009:message-too-large");
    EXPECT_EQ(one(client_frame(0x01, std::string(900, 'x')) + client_frame(0x80, std::string(101, 'x'))),
              "refused:1009:message-too-large");
    // A length field longer than needed, and one of 2^63.
    EXPECT_EQ(one(std::string("\x81\xfe\x00\x05\0\0\0\0hello", 13)), "refused:1002:frame-length-not-minimal");
    EXPECT_EQ(one(std::string("\x81\xff\x80\0\0\0\0\0\0\x05\0\0\0\0hello", 19)),
              "refused:1002:frame-length-not-minimal");
    // A code point cut between two fragments is whole again.
    EXPECT_EQ(one(client_frame(0x01, "\xc3") + client_frame(0x80, "\xa9")), "text:\xc3\xa9 ");
}

TEST(Frames, Writing) {
    std::string out;
    append_frame(out, Opcode::text, "hi");
    EXPECT_EQ(out, std::string("\x81\x02hi"));
    out.clear();
    append_frame(out, Opcode::binary, std::string(126, 'x'));
    EXPECT_EQ(out.substr(0, 4), std::string("\x82\x7e\x00\x7e", 4));
    out.clear();
    append_frame(out, Opcode::text, std::string(70'000, 'x'));
    EXPECT_EQ(out.size(), 70'010u);
    EXPECT_EQ(out.substr(0, 10), std::string("\x81\x7f\0\0\0\0\0\x01\x11\x70", 10));
    out.clear();
    append_close(out, 1008, "rule");
    EXPECT_EQ(out, std::string("\x88\x06\x03\xf0rule", 8));
}

TEST(Frames, AcceptKey) {
    EXPECT_EQ(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    EXPECT_EQ(accept_key("short"), "");
    EXPECT_EQ(accept_key(""), "");
}

}  // namespace
}  // namespace lares::http
