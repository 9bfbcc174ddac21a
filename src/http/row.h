#pragma once
// A route as data: what it is called, who may call it, what it touches and costs. Everything else (parsing,
// checks, limits, the API's description, metrics) is derived from it.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/guard.h"
#include "http/head.h"

namespace lares::http {

struct Answer;
class Watcher;

// How a route's refusals look where they are not problem+json. Both are asked for errors of http too.
struct ErrorForm {
    Answer (*answer)(const Error& error, const RequestHead& head);
    std::string (*in_stream)(const Error& error, const RequestHead& head);  // the last bytes of a stream
};

struct Row {
    Method method;
    std::string_view path;  // whole and greppable: "/api/v1/characters/{id}"; a tail: "/assets/{file*}"
    Access access;          // no default
    std::vector<Touch> touches{};  // one for each kind of id in the request; a missing one stops the start
    std::uint32_t weight = 1;      // taken from the rate buckets
    std::size_t body_cap = 64 * 1024;  // bytes; one more is 413
    unsigned success = 200;
    std::string_view summary{};
    std::string_view tag{};                 // section of the description
    std::vector<Code> errors{};             // besides those that every route may answer
    std::int64_t deadline_ms = 30'000;      // of the handler; 0: none (streams have none)
    bool any_content_type = false;          // a JSON body must be application/json unless this is set
    const ErrorForm* error_form = nullptr;  // nullptr: problem+json
    Watcher* watcher = nullptr;             // told of each request when it is over; outlives the server
};

// One type of message that a socket takes.
struct MessageRow {
    std::string_view name;  // the "event" of its frame
    Access access;
    std::vector<Touch> touches{};
    std::uint32_t weight = 1;
    std::string_view summary{};
};

}  // namespace lares::http
