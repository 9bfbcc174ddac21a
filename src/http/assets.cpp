#include "http/assets.h"

#include <algorithm>

#include <openssl/rand.h>

#include "base/text.h"

namespace lares::http {

namespace {

constexpr std::string_view placeholder = "__CSP_NONCE__";

constexpr std::string_view not_built = R"(<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>Lares</title></head><body><h1>Lares is running</h1>
<p>The web app was not built into this server. Run <code>./run</code>, which builds it, or build it by hand:
<code>npm ci</code> and <code>npm run build</code> in the folder <code>web</code>, then build the server again.</p>
</body></html>
)";

std::string nonce() {
    unsigned char bytes[16];
    if (RAND_bytes(bytes, sizeof bytes) != 1) std::abort();
    return to_base64({reinterpret_cast<const char*>(bytes), sizeof bytes});
}

// q > 0 of an encoding in Accept-Encoding.
bool accepts(std::string_view header, std::string_view coding) {
    while (!header.empty()) {
        const auto comma = header.find(',');
        std::string_view item = trim(header.substr(0, comma));
        header = comma == header.npos ? std::string_view{} : header.substr(comma + 1);
        const auto semicolon = item.find(';');
        if (!equal_ignoring_case(trim(item.substr(0, semicolon)), coding)) continue;
        if (semicolon == item.npos) return true;
        std::string_view q = trim(item.substr(semicolon + 1));
        if (!q.starts_with("q=") && !q.starts_with("Q=")) return true;
        q.remove_prefix(2);
        return q.find_first_of("123456789") != q.npos;
    }
    return false;
}

}  // namespace

bool Assets::built() const {
    return find("/index.html") != nullptr;
}

const Asset* Assets::find(std::string_view path) const {
    const auto it =
        std::lower_bound(files_.begin(), files_.end(), path,
                         [](const Asset& asset, std::string_view wanted) { return asset.path < wanted; });
    return it != files_.end() && it->path == path ? &*it : nullptr;
}

Answer Assets::file(const Asset& asset, const RequestHead& head) const {
    if (asset.path == "/index.html") return page(head);
    Answer answer{.content_type = std::string(asset.content_type)};
    answer.cache_control = asset.immutable ? "public, max-age=31536000, immutable" : "no-cache";
    answer.etag = asset.etag;
    answer.headers.emplace_back("vary", "accept-encoding");
    const std::string_view encodings = head.header("accept-encoding");
    std::string_view body = asset.plain, encoding;
    if (!asset.brotli.empty() && accepts(encodings, "br")) {
        body = asset.brotli;
        encoding = "br";
    } else if (!asset.gzip.empty() && accepts(encodings, "gzip")) {
        body = asset.gzip;
        encoding = "gzip";
    }
    if (!encoding.empty()) {
        answer.headers.emplace_back("content-encoding", encoding);
        answer.etag.insert(answer.etag.size() - 1, std::string("-") + std::string(encoding));
    }
    answer.constant_body = body;
    answer.ranges = encoding.empty();
    if (!names_etag(head.header("if-none-match"), answer.etag)) return answer;
    answer.status = 304;
    answer.content_type = {};
    answer.constant_body = {};
    return answer;
}

Answer Assets::page(const RequestHead& head) const {
    const Asset* index = find("/index.html");
    if (!index) return text_answer(200, std::string(not_built), "text/html; charset=utf-8");
    const std::string value = nonce();
    Answer answer{.content_type = "text/html; charset=utf-8"};
    answer.body.reserve(index->plain.size() + 64);
    for (std::size_t at = 0;;) {
        const auto next = index->plain.find(placeholder, at);
        answer.body += index->plain.substr(at, next - at);
        if (next == index->plain.npos) break;
        answer.body += value;
        at = next + placeholder.size();
    }
    answer.cache_control = "no-store";
    answer.own_policy = true;
    // A socket to our own origin is 'self' in current browsers; older ones need it spelled.
    const std::string socket = (head.secure ? "wss://" : "ws://") + std::string(head.host);
    answer.headers.emplace_back(
        "content-security-policy",
        "default-src 'self'; script-src 'self' 'nonce-" + value + "'; style-src 'self' 'nonce-" + value +
            "'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self' " +
            socket +
            "; worker-src 'self' blob:; manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action "
            "'self'; "
            "frame-ancestors 'none'; require-trusted-types-for 'script'");
    return answer;
}

bool wants_html(const RequestHead& head) {
    return to_lower_ascii(head.header("accept")).find("text/html") != std::string::npos;
}

}  // namespace lares::http
