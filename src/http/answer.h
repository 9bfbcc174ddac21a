#pragma once
// What a handler gives back besides a struct: bytes, a file, nothing. A struct becomes JSON.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace lares::http {

struct Answer {
    unsigned status = 200;
    std::string_view content_type;  // a constant; empty: no body
    std::string body;
    std::string_view constant_body;    // when set, sent instead of `body`; outlives the server
    std::shared_ptr<const void> file;  // an open file: made by open_file
    std::vector<std::pair<std::string, std::string>> headers;  // besides those that every answer has
};

// 204.
struct Nothing {};

// Bytes in memory, sent with a strong ETag; If-None-Match and Range are honoured.
struct Bytes {
    std::string data;
    std::string_view content_type = "application/octet-stream";
    std::string download_name;  // not empty: Content-Disposition: attachment
    std::string cache = "private, no-cache";
};

// A file on disk, streamed in pieces, with ETag (size and time), Last-Modified and ranges.
struct File {
    std::filesystem::path path;
    std::string_view content_type = "application/octet-stream";
    std::string download_name;
    std::string cache = "private, no-cache";
};

Answer json_answer(unsigned status, std::string json);

// problem+json (RFC 9457): {type, title, status, detail, field?}. The one place where an Error becomes bytes.
// type "not-found" always has the same bytes, whatever its message.
Answer problem(const Error& error);
std::string problem_json(const Error& error);
unsigned status_of(Code code);

}  // namespace lares::http
