#pragma once
// POST /v1/embeddings, after OpenAI's published API reference. Pure.
#include <boost/json/object.hpp>

#include "base/result.h"
#include "gateway/embedding.h"

namespace lares::gateway::openai {

struct AskedEmbeddings {
    EmbedRequest request;
    bool base64 = false;
};

// Errors: bad_request "invalid-field" with the field's path.
Result<AskedEmbeddings> parse_embeddings(const boost::json::object& body);
std::string embeddings_json(const AskedEmbeddings& asked, const Embedding& made);

}  // namespace lares::gateway::openai
