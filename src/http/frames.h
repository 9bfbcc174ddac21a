#pragma once
// WebSocket framing (RFC 6455), server side, without extensions: bytes to messages and back. No input or
// output here. Ours and not Beast's because a closing frame must name the rule that was broken, a flood must
// be counted by frames, and an idle socket must hold no buffer (docs/decisions/0012).
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lares::http {

// Closing codes that we send, with the name of the rule as the reason.
struct CloseReason {
    std::uint16_t code = 1000;
    std::string_view rule = "";
};

class FrameReader {
public:
    explicit FrameReader(std::size_t max_message) : max_message_(max_message) {}

    enum class Event : std::uint8_t {
        none,   // all bytes used; feed more
        frame,  // a frame began or a fragment ended: nothing to do but count it
        text,   // message() holds a whole message
        binary,
        ping,  // control() holds its payload
        pong,
        close,    // close_code() and control(); 1005: none given
        refused,  // refusal() says why; feed nothing more
    };

    // Takes bytes from the front of `bytes` up to the next event.
    Event next(std::string_view& bytes);

    void allow(std::size_t max_message) { max_message_ = max_message; }
    bool waiting() const { return head_size_ > 0 || in_payload_ || message_opcode_ != 0; }  // for the rest
    std::size_t held() const { return message_.capacity(); }

    std::string& message() { return message_; }
    const std::string& message() const { return message_; }
    std::string_view control() const { return {control_, control_size_}; }
    std::uint16_t close_code() const { return close_code_; }
    CloseReason refusal() const { return refusal_; }
    void release();  // after a message: gives a large buffer back

private:
    Event refuse(std::uint16_t code, std::string_view rule);
    Event head_done();
    Event frame_done();

    std::size_t max_message_;
    std::string message_;
    char control_[125] = {};
    std::uint8_t control_size_ = 0;
    std::uint8_t head_[14] = {};
    std::uint8_t head_size_ = 0;
    std::uint8_t head_wanted_ = 2;
    std::uint8_t opcode_ = 0;
    std::uint8_t message_opcode_ = 0;  // of the fragmented message being read; 0: none
    bool final_ = false;
    bool in_payload_ = false;
    std::uint64_t left_ = 0;
    std::uint32_t mask_at_ = 0;
    std::uint8_t mask_[4] = {};
    std::uint16_t close_code_ = 1005;
    CloseReason refusal_;
};

// Appends one unmasked, unfragmented frame.
enum class Opcode : std::uint8_t { text = 1, binary = 2, close = 8, ping = 9, pong = 10 };
void append_frame(std::string& out, Opcode opcode, std::string_view payload);
void append_close(std::string& out, std::uint16_t code, std::string_view reason);

// Sec-WebSocket-Accept for a key; "": the key is not 16 bytes of base64.
std::string accept_key(std::string_view key);

}  // namespace lares::http
