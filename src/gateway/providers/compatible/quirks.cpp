#include "gateway/providers/compatible/quirks.h"

#include <array>

namespace lares::gateway {

namespace {

constexpr auto rows = std::to_array<Quirks>({
    {.name = "compatible", .base_url = "", .stream_options = true, .passes = true},
    {.name = "openai", .base_url = "https://api.openai.com/v1", .max_tokens = "max_completion_tokens"},
    {.name = "vllm",
     .base_url = "",
     .repeat_penalty = "repetition_penalty",
     .top_k = true,
     .min_p = true,
     .reasoning_effort = false},
    {.name = "llamacpp",
     .base_url = "",
     .repeat_penalty = "repeat_penalty",
     .top_k = true,
     .min_p = true,
     .reasoning_effort = false},
    {.name = "lmstudio",
     .base_url = "http://localhost:1234/v1",
     .repeat_penalty = "repeat_penalty",
     .top_k = true,
     .reasoning_effort = false,
     .parallel_tools = false},
    {.name = "openrouter",
     .base_url = "https://openrouter.ai/api/v1",
     .repeat_penalty = "repetition_penalty",
     .top_k = true,
     .min_p = true,
     .reasoning_effort = false,
     .reasoning_object = true,
     .file_addresses = true},
    {.name = "groq",
     .base_url = "https://api.groq.com/openai/v1",
     .max_tokens = "max_completion_tokens",
     .passes = false},
    {.name = "mistral",
     .base_url = "https://api.mistral.ai/v1",
     .seed = "random_seed",
     .required_tool = "any",
     .stream_options = false,
     .reasoning_effort = false,
     .short_tool_ids = true,
     .passes = false},
    {.name = "deepseek",
     .base_url = "https://api.deepseek.com/v1",
     .seed = "",
     .json_schema = false,
     .reasoning_effort = false,
     .parallel_tools = false,
     .passes = false},
    {.name = "together",
     .base_url = "https://api.together.xyz/v1",
     .repeat_penalty = "repetition_penalty",
     .top_k = true,
     .min_p = true,
     .parallel_tools = false,
     .passes = false},
    {.name = "azure",
     .base_url = "",
     .max_tokens = "max_completion_tokens",
     .key = KeyStyle::api_key_header,
     .azure = true},
    {.name = "gemini",
     .base_url = "https://generativelanguage.googleapis.com/v1beta/openai",
     .seed = "",
     .parallel_tools = false,
     .penalties = false,
     .passes = false},
});

}  // namespace

std::span<const Quirks> quirks_table() {
    return rows;
}

const Quirks& quirks_of(std::string_view name) {
    for (const auto& row : rows)
        if (row.name == name) return row;
    return rows[0];
}

}  // namespace lares::gateway
