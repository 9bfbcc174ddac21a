#pragma once
// Fills a route's invocation from the path, the query and the body. Private to http.
#include "async/task.h"
#include "http/exchange.h"

namespace lares::http {

Result<void> parse_fields(Exchange& x);

// JSON of a size that would hold up the loop: read on another thread, from text and into an invocation that
// are the job's own.
bool is_large(const Exchange& x);
Task<Result<void>> parse_large(Exchange& x);

}  // namespace lares::http
