#pragma once
// What a program's request says beside its body, in headers: Cache-Control and X-Lares-Cache, X-Lares-Trace;
// and what the answer says back: X-Lares-Cache and Age, X-Lares-Trace.
#include <memory>
#include <string>

#include "gateway/gateway.h"
#include "gateway/model.h"
#include "gateway/trace.h"
#include "http/call.h"

namespace lares::api {

// Sets request.cache and request.trace. `what`: the body.
void take_wishes(http::Call& call, const std::string& what, const gateway::Gateway& gateway,
                 gateway::ChatRequest& request);

// After the gateway was asked, before the answer's first byte.
void tell(http::Call& call, const gateway::Trace& trace);

bool wants_trace(const http::Call& call);

}  // namespace lares::api
