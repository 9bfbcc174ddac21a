#pragma once
// Server-sent events. Nothing is sent until the first event, so that an error before it is an ordinary error
// answer; an error after it becomes `event: error` with problem+json, and the stream ends.
#include <optional>
#include <string>
#include <string_view>

#include "async/task.h"
#include "base/result.h"
#include "http/answer.h"

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

// An answer whose form is found out late: whole, or bytes of any type as they come. For formats that are not
// ours; no heartbeats, and what an error in the middle looks like is the row's (ErrorForm). A client that
// goes away is noticed at once.
class ByteStream : public EventStream {
public:
    // The first call sends the head: status 200, this type, the call's headers. Queues and waits as send()
    // does.
    virtual Task<Result<void>> write(std::string bytes, std::string_view content_type) = 0;
    // The same without waiting: nullopt when so much is queued that room() is to be waited for before the
    // next.
    virtual std::optional<Result<void>> write_now(std::string_view bytes, std::string_view content_type) = 0;
    virtual Task<Result<void>> room() = 0;
    // The whole answer; before any write().
    virtual void answer(Answer answer) = 0;
};

}  // namespace lares::http
