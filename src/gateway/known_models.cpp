// What is publicly known of common models: list prices in dollars for a million tokens and limits, as their
// makers stated them in autumn 2025. GATEWAY_FILE overrides any of it.
#include "gateway/catalog.h"

namespace lares::gateway {

std::string_view known_models() {
    return R"json({"models": {
"gpt-5": {"context_tokens": 400000, "output_tokens": 128000, "vision": true, "documents": true, "tools": true, "json_schema": true, "thinking": true, "price": {"input": 1.25, "output": 10, "cache_read": 0.125}},
"gpt-5-mini": {"context_tokens": 400000, "output_tokens": 128000, "vision": true, "documents": true, "tools": true, "json_schema": true, "thinking": true, "price": {"input": 0.25, "output": 2, "cache_read": 0.025}},
"gpt-5-nano": {"context_tokens": 400000, "output_tokens": 128000, "vision": true, "documents": true, "tools": true, "json_schema": true, "thinking": true, "price": {"input": 0.05, "output": 0.4, "cache_read": 0.005}},
"gpt-4.1": {"context_tokens": 1047576, "output_tokens": 32768, "vision": true, "documents": true, "tools": true, "json_schema": true, "thinking": false, "price": {"input": 2, "output": 8, "cache_read": 0.5}},
"gpt-4.1-mini": {"context_tokens": 1047576, "output_tokens": 32768, "vision": true, "documents": true, "tools": true, "json_schema": true, "thinking": false, "price": {"input": 0.4, "output": 1.6, "cache_read": 0.1}},
"gpt-4.1-nano": {"context_tokens": 1047576, "output_tokens": 32768, "vision": true, "documents": true, "tools": true, "json_schema": true, "thinking": false, "price": {"input": 0.1, "output": 0.4, "cache_read": 0.025}},
"gpt-4o": {"context_tokens": 128000, "output_tokens": 16384, "vision": true, "documents": true, "tools": true, "json_schema": true, "thinking": false, "price": {"input": 2.5, "output": 10, "cache_read": 1.25}},
"gpt-4o-mini": {"context_tokens": 128000, "output_tokens": 16384, "image_tokens": 48169, "vision": true, "documents": true, "tools": true, "json_schema": true, "thinking": false, "price": {"input": 0.15, "output": 0.6, "cache_read": 0.075}},
"o3": {"context_tokens": 200000, "output_tokens": 100000, "vision": true, "documents": true, "tools": true, "json_schema": true, "thinking": true, "price": {"input": 2, "output": 8, "cache_read": 0.5}},
"o4-mini": {"context_tokens": 200000, "output_tokens": 100000, "vision": true, "documents": true, "tools": true, "json_schema": true, "thinking": true, "price": {"input": 1.1, "output": 4.4, "cache_read": 0.275}},
"claude-opus-4-1": {"context_tokens": 200000, "output_tokens": 32000, "vision": true, "documents": true, "tools": true, "thinking": true, "price": {"input": 15, "output": 75, "cache_read": 1.5, "cache_write": 18.75}},
"claude-sonnet-4-5": {"context_tokens": 200000, "output_tokens": 64000, "vision": true, "documents": true, "tools": true, "thinking": true, "price": {"input": 3, "output": 15, "cache_read": 0.3, "cache_write": 3.75, "above_tokens": 200000, "input_above": 6, "output_above": 22.5}},
"claude-haiku-4-5": {"context_tokens": 200000, "output_tokens": 64000, "vision": true, "documents": true, "tools": true, "thinking": true, "price": {"input": 1, "output": 5, "cache_read": 0.1, "cache_write": 1.25}}
}})json";
}

}  // namespace lares::gateway
