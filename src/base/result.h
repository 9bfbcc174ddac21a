#pragma once
// Result<T>: what a caller or client can act on. Everything else is an exception (ends the request) or an
// assertion (our bug).
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

namespace lares {

// What went wrong, as the one error table of api turns it into a status. Stable: part of the API through
// Error::type.
enum class Code : std::uint8_t {
    bad_request,    // 400: the input breaks a rule; `field` names where
    unauthorized,   // 401: nobody is signed in, or the credential is not valid
    forbidden,      // 403: known, and not allowed (only where existence is no secret)
    not_found,      // 404: absent, or private and denied: the two must look the same
    conflict,       // 409: the state does not allow it
    too_large,      // 413: over a size limit
    unsupported,    // 415: a form we do not read
    unprocessable,  // 422: well-formed, but it cannot be done with this content
    rate_limited,   // 429: `retry_after_ms` says when
    internal,       // 500: a bug
    upstream,       // 502: another server failed us
    unavailable,    // 503: cannot be done now; `retry_after_ms` may say when
    timeout,        // 504: the deadline passed
    storage_full,   // 507: the disk is full
    cancelled       // 499: the caller went away or said stop
};

// Of "context-overflow": what does not fit into a prompt, by how many tokens, and what helps. `part` and
// `remedy` are stable slugs (prompt/overflow.h) for clients that say it in their own words.
struct Overflow {
    std::string part;
    std::int64_t tokens = 0;
    std::string remedy;
    bool operator==(const Overflow&) const = default;
};

// `type` is a stable slug ("invalid-field", "model-loading") that clients may switch on; `message` is for the
// person and says what to do; `detail` is for the log only and never leaves the process.
struct Error {
    Code code = Code::internal;
    std::string type;
    std::string message;
    std::string field;  // path of the offending input ("messages[2].role"), empty when none
    std::string detail;
    std::optional<std::int64_t> retry_after_ms;
    std::optional<Overflow> overflow = std::nullopt;
    // Ids of what is there in spite of it, by their names on the wire: more members of the problem.
    std::vector<std::pair<std::string, std::string>> ids = {};
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Code code, std::string type, std::string message, std::string field = {}) {
    return tl::unexpected<Error>(Error{code, std::move(type), std::move(message), std::move(field), {}, {}});
}
inline tl::unexpected<Error> fail(Error error) {
    return tl::unexpected<Error>(std::move(error));
}

// The rule that a field breaks: 400, type "invalid-field".
inline tl::unexpected<Error> invalid_field(std::string field, std::string rule) {
    return fail(Code::bad_request, "invalid-field", field + ": " + rule, field);
}

}  // namespace lares

#define LARES_CONCAT_(a, b) a##b
#define LARES_CONCAT(a, b) LARES_CONCAT_(a, b)
#define LARES_TRY_(tmp, target, expr, ret)                  \
    auto tmp = (expr);                                      \
    if (!tmp) ret ::tl::unexpected(std::move(tmp).error()); \
    target = std::move(*tmp)
#define LARES_CHECK_(tmp, expr, ret) \
    if (auto tmp = (expr); !tmp) ret ::tl::unexpected(std::move(tmp).error())

// LARES_TRY(auto user, find(id)); assigns the value or returns the error. The CO_ forms are for coroutines
// (expr holds its own co_await). CHECK is for Result<void>.
#define LARES_TRY(target, ...) LARES_TRY_(LARES_CONCAT(try_, __LINE__), target, (__VA_ARGS__), return)
#define LARES_CO_TRY(target, ...) LARES_TRY_(LARES_CONCAT(try_, __LINE__), target, (__VA_ARGS__), co_return)
#define LARES_CHECK(...) LARES_CHECK_(LARES_CONCAT(check_, __LINE__), (__VA_ARGS__), return)
#define LARES_CO_CHECK(...) LARES_CHECK_(LARES_CONCAT(check_, __LINE__), (__VA_ARGS__), co_return)
