#pragma once
// POST /api/embed and the older /api/embeddings, after Ollama's published API description. Pure.
#include <boost/json/object.hpp>

#include "base/result.h"
#include "gateway/embedding.h"

namespace lares::gateway::ollama {

// A request without texts has the model loaded. Errors: bad_request "invalid-field" with the field's path.
Result<EmbedRequest> parse_embed(const boost::json::object& body);
std::string embed_json(const EmbedRequest& asked, const Embedding& made, std::int64_t duration_ms);

Result<EmbedRequest> parse_embeddings(const boost::json::object& body);  // one text, "prompt"
std::string embeddings_json(const Embedding& made);

}  // namespace lares::gateway::ollama
