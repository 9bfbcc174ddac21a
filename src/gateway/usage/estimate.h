#pragma once
// Tokens of what nobody has counted yet. Pure.
#include <algorithm>
#include <cstdint>
#include <optional>

#include "gateway/model.h"

namespace lares::gateway {

// What is likely, where a provider did not say: four bytes a token.
inline std::uint32_t likely_tokens(std::size_t bytes) {
    return static_cast<std::uint32_t>(std::min<std::size_t>((bytes + 3) / 4, 1u << 30));
}

// Never less than a provider will count: a token is at least a byte, and templates, tools and pictures have
// their own share.
std::uint32_t most_prompt_tokens(const ChatRequest& request);

// `own_most`: what the model itself ends at, where that is known.
std::uint32_t most_answer_tokens(const ChatRequest& request, std::optional<std::int64_t> own_most);

}  // namespace lares::gateway
