#pragma once
// HTTP/1.1 requests from bytes: Beast's parser, with our limits and refusals on top. No input or output here,
// so that tests and the fuzzer can feed it directly.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/head.h"

namespace lares::http {

// Length of the request head at the start of `bytes`, its blank line included; 0: not complete. `scanned`
// remembers between calls how far we looked.
std::size_t find_head_end(std::string_view bytes, std::size_t& scanned);

// A head as it stands in the bytes; all views point into them.
struct ParsedHead {
    std::string_view method;
    std::string_view target;
    bool http_1_1 = true;
    bool keep_alive = false;
    bool upgrade = false;  // "Connection: upgrade"
    bool chunked = false;
    bool expects_continue = false;
    std::uint64_t content_length = 0;
    std::vector<Field> fields;
    std::string_view host;
};

class RequestParser {
public:
    RequestParser();
    ~RequestParser();
    RequestParser(const RequestParser&) = delete;
    RequestParser& operator=(const RequestParser&) = delete;

    // Errors: bad_request "invalid-request", too_large "headers-too-large", unsupported transfer codings. On
    // one `out` holds nothing of an earlier head, and no keep_alive: where its request ends is not known.
    Result<void> head(std::string_view bytes, std::size_t max_fields, ParsedHead& out);

    // Chunked body behind that head. Takes what it can of `bytes`, appends data to `body`; `used` bytes are
    // done with, the rest must come again with more behind it. True: the body is complete. Errors: too_large
    // past `cap`, bad_request.
    Result<bool> chunks(std::string_view bytes, std::size_t cap, std::string& body, std::size_t& used);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace lares::http
