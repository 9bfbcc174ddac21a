#pragma once
// One request on its way from bytes to the handler: the steps, in order, as one list. Private to http.
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "async/task.h"
#include "http/answer.h"
#include "http/call.h"
#include "http/request_parser.h"
#include "http/shared.h"
#include "http/target.h"

namespace lares::http {

// The connection, as far as a request needs it.
class BodySource {
public:
    virtual ~BodySource() = default;
    // The whole body of the request whose head was read last; asks the client to go on when it waits for
    // that. Errors: too_large past `cap` (nothing more is read), unavailable, timeout, cancelled.
    virtual Task<Result<std::string>> read_body(std::size_t cap) = 0;
    // The same when all of it is here already; nullopt: it is not.
    virtual std::optional<Result<std::string>> body_now(std::size_t cap) = 0;
    virtual void expires_in(std::int64_t ms) = 0;  // of the handler; 0: never
};

// One for each connection, used again for each request so that what it holds keeps its capacity.
struct Exchange {
    Exchange(Shared& all, BodySource& source, Executor on)
        : shared(all), body_source(source), executor(std::move(on)) {}

    void begin(std::string_view bytes);  // forgets the request before

    Shared& shared;
    BodySource& body_source;
    Executor executor;
    async::SteadyTime started{};

    // Of the connection.
    RequestParser* parser = nullptr;
    std::string_view peer;   // its address
    std::string_view local;  // the address that it came to
    bool peer_loopback = false;
    bool secure = false;
    std::string accepted_host;  // the last Host that it was found good with
    bool accepted_is_local = false;

    bool head_read() const { return step > 0; }

    std::string_view head_bytes;
    ParsedHead parsed;
    Target target;
    RequestHead head;
    std::string host, remote, request_id;
    bool allow_origin = false;
    std::size_t step = 0;  // of the order, that comes next
    std::optional<Call> call;
    const Compiled* route = nullptr;
    const MessageRow* message = nullptr;  // of a socket's message
    bool path_exists = false;
    bool absent_id = false;  // a path id that cannot be one: as if it named nothing
    Input input;
    bool input_filled = false;
    std::unique_ptr<Invocation> invocation;
    std::vector<Touched> touched;
    std::optional<Answer> early;       // answered on the way: OPTIONS, a page
    std::optional<Error> error;        // how it ended, of a route that is watched
    std::optional<Error> wrong_field;  // the first of the body, the query or the path
    std::string buffer;                // for the text of the answer
};

// A step of its own; called again for a request that did not come so far.
Result<void> take_request_id(Exchange& x);

// Runs the steps; the request may go to its handler, or `early` is its answer, or the error is. pass_now goes
// as far as none has to wait: nullopt, and pass_request goes on from there.
std::optional<Result<void>> pass_now(Exchange& x);
Task<Result<void>> pass_request(Exchange& x);

// The same for one message of a socket: `message`, `call` and `invocation` are set, `fields` is its data.
Task<Result<void>> pass_message(Exchange& x, const Principal& principal, boost::json::value fields);

// Names of the steps, in order, for the documentation and the test that holds them together.
std::span<const std::string_view> request_steps();

}  // namespace lares::http
