#pragma once
// Who is told of each request to a route when it is over: what the product keeps of requests, beside metrics.
#include <chrono>

#include "base/result.h"
#include "http/call.h"

namespace lares::http {

struct Finished {
    const Call& call;
    std::string_view path;  // of its row
    unsigned status = 0;
    const Error* error = nullptr;  // why it was refused, failed or ended early
    std::chrono::microseconds took{};
};

class Watcher {
public:
    virtual ~Watcher() = default;
    virtual void over(const Finished& request) noexcept = 0;  // on the connection's loop; must not block
};

}  // namespace lares::http
