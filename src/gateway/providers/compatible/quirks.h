#pragma once
// Servers that speak OpenAI's format, each a little differently: what differs, as data. A new one is a row.
#include <span>
#include <string_view>

namespace lares::gateway {

enum class KeyStyle : unsigned char { bearer, api_key_header, x_api_key };

struct Quirks {
    std::string_view name;
    std::string_view base_url;                    // the public one; empty: the operator says
    std::string_view max_tokens = "max_tokens";   // field
    std::string_view seed = "seed";               // field; empty: none
    std::string_view repeat_penalty = {};         // field; empty: none
    std::string_view required_tool = "required";  // word of tool_choice
    bool top_k = false, min_p = false;            // fields beyond OpenAI's
    bool stream_options = true;                   // include_usage is understood
    bool json_schema = true;                      // response_format json_schema
    bool reasoning_effort = true;                 // the field of that name
    bool reasoning_object = false;                // "reasoning": {effort}
    bool parallel_tools = true;                   // parallel_tool_calls
    bool short_tool_ids = false;                  // 9 letters and digits
    bool penalties = true;                        // frequency_penalty, presence_penalty
    bool passes = true;                           // takes OpenAI's own requests unchanged
    KeyStyle key = KeyStyle::bearer;
    bool file_addresses = false;  // file_data may say where a document lies
    bool azure = false;           // deployments in the path, api-version in the query
};

std::span<const Quirks> quirks_table();
const Quirks& quirks_of(std::string_view name);  // "compatible" for a name that has no row

}  // namespace lares::gateway
