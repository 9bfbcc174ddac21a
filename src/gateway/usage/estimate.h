#pragma once
// Tokens of what nobody has counted yet. Pure.
#include <algorithm>
#include <cstdint>
#include <optional>

#include "gateway/catalog.h"
#include "gateway/model.h"

namespace lares::gateway {

// What is likely, where a provider did not say: four bytes a token.
inline std::uint32_t likely_tokens(std::size_t bytes) {
    return static_cast<std::uint32_t>(std::min<std::size_t>((bytes + 3) / 4, 1u << 30));
}

// Of all that the model is given to read, results of tools and files too: for likely_tokens.
std::size_t likely_prompt_bytes(const ChatRequest& request);

// Never less than a provider will count: a token is at least a byte, templates, tools and pictures have their
// own share, and what is no text may fill the model's context.
std::uint32_t most_prompt_tokens(const ChatRequest& request, const ModelFacts* facts = nullptr);

// `own_most`: what the model itself ends at, where that is known.
std::uint32_t most_answer_tokens(const ChatRequest& request, std::optional<std::int64_t> own_most);

}  // namespace lares::gateway
