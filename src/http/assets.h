#pragma once
// The web app, embedded in the binary (cmake/embed.cmake) with its brotli and gzip forms.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "http/answer.h"
#include "http/head.h"

namespace lares::http {

struct Asset {
    std::string_view path;  // "/assets/index-B1c2.js"
    std::string_view content_type;
    std::string_view etag;  // quoted
    bool immutable;         // its name holds its hash
    std::string_view plain;
    std::string_view brotli;  // empty: not smaller
    std::string_view gzip;
};

class Assets {
public:
    explicit Assets(std::span<const Asset> files) : files_(files) {}  // sorted by path
    bool built() const;  // false: there is no index.html; page() then says how to build it

    const Asset* find(std::string_view path) const;

    // The file of that path in the best encoding that the client takes, or 304.
    Answer file(const Asset& asset, const RequestHead& head) const;

    // index.html with a fresh nonce in place of each __CSP_NONCE__, and the policy that names it.
    Answer page(const RequestHead& head) const;

private:
    std::span<const Asset> files_;
};

// What the build embedded; empty when web/dist was not there.
std::span<const Asset> embedded_assets();

// Whether the client would rather have a page than JSON (Accept names text/html).
bool wants_html(const RequestHead& head);

}  // namespace lares::http
