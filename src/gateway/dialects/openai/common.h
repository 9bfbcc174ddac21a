#pragma once
// Fields that chat completions and completions share.
#include "gateway/dialects/dialect.h"
#include "gateway/fields.h"

namespace lares::gateway::openai {

// model, stream, stream_options, sampling, stop, n, user, seed.
void read_common(Fields& fields, Asked& asked);

}  // namespace lares::gateway::openai
