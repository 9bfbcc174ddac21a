#pragma once
// Ollama's wire format towards clients: chat and generate (a line of JSON for each piece), tags, show, ps and
// embed, after its published API description.
#include <vector>

#include "gateway/dialects/dialect.h"
#include "gateway/provider.h"

namespace lares::gateway::ollama {

const Endpoint& chat();
const Endpoint& generate();

// {"error": "…"}
Refusal refusal(const Error& error);

// The answer to a request without words.
std::string loaded_json(std::string_view model, std::int64_t unix_ms);
std::string tags_json(const std::vector<ModelInfo>& models, std::int64_t unix_ms);
std::string show_json(const ModelInfo& model, std::int64_t unix_ms);
std::string running_json(const std::vector<ModelInfo>& models, std::int64_t unix_ms);

// What a client may call a model: without the tag that Ollama adds to every name.
std::string bare_name(std::string_view name);
std::string rfc3339(std::int64_t unix_ms);

}  // namespace lares::gateway::ollama
