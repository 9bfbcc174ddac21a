#pragma once
// Anthropic's wire format towards clients: messages and count_tokens, after the published API reference.
#include "gateway/dialects/dialect.h"

namespace lares::gateway::anthropic {

const Endpoint& messages();
Result<Asked> parse_count(const boost::json::object& body);  // as messages, max_tokens not needed
std::string count_json(std::size_t tokens);

// {"type": "error", "error": {type, message}}
Refusal refusal(const Error& error);

boost::json::object usage_json(const Usage& usage);

}  // namespace lares::gateway::anthropic
