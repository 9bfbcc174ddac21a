#pragma once
// WebSocket, seen from a handler. Frames are JSON text both ways:
//   {"event": NAME, "data": {…}, "id"?: TEXT}
// From the client, `id` is its own mark and comes back in the error event that answers it; from us it is the
// event's position (TURN/FRAME). An error event's data is a problem (see answer.h) with `event` and `id` of
// what it answers. The first message of a client without cookie or bearer is hello with data {"ticket": …}.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "async/task.h"
#include "base/result.h"
#include "http/call.h"

namespace lares::http {

// All calls on its executor. The object outlives the handler object that the factory made for it.
class Socket {
public:
    virtual ~Socket() = default;

    // Queues one event. False: the socket is closed, or it is now being closed with 1013 because more than
    // 1 MiB waits for a client that does not read.
    virtual bool send(std::string_view event, std::string_view data_json, std::string_view id = {}) = 0;
    virtual bool send_binary(std::string_view bytes) = 0;
    virtual void close(std::uint16_t code, std::string_view reason) = 0;  // sends what is queued first
    virtual bool closed() const = 0;
    virtual std::size_t queued() const = 0;  // bytes that wait for the client

    virtual const Principal& principal() const = 0;
    virtual const RequestHead& head() const = 0;  // without fields: those are released at the upgrade
    virtual const Executor& executor() const = 0;
};

// What a factory makes for each socket; message handlers are its member functions. They run one after the
// other, with a deadline of 30 s each; longer work is spawned in a TaskScope of its own.
class SocketHandler {
public:
    virtual ~SocketHandler() = default;

    // Once, before the first message is handled, when the caller is known and may.
    virtual Task<Result<void>> opened() = 0;

    // Once, before destruction, also after an error: cancel and join what was spawned.
    virtual Task<void> closed() = 0;
};

}  // namespace lares::http
