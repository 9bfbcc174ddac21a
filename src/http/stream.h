#pragma once
// Server-sent events. Nothing is sent until the first event, so that an error before it is an ordinary error
// answer; an error after it becomes `event: error` with problem+json, and the stream ends.
#include <string>

#include "async/task.h"
#include "base/result.h"

namespace lares::http {

class EventStream {
public:
    virtual ~EventStream() = default;

    // Queues one event and waits while more than 256 KiB are queued; a client that takes nothing for 15 s is
    // closed. Error `cancelled`: the client is gone. `json` holds no raw line break; `id` may be empty.
    // When the client goes, the handler's coroutine is cancelled: it unwinds at its next co_await.
    virtual Task<Result<void>> send(std::string name, std::string json, std::string id = {}) = 0;

    virtual bool gone() const = 0;
};

}  // namespace lares::http
