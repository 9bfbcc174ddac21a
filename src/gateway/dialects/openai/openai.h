#pragma once
// OpenAI's wire format towards clients: chat completions, completions and responses (stateless), after the
// published API reference.
#include "gateway/dialects/dialect.h"

namespace lares::gateway::openai {

const Endpoint& chat_completions();
const Endpoint& completions();
const Endpoint& responses();

// {"error": {message, type, param, code}}
Refusal refusal(const Error& error);

// The JSON of usage as chat completions have it.
boost::json::object usage_json(const Usage& usage);
std::string_view finish_name(FinishReason finish);

}  // namespace lares::gateway::openai
