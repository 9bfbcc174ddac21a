#pragma once
// The one way out: every request of this server to another goes through here. The guard stands in the connect
// step: it judges the addresses that a name resolved to and connects to one of those, for the first request
// and again for each redirect.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "async/clock.h"
#include "async/task.h"
#include "base/result.h"
#include "base/secret.h"
#include "net/policy.h"
#include "net/resolver.h"
#include "net/sse.h"

namespace lares::net {

enum class Method : std::uint8_t { get, head, post, put, patch, delete_ };

struct Header {
    std::string name;
    std::string value;
};
struct Credential {
    std::string name;  // "authorization", "x-api-key"
    SecretText value;  // sent to the origin of the request's URL only; a redirect to another loses it
};

struct Request {
    Method method = Method::get;
    std::string url;
    std::vector<Header> headers;
    std::vector<Credential> credentials;
    std::string body;
    unsigned redirects_max = 0;  // at most 10; 0: a redirect is an answer like any other
    bool repeatable = false;     // also a POST is sent again where a kept connection had been closed
    std::size_t body_max = 8 * 1024 * 1024;  // of the answer
    async::Milliseconds connect_timeout{10'000};
    async::Milliseconds idle_timeout{60'000};              // between two pieces of the answer
    async::Milliseconds timeout{60'000};                   // for all of it
    std::optional<async::Milliseconds> head_timeout = {};  // until the head of the answer is there
};

// The answer's body, piece by piece. Destroyed early: the connection is closed.
class Body {
public:
    virtual ~Body() = default;
    // At most 64 KB, never empty. nullopt: complete. Errors: too_large "answer-too-large", timeout, upstream.
    virtual Task<Result<std::optional<std::string>>> next() = 0;
    // What next() would give without waiting; nullopt: nothing is here yet.
    virtual std::optional<Result<std::optional<std::string>>> next_now() = 0;
    // Until next_now() may give something: asked when it gave nothing.
    virtual Task<void> wait() = 0;
    // From now on next() ends with a timeout at this time, also while pieces come; SteadyTime::max() lifts
    // it.
    virtual void expect_by(async::SteadyTime) {}
};

// All of a request but its body, checked and written once for many.
class Prepared {
public:
    virtual ~Prepared() = default;
};

struct Response {
    unsigned status = 0;
    std::vector<Header> headers;  // names in lower case
    std::string url;              // where it came from, after redirects
    std::unique_ptr<Body> body;

    // The first of that name (lower case), or empty.
    std::string_view header(std::string_view name) const;
};

// Takes the whole body.
Task<Result<std::string>> read_all(std::unique_ptr<Body> body);

// Server-sent events of a body. nullopt: it has ended.
class SseReader {
public:
    explicit SseReader(std::unique_ptr<Body> body) : body_(std::move(body)) {}
    Task<Result<std::optional<SseEvent>>> next();

private:
    std::unique_ptr<Body> body_;
    SseParser parser_;
    std::vector<SseEvent> ready_;
    std::size_t taken_ = 0;
};

struct ClientOptions {
    Policy policy;
    std::string user_agent = "Lares";
    std::string extra_authorities_pem;  // beside the system's
    std::size_t connections_max = 512;  // at once, idle ones not counted
    std::size_t per_origin_max = 64;    // of these, to one origin
    std::size_t idle_max = 64;          // kept for another request
    std::size_t idle_per_origin_max = 8;
    async::Milliseconds idle_for{30'000};
};

class Client {
public:
    // The resolver outlives it. Error: bad_request "invalid-certificate".
    static Result<std::unique_ptr<Client>> make(ClientOptions options, Resolver& resolver);
    virtual ~Client() = default;  // after every Response; before the event loops

    // Returns when the head of the answer is there. On a single-threaded executor or a strand.
    // Errors: bad_request "invalid-url", "port-not-allowed", "address-not-allowed" (the URL itself names such
    // an address), "invalid-request" (a header); upstream "upstream-unreachable" (one text for all: not
    // resolved, not allowed, refused, no TLS), "upstream-failed", "too-many-redirects"; timeout
    // "upstream-timeout"; unavailable "busy".
    virtual Task<Result<Response>> fetch(Request request) = 0;

    // The same in two parts; redirects are not followed. Errors of prepare(): bad_request, as of fetch().
    // What it gives is sent by the client that made it.
    virtual Result<std::shared_ptr<const Prepared>> prepare(Request request) = 0;
    virtual Task<Result<Response>> send(const Prepared& prepared, std::string body) = 0;

    struct Stats {
        std::size_t open = 0, idle = 0;
        std::uint64_t connected = 0, reused = 0, refused = 0;  // refused: by the guard
    };
    virtual Stats stats() const = 0;
};

}  // namespace lares::net
