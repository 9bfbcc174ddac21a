#pragma once
// Reads one HTTP/1.1 answer (RFC 9112) from bytes as they come: the same head and body however they are cut.
// Does no I/O. Written by hand because a stream of small chunks is most of what passes here.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/client.h"

namespace lares::net {

struct Head {
    unsigned status = 0;
    std::vector<Header> headers;  // names in lower case
};

class AnswerReader {
public:
    struct Limits {
        std::size_t head_bytes = 64 * 1024;  // of a head, and of the trailer and chunk lines together
        std::size_t body_bytes = 0;
        bool head_only = false;  // asked with HEAD
    };
    explicit AnswerReader(Limits limits) : limits_(limits) {}

    // Takes the head from the front of `bytes`, interim ones (1xx) passed over; returns how many bytes it
    // took. `head_done()` tells whether it was whole; what was not taken is given again with more behind it.
    // Errors: upstream "upstream-failed", "answer-too-large" (it says so itself).
    Result<std::size_t> take_head(std::string_view bytes);
    // The same for the body: what belongs to it is appended to `out`.
    Result<std::size_t> take_body(std::string_view bytes, std::string& out);
    // The connection has ended. Error: in the middle of the answer.
    Result<void> end();

    bool head_done() const { return stage_ != Stage::head; }
    bool done() const { return stage_ == Stage::done; }
    bool keeps_alive() const { return keeps_alive_; }  // the connection is good for another request
    Head& head() { return head_; }

private:
    enum class Stage : std::uint8_t {
        head,
        length,
        until_end,
        size,
        extension,
        data,
        data_end,
        trailer,
        done
    };
    Result<void> parse_head(std::string_view text);
    Result<void> choose_framing();
    Result<std::size_t> take_chunks(std::string_view bytes, std::string& out);
    Result<void> chunk_byte(char byte);
    Result<void> add_body(std::string_view bytes, std::string& out);

    Limits limits_;
    Stage stage_ = Stage::head;
    Head head_;
    bool keeps_alive_ = false;
    unsigned interim_ = 0;
    std::size_t scanned_ = 0;  // of what waits, known to hold no end of the head
    std::uint64_t left_ = 0;   // of the body, or of the chunk
    std::size_t body_ = 0;     // taken
    std::size_t framing_ = 0;  // bytes of chunk lines and trailer that are not data, since data came last
    unsigned digits_ = 0;      // of the chunk's size
    unsigned line_ = 0;        // bytes of the trailer's line
    bool after_cr_ = false;
};

}  // namespace lares::net
