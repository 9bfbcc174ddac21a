#pragma once
// Fields that several of OpenAI's forms share.
#include "gateway/dialects/dialect.h"
#include "gateway/fields.h"

namespace lares::gateway::openai {

// model, stream, stream_options, sampling, stop, n, user, seed.
void read_common(Fields& fields, Asked& asked);
// A choice among some of the tools: the others are taken out of the request.
void read_allowed_tools(Fields& fields, const boost::json::object& allowed, ChatRequest& request);
// What tools were called before there were tools: who asks so is answered so, and has as_functions for
// options.
inline constexpr std::string_view as_functions = R"({"functions":true})";
void read_functions(Fields& fields, Asked& asked);
// filename and file_data, file_url or file_id.
void read_file(Fields& fields, Part& part);

}  // namespace lares::gateway::openai
