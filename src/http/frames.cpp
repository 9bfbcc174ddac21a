#include "http/frames.h"

#include <algorithm>

#include <openssl/sha.h>

#include "base/text.h"

namespace lares::http {

FrameReader::Event FrameReader::refuse(std::uint16_t code, std::string_view rule) {
    refusal_ = {code, rule};
    return Event::refused;
}

FrameReader::Event FrameReader::next(std::string_view& bytes) {
    if (!refusal_.rule.empty()) return Event::refused;
    while (!in_payload_) {
        while (head_size_ < head_wanted_) {
            if (bytes.empty()) return Event::none;
            head_[head_size_++] = static_cast<std::uint8_t>(bytes.front());
            bytes.remove_prefix(1);
        }
        if (head_wanted_ == 2) {
            const std::uint8_t length = head_[1] & 0x7f;
            if (!(head_[1] & 0x80)) return refuse(1002, "frame-not-masked");
            head_wanted_ = static_cast<std::uint8_t>(6 + (length == 126 ? 2 : length == 127 ? 8 : 0));
            continue;
        }
        return head_done();
    }
    const std::size_t take = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    const bool control = opcode_ >= 8;
    if (control) {
        for (std::size_t i = 0; i < take; ++i)
            control_[control_size_++] = static_cast<char>(bytes[i] ^ mask_[mask_at_++ & 3]);
    } else {
        const std::size_t from = message_.size();
        message_.append(bytes.substr(0, take));
        for (std::size_t i = from; i < message_.size(); ++i)
            message_[i] = static_cast<char>(message_[i] ^ mask_[mask_at_++ & 3]);
    }
    bytes.remove_prefix(take);
    left_ -= take;
    return left_ == 0 ? frame_done() : Event::none;
}

FrameReader::Event FrameReader::head_done() {
    opcode_ = head_[0] & 0x0f;
    final_ = (head_[0] & 0x80) != 0;
    const std::uint8_t length = head_[1] & 0x7f;
    left_ = length;
    std::size_t at = 2;
    if (length >= 126) {
        left_ = 0;
        const std::size_t bytes = length == 126 ? 2 : 8;
        for (std::size_t i = 0; i < bytes; ++i) left_ = left_ << 8 | head_[at++];
        if (left_ < (length == 126 ? 126u : 65536u) || left_ >> 63)
            return refuse(1002, "frame-length-not-minimal");
    }
    std::copy_n(head_ + at, 4, mask_);
    mask_at_ = 0;
    head_size_ = 0;
    head_wanted_ = 2;
    if (head_[0] & 0x70) return refuse(1002, "frame-extension-bits");
    if (opcode_ >= 8) {
        if (opcode_ > 10) return refuse(1002, "frame-opcode");
        if (!final_ || left_ > 125) return refuse(1002, "control-frame-too-large");
        control_size_ = 0;
    } else {
        if (opcode_ > 2) return refuse(1002, "frame-opcode");
        if (opcode_ == 0 && message_opcode_ == 0) return refuse(1002, "continuation-of-nothing");
        if (opcode_ != 0 && message_opcode_ != 0) return refuse(1002, "message-not-finished");
        if (left_ > max_message_ || message_.size() + left_ > max_message_)
            return refuse(1009, "message-too-large");
        if (opcode_ != 0) {
            message_opcode_ = opcode_;
            message_.clear();
        }
    }
    in_payload_ = true;
    return left_ == 0 ? frame_done() : Event::frame;
}

FrameReader::Event FrameReader::frame_done() {
    in_payload_ = false;
    if (opcode_ == 9) return Event::ping;
    if (opcode_ == 10) return Event::pong;
    if (opcode_ == 8) {
        if (control_size_ == 1) return refuse(1002, "close-frame-malformed");
        close_code_ = 1005;
        if (control_size_ >= 2) {
            const auto high = static_cast<std::uint8_t>(control_[0]),
                       low = static_cast<std::uint8_t>(control_[1]);
            close_code_ = static_cast<std::uint16_t>(high << 8 | low);
            const bool known = (close_code_ >= 1000 && close_code_ <= 1014 && close_code_ != 1004 &&
                                close_code_ != 1005 && close_code_ != 1006) ||
                               (close_code_ >= 3000 && close_code_ <= 4999);
            if (!known) return refuse(1002, "close-code");
            if (!is_utf8(control().substr(2))) return refuse(1007, "invalid-utf8");
        }
        return Event::close;
    }
    if (!final_) return Event::frame;
    const bool text = message_opcode_ == 1;
    message_opcode_ = 0;
    if (text && !is_utf8(message_)) return refuse(1007, "invalid-utf8");
    return text ? Event::text : Event::binary;
}

void FrameReader::release() {
    message_.clear();
    if (message_.capacity() > 1024) message_.shrink_to_fit();
}

void append_frame(std::string& out, Opcode opcode, std::string_view payload) {
    out += static_cast<char>(0x80 | static_cast<std::uint8_t>(opcode));
    if (payload.size() < 126) {
        out += static_cast<char>(payload.size());
    } else {
        const bool wide = payload.size() > 0xffff;
        out += static_cast<char>(wide ? 127 : 126);
        for (int shift = wide ? 56 : 8; shift >= 0; shift -= 8)
            out += static_cast<char>(payload.size() >> shift & 0xff);
    }
    out += payload;
}

void append_close(std::string& out, std::uint16_t code, std::string_view reason) {
    std::string payload;
    if (code != 1005) {
        payload += static_cast<char>(code >> 8);
        payload += static_cast<char>(code & 0xff);
        payload += reason.substr(0, utf8_valid_prefix(reason.substr(0, 123)));
    }
    append_frame(out, Opcode::close, payload);
}

std::string accept_key(std::string_view key) {
    const auto decoded = from_base64(key);
    if (!decoded || decoded->size() != 16) return {};
    const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[SHA_DIGEST_LENGTH];
    SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
    return to_base64({reinterpret_cast<const char*>(digest), sizeof digest});
}

}  // namespace lares::http
