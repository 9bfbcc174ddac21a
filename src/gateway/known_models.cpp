// What is publicly known of common models: list prices in dollars for a million tokens and limits, as their
// makers stated them in autumn 2025. GATEWAY_FILE overrides any of it.
#include "gateway/catalog.h"

namespace lares::gateway {

std::string_view known_models() {
    return R"json({"models": {
"gpt-5": {"context_tokens": 400000, "output_tokens": 128000, "vision": true, "documents": true, "tools": true, "json_schema": true, "thinking": true, "price": {"input": 1.25, "output": 10, "cache_read": 0.125, "flex": {"input": 0.625, "output": 5, "cache_read": 0.0625}, "priority": {"input": 2.5, "output": 20, "cache_read": 0.25}}},
"gpt-5-mini": {"context_tokens": 400000, "output_tokens": 128000, "vision": true, "documents": true, "tools": true, "json_schema": true, "thinking": true, "price": {"input": 0.25, "output": 2, "cache_read": 0.025, "flex": {"input": 0.125, "output": 1, "cache_read": 0.0125}, "priority": {"input": 0.45, "output": 3.6, "cache_read": 0.045}}},
"gpt-5-nano": {"context_tokens": 400000, "output_tokens": 128000, "vision": true, "documents": true, "tools": true, "json_schema": true, "thinking": true, "price": {"input": 0.05, "output": 0.4, "cache_read": 0.005, "flex": {"input": 0.025, "output": 0.2, "cache_read": 0.0025}}},
"gpt-4.1": {"context_tokens": 1047576, "output_tokens": 32768, "vision": true, "documents": true, "tools": true, "json_schema": true, "thinking": false, "price": {"input": 2, "output": 8, "cache_read": 0.5, "priority": {"input": 3.5, "output": 14, "cache_read": 0.875}}},
"gpt-4.1-mini": {"context_tokens": 1047576, "output_tokens": 32768, "vision": true, "documents": true, "tools": true, "json_schema": true, "thinking": false, "price": {"input": 0.4, "output": 1.6, "cache_read": 0.1, "priority": {"input": 0.7, "output": 2.8, "cache_read": 0.175}}},
"gpt-4.1-nano": {"context_tokens": 1047576, "output_tokens": 32768, "vision": true, "documents": true, "tools": true, "json_schema": true, "thinking": false, "price": {"input": 0.1, "output": 0.4, "cache_read": 0.025, "priority": {"input": 0.2, "output": 0.8, "cache_read": 0.05}}},
"gpt-4o": {"context_tokens": 128000, "output_tokens": 16384, "vision": true, "documents": true, "tools": true, "json_schema": true, "thinking": false, "price": {"input": 2.5, "output": 10, "cache_read": 1.25, "priority": {"input": 4.25, "output": 17, "cache_read": 2.125}}},
"gpt-4o-mini": {"context_tokens": 128000, "output_tokens": 16384, "image_tokens": 48169, "vision": true, "documents": true, "tools": true, "json_schema": true, "thinking": false, "price": {"input": 0.15, "output": 0.6, "cache_read": 0.075, "priority": {"input": 0.25, "output": 1, "cache_read": 0.125}}},
"o3": {"context_tokens": 200000, "output_tokens": 100000, "vision": true, "documents": true, "tools": true, "json_schema": true, "thinking": true, "price": {"input": 2, "output": 8, "cache_read": 0.5, "flex": {"input": 1, "output": 4, "cache_read": 0.25}, "priority": {"input": 3.5, "output": 14, "cache_read": 0.875}}},
"o4-mini": {"context_tokens": 200000, "output_tokens": 100000, "vision": true, "documents": true, "tools": true, "json_schema": true, "thinking": true, "price": {"input": 1.1, "output": 4.4, "cache_read": 0.275, "flex": {"input": 0.55, "output": 2.2, "cache_read": 0.138}, "priority": {"input": 2, "output": 8, "cache_read": 0.5}}},
"claude-opus-4-1": {"context_tokens": 200000, "output_tokens": 32000, "vision": true, "documents": true, "tools": true, "thinking": true, "price": {"input": 15, "output": 75, "cache_read": 1.5, "cache_write": 18.75, "cache_write_1h": 30, "search": 0.01}},
"claude-sonnet-4-5": {"context_tokens": 200000, "output_tokens": 64000, "vision": true, "documents": true, "tools": true, "thinking": true, "price": {"input": 3, "output": 15, "cache_read": 0.3, "cache_write": 3.75, "cache_write_1h": 6, "search": 0.01, "tiers": [{"above_tokens": 200000, "input": 6, "output": 22.5, "cache_read": 0.6, "cache_write": 7.5, "cache_write_1h": 12}]}},
"claude-haiku-4-5": {"context_tokens": 200000, "output_tokens": 64000, "vision": true, "documents": true, "tools": true, "thinking": true, "price": {"input": 1, "output": 5, "cache_read": 0.1, "cache_write": 1.25, "cache_write_1h": 2, "search": 0.01}}
}})json";
}

}  // namespace lares::gateway
