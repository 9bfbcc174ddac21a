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
#include "http/head.h"

namespace lares::http {

// An open file; closed with the last answer that sends it.
struct OpenFile {
    int descriptor = -1;
    std::uint64_t size = 0;
    ~OpenFile();
};

// A piece of the body's source, and the text before it (the part headers of multipart/byteranges).
struct Slice {
    std::string before;
    std::uint64_t first = 0;
    std::uint64_t size = 0;
};

// A media type: a literal is pointed at, other text is kept.
class MediaType {
public:
    MediaType() = default;
    template <std::size_t N>
    MediaType(const char (&literal)[N]) : literal_(literal, N - 1) {}
    MediaType(std::string text) : text_(std::move(text)) {}
    std::string_view view() const { return literal_.empty() ? std::string_view(text_) : literal_; }
    bool empty() const { return view().empty(); }

private:
    std::string_view literal_;
    std::string text_;
};

struct Answer {
    unsigned status = 200;
    MediaType content_type{};                // empty: no body
    std::string body{};                      // the source of the body: this,
    std::string_view constant_body{};        // or this, which outlives the server,
    std::shared_ptr<const OpenFile> file{};  // or this
    std::string etag{};                      // quoted; honours If-None-Match
    std::string cache_control = "no-store";
    bool ranges = false;      // honours Range
    bool own_policy = false;  // `headers` hold a content-security-policy
    std::vector<std::pair<std::string, std::string>> headers{};
    std::vector<Slice> slices{};  // set by apply_conditions; empty: the whole source

    std::uint64_t source_size() const;
};

// 204.
struct Nothing {};

// Bytes in memory, sent with an ETag made of them; If-None-Match and Range are honoured.
struct Bytes {
    std::string data;
    std::string content_type = "application/octet-stream";
    std::string download_name{};  // not empty: sent as an attachment of that name
    std::string cache_control = "private, no-cache";
};

// A file on disk, streamed in pieces, with an ETag of its size and time; If-None-Match and Range are
// honoured.
struct File {
    std::filesystem::path path;
    std::string content_type = "application/octet-stream";
    std::string download_name{};
    std::string cache_control = "private, no-cache";
};

Answer json_answer(unsigned status, std::string json);
Answer text_answer(unsigned status, std::string text, std::string content_type = "text/plain; charset=utf-8");

// problem+json (RFC 9457): {type, title, status, detail, field?}. The one place where an Error becomes bytes.
// type "not-found" always has the same bytes, whatever its message.
Answer problem(const Error& error);
std::string problem_json(const Error& error);
unsigned status_of(Code code);
std::string_view reason_of(unsigned status);

// Turns a 200 into 304, 206 or 416 as the request's conditions say.
void apply_conditions(const RequestHead& head, Answer& answer);

// Whether a list of entity tags (If-None-Match) names this one.
bool names_etag(std::string_view list, std::string_view etag);

}  // namespace lares::http
