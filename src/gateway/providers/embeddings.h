#pragma once
// Embeddings in the two wire formats that have them: requests to bytes, answers to vectors. Pure.
#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/embedding.h"
#include "gateway/providers/codec.h"

namespace lares::gateway {

// Request and answer stay as they came, but for the model's name.
bool passes_embeddings(const EmbedRequest& request, Wire wire);
std::string embeddings_url(const Target& target, Wire wire);
// Errors: unprocessable "not-supported", field: the format has no word for it.
Result<std::string> embeddings_body(const EmbedRequest& request, const Target& target, Wire wire);

// `inputs`: how many vectors there must be. Error: upstream "upstream-failed".
Result<Embedding> read_embeddings(std::string_view json, std::size_t inputs, Wire wire);

// What an answer of OpenAI's form cost, from where that stands, so that a large one is not read for it;
// nullopt: it does not say.
std::optional<std::uint64_t> tokens_of_embeddings(std::string_view json);

}  // namespace lares::gateway
