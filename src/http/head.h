#pragma once
// What a request says before its body: one parsed form, shared by the router, the guard and the handler, so
// that none of them can read the target differently. Views point into the connection's buffer and live as
// long as the Call.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lares::http {

enum class Method : std::uint8_t { get, post, put, patch, remove, head, options, other };

std::string_view method_name(Method method);  // "GET"; other: ""
Method parse_method(std::string_view name);

struct Field {
    std::string_view name;  // as sent
    std::string_view value;
};

struct RequestHead {
    Method method = Method::other;  // HEAD is routed as GET; `head_only` remembers
    bool head_only = false;
    bool secure = false;      // the connection is TLS, or a trusted proxy says so
    bool from_proxy = false;  // came through a proxy: a forwarding header is there, trusted or not
    bool loopback = false;    // the peer itself is on this machine
    bool local = false;     // and it asks for this machine by name, with nothing forwarded: no proxy's caller
    std::string_view path;  // canonical and decoded: "/api/v1/characters/01h…", never "/api/characters/…"
    std::string_view query;       // behind '?', as sent
    std::string_view host;        // the one Host, lower case, with its port when it has one
    std::string_view remote;      // the client's address, text, without port
    std::string_view request_id;  // ours, or the caller's when well-formed
    std::span<const Field> fields;

    std::string_view header(std::string_view name) const;  // first of that name, "" when absent
    bool has(std::string_view name) const;
    std::string_view bearer() const;  // of "Authorization: Bearer X", else ""
    std::optional<std::string_view> cookie(std::string_view name) const;
};

}  // namespace lares::http
