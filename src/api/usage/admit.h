#pragma once
// Whether a program may ask for a call now, by requests and tokens in a minute; the answer's headers say how
// much is left, in the names that the SDKs of its dialect read.
#include "gateway/embedding.h"
#include "gateway/model.h"
#include "http/call.h"
#include "limits/rates.h"

namespace lares::api {

// Takes what the call is likely to need; what it takes in truth is put right when it is over. Error:
// rate_limited with retry_after_ms.
Result<void> admit(limits::Rates& rates, http::Call& call, gateway::ChatRequest& request);
Result<void> admit(limits::Rates& rates, http::Call& call, gateway::EmbedRequest& request);
Result<void> admit(limits::Rates& rates, gateway::ChatRequest& request);  // of a chat: no headers to write

}  // namespace lares::api
