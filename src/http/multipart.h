#pragma once
// Uploads: a raw body, and multipart/form-data (RFC 7578). Both are read into memory under the row's body
// cap.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lares::http {

// The body as it came.
struct Body {
    std::string data;
    std::string content_type;  // as sent, "" when absent
};

struct Part {
    std::string name;
    std::string filename;  // last path component only; empty: no file
    std::string content_type;
    std::string data;
};

struct Multipart {
    std::vector<Part> parts;
    const Part* find(std::string_view name) const;  // first of that name
};

struct MultipartLimits {
    std::size_t parts = 64;
    std::size_t header_bytes = 4096;  // of one part
    std::size_t name_bytes = 256;     // a longer name or file name is refused
};

// Linear in the size of the body, whatever it holds. Errors: unsupported (not multipart/form-data),
// bad_request "invalid-multipart".
Result<Multipart> parse_multipart(std::string_view content_type, std::string_view body,
                                  MultipartLimits limits = {});

}  // namespace lares::http
