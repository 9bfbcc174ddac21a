#include "net/answer_reader.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace lares::net {

namespace {

constexpr unsigned interim_max = 8;
constexpr std::size_t headers_max = 256;
constexpr unsigned size_digits_max = 15;

tl::unexpected<Error> broken(std::string detail) {
    return fail(Error{Code::upstream,
                      "upstream-failed",
                      "The other server's answer could not be read.",
                      {},
                      std::move(detail),
                      {}});
}

tl::unexpected<Error> too_large() {
    return fail(Code::upstream, "answer-too-large", "The other server's answer is too large.");
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// The name of a field, in lower case; false: it is none.
bool to_name(std::string_view text, std::string& out) {
    constexpr std::string_view symbols = "!#$%&'*+-.^_`|~";
    out.resize(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c >= 'A' && c <= 'Z') {
            out[i] = static_cast<char>(c - 'A' + 'a');
            continue;
        }
        if (!is_digit(c) && !(c >= 'a' && c <= 'z') && symbols.find(c) == symbols.npos) return false;
        out[i] = c;
    }
    return !text.empty();
}

bool is_value(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    });
}

// Calls take(element) of a list of tokens until it answers false.
template <class Take>
void each_token(std::string_view list, Take take) {
    while (!list.empty()) {
        const auto comma = std::min(list.find(','), list.size());
        if (!take(trim(list.substr(0, comma)))) return;
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
}

bool has_token(std::string_view list, std::string_view token) {
    bool found = false;
    each_token(list, [&](std::string_view one) { return !(found = equal_ignoring_case(one, token)); });
    return found;
}

}  // namespace

Result<std::size_t> AnswerReader::take_head(std::string_view bytes) {
    std::size_t taken = 0;
    while (stage_ == Stage::head) {
        const auto rest = bytes.substr(taken);
        // Up to three bytes of the end may have been there before, behind a head of the greatest size too.
        const auto end = rest.find("\r\n\r\n", scanned_ < 3 ? 0 : scanned_ - 3);
        const auto least = end != rest.npos ? end : rest.size() - std::min<std::size_t>(rest.size(), 3);
        if (least > limits_.head_bytes) return broken("the head is too large");
        if (end == rest.npos) {
            scanned_ = rest.size();
            return taken;
        }
        LARES_CHECK(parse_head(rest.substr(0, end + 2)));
        taken += end + 4;
        scanned_ = 0;
        if (head_.status == 101) return broken("switching protocols");
        if (head_.status >= 200) {
            LARES_CHECK(choose_framing());
        } else if (++interim_ == interim_max) {
            return broken("too many interim answers");
        }
    }
    return taken;
}

// Lines with their ends.
Result<void> AnswerReader::parse_head(std::string_view text) {
    head_ = {};
    const auto line_end = text.find("\r\n");
    const auto status = text.substr(0, line_end);
    const bool good = status.size() >= 12 && status.starts_with("HTTP/1.") && is_digit(status[7]) &&
                      status[8] == ' ' && status[9] >= '1' && status[9] <= '9' && is_digit(status[10]) &&
                      is_digit(status[11]) && (status.size() == 12 || status[12] == ' ');
    if (!good || !is_value(status)) return broken("bad status line");
    head_.status =
        static_cast<unsigned>((status[9] - '0') * 100 + (status[10] - '0') * 10 + status[11] - '0');
    keeps_alive_ = status[7] != '0';
    head_.headers.reserve(8);
    for (text.remove_prefix(line_end + 2); !text.empty();) {
        const auto end = text.find("\r\n");
        const auto line = text.substr(0, end);
        text.remove_prefix(end + 2);
        const bool folded = line.starts_with(' ') || line.starts_with('\t');
        const auto colon = folded ? 0 : line.find(':');
        if (colon == line.npos || !is_value(line) || (folded && head_.headers.empty()))
            return broken("bad field");
        if (folded) {  // the value goes on (RFC 9112, 5.2)
            const auto more = trim(line);
            auto& value = head_.headers.back().value;
            if (!value.empty() && !more.empty()) value += ' ';
            value += more;
            continue;
        }
        if (head_.headers.size() == headers_max) return broken("too many fields");
        Header header;
        if (!to_name(line.substr(0, colon), header.name)) return broken("bad field");
        header.value = trim(line.substr(colon + 1));
        head_.headers.push_back(std::move(header));
    }
    return {};
}

// RFC 9112, 6.3. What could be read in two ways is refused.
Result<void> AnswerReader::choose_framing() {
    bool coded = false, chunked = false, has_length = false, closes = false;
    for (const auto& [name, value] : head_.headers) {
        if (name == "connection") {
            closes = closes || has_token(value, "close");
            if (has_token(value, "keep-alive")) keeps_alive_ = true;
        } else if (name == "transfer-encoding") {
            coded = true;
            each_token(value, [&](std::string_view one) {
                chunked = equal_ignoring_case(one, "chunked");
                return true;
            });
        } else if (name == "content-length") {
            std::uint64_t length = 0;
            const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
            if (error != std::errc() || end != value.data() + value.size() || (has_length && length != left_))
                return broken("bad content-length");
            has_length = true;
            left_ = length;
        }
    }
    if (closes) keeps_alive_ = false;  // whatever else it says (RFC 9112, 9.3)
    if (coded && has_length) return broken("two lengths");
    if (limits_.head_only || head_.status == 204 || head_.status == 304) {
        stage_ = Stage::done;
    } else if (chunked) {
        stage_ = Stage::size;
    } else if (has_length) {
        if (left_ > limits_.body_bytes) return too_large();
        stage_ = left_ > 0 ? Stage::length : Stage::done;
    } else {
        stage_ = Stage::until_end;
        keeps_alive_ = false;
    }
    return {};
}

Result<void> AnswerReader::add_body(std::string_view bytes, std::string& out) {
    body_ += bytes.size();
    if (body_ > limits_.body_bytes) return too_large();
    out.append(bytes);
    return {};
}

Result<std::size_t> AnswerReader::take_body(std::string_view bytes, std::string& out) {
    if (stage_ == Stage::done) return 0u;
    if (stage_ != Stage::length && stage_ != Stage::until_end) return take_chunks(bytes, out);
    if (stage_ == Stage::length) bytes = bytes.substr(0, left_);
    LARES_CHECK(add_body(bytes, out));
    if (stage_ == Stage::length && (left_ -= bytes.size()) == 0) stage_ = Stage::done;
    return bytes.size();
}

Result<std::size_t> AnswerReader::take_chunks(std::string_view bytes, std::string& out) {
    std::size_t at = 0;
    while (at < bytes.size() && stage_ != Stage::done) {
        if (stage_ == Stage::data) {
            const auto piece = bytes.substr(at, left_);
            LARES_CHECK(add_body(piece, out));
            at += piece.size();
            framing_ = 0;
            if ((left_ -= piece.size()) == 0) stage_ = Stage::data_end;
            continue;
        }
        if (++framing_ > limits_.head_bytes) return broken("a chunk's line or the trailer is too large");
        LARES_CHECK(chunk_byte(bytes[at++]));
    }
    return at;
}

// One byte between the data: sizes with their extensions, line ends, the trailer. Every line ends with both.
Result<void> AnswerReader::chunk_byte(char byte) {
    if (after_cr_ != (byte == '\n')) return broken("bad line end in a chunked body");
    if (byte == '\r') {
        after_cr_ = true;
        return {};
    }
    const bool line_ends = std::exchange(after_cr_, false);
    switch (stage_) {
        case Stage::data_end:
            if (!line_ends) return broken("a chunk is longer than it says");
            stage_ = Stage::size;
            return {};
        case Stage::size:
            if (const int digit = hex_digit(byte); digit >= 0 && digits_ < size_digits_max) {
                left_ = (digits_++ == 0 ? 0 : left_) * 16 + static_cast<unsigned>(digit);
                return {};
            }
            if (digits_ == 0 || (!line_ends && byte != ';' && byte != ' ' && byte != '\t'))
                return broken("bad size of a chunk");
            stage_ = Stage::extension;
            [[fallthrough]];
        case Stage::extension:
            if (!line_ends) return {};
            digits_ = 0;
            line_ = 0;
            stage_ = left_ > 0 ? Stage::data : Stage::trailer;
            return {};
        default:  // trailer
            if (!line_ends) {
                ++line_;
                return {};
            }
            if (std::exchange(line_, 0) == 0) stage_ = Stage::done;
            return {};
    }
}

Result<void> AnswerReader::end() {
    if (stage_ == Stage::until_end) stage_ = Stage::done;
    if (stage_ != Stage::done) return broken("the answer ended too early");
    return {};
}

}  // namespace lares::net
