#pragma once
// A wire format as clients speak it: one Endpoint for each kind of call. Pure: JSON in, JSON and bytes out;
// api gives them their routes and http their sockets.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "base/result.h"
#include "gateway/model.h"

namespace lares::gateway {

// The whole answer, put together from its events.
struct Answer {
    std::string id = {};
    std::string model = {};
    std::vector<Part> parts = {};  // tool calls, thinking, text, in the order they came
    std::string logprobs = {};     // JSON array; empty: none
    ChatEnd end = {};
};

class Collector {
public:
    void add(const Event& event);
    void add(const ChatDelta& delta);
    Answer take(ChatEnd end);

private:
    Part& open(PartKind kind);
    Answer answer_;
    std::vector<std::uint32_t> calls_;  // index of each tool call's part
};

// The answer's events, for who takes only those: of a delta, in order.
std::vector<Event> events_of(ChatDelta delta);

// What an answer is called in this process.
struct Stamp {
    std::string id;     // unique, without a prefix
    std::string model;  // as the client named it
    std::int64_t unix_ms = 0;
};

struct Asked {
    ChatRequest request;
    bool stream = false;
    std::string options = {};  // JSON object: what the request said about the form of its answer
};

// Writes one answer as it grows. Every call gives the bytes to send now.
class StreamEncoder {
public:
    virtual ~StreamEncoder() = default;
    virtual std::string event(const Event& event) = 0;
    virtual std::string close(const ChatEnd& end) = 0;   // the last event of a good answer
    virtual std::string failed(const Error& error) = 0;  // the last event of one that broke
};

class Endpoint {
public:
    virtual ~Endpoint() = default;
    // Errors: bad_request "invalid-field" with the field's path.
    virtual Result<Asked> parse(const boost::json::object& body) const = 0;
    virtual std::string whole(const Asked& asked, const Stamp& stamp, const Answer& answer) const = 0;
    virtual std::unique_ptr<StreamEncoder> stream(const Asked& asked, const Stamp& stamp) const = 0;
    virtual std::string_view stream_type() const { return "text/event-stream"; }
    // The wire whose bytes may pass through as they are; none: they never may.
    virtual Wire wire() const { return Wire::none; }
};

// An error in a dialect's own shape.
struct Refusal {
    unsigned status = 500;
    std::string json;
};

// One piece of an event stream; an empty name leaves the event line out.
std::string sse(std::string_view name, std::string_view json);

}  // namespace lares::gateway
