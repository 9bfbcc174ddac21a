#pragma once
// Fields that several of OpenAI's forms share.
#include "gateway/dialects/dialect.h"
#include "gateway/fields.h"

namespace lares::gateway::openai {

// model, stream, stream_options, sampling, stop, n, user, seed.
void read_common(Fields& fields, Asked& asked);
// A choice among some of the tools: the others are taken out of the request.
void read_allowed_tools(Fields& fields, const boost::json::object& allowed, ChatRequest& request);
// filename and file_data, file_url or file_id.
void read_file(Fields& fields, Part& part);

}  // namespace lares::gateway::openai
