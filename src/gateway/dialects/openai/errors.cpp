#include "gateway/dialects/openai/openai.h"
#include "json/write.h"

namespace lares::gateway::openai {

namespace bj = boost::json;

namespace {

struct Shape {
    unsigned status;
    std::string_view type;
    std::string_view code;  // empty: null
};

Shape shape_of(const Error& error) {
    if (error.type == "context-overflow") return {400, "invalid_request_error", "context_length_exceeded"};
    if (error.type == "model-not-found") return {404, "invalid_request_error", "model_not_found"};
    if (error.type == "model-not-allowed") return {403, "invalid_request_error", "model_not_allowed"};
    if (error.type == "no-provider-key") return {400, "invalid_request_error", "no_provider_key"};
    if (error.type == "budget-exceeded") return {429, "insufficient_quota", "insufficient_quota"};
    if (error.type == "too-many-tokens") return {429, "tokens", "rate_limit_exceeded"};
    if (error.type == "method-not-allowed") return {405, "invalid_request_error", "method_not_allowed"};
    // What a provider answered is told apart from what this server's own limits say.
    if (error.type == "upstream-rate-limited") return {429, "upstream_error", "upstream_rate_limited"};
    if (error.type == "upstream-overloaded") return {503, "upstream_error", "upstream_overloaded"};
    if (error.type == "upstream-forbidden") return {403, "upstream_error", "permission_denied"};
    switch (error.code) {
        case Code::bad_request:
        case Code::unprocessable:
        case Code::conflict:
            return {400, "invalid_request_error", error.type == "invalid-field" ? "invalid_value" : ""};
        case Code::unauthorized:
            return {401, "invalid_request_error", "invalid_api_key"};
        case Code::forbidden:
            return {403, "invalid_request_error", "permission_denied"};
        case Code::not_found:
            return {404, "invalid_request_error", "unknown_url"};
        case Code::too_large:
            return {413, "invalid_request_error", "request_too_large"};
        case Code::unsupported:
            return {415, "invalid_request_error", "unsupported_media_type"};
        case Code::rate_limited:
            return {429, "requests", "rate_limit_exceeded"};
        case Code::upstream:
            return {502, "upstream_error", "upstream_error"};
        case Code::unavailable:
            return {503, "server_error", "service_unavailable"};
        case Code::timeout:
            return {504, error.type == "upstream-timeout" ? "upstream_error" : "server_error", "timeout"};
        case Code::storage_full:
        case Code::internal:
            return {500, "server_error", ""};
        case Code::cancelled:
            return {499, "server_error", "cancelled"};
    }
    return {500, "server_error", ""};
}

}  // namespace

Refusal refusal(const Error& error) {
    const Shape shape = shape_of(error);
    bj::object inner{{"message", json::text_value(error.message)},
                     {"type", shape.type},
                     {"param", error.field.empty() ? bj::value(nullptr) : json::text_value(error.field)},
                     {"code", shape.code.empty() ? bj::value(nullptr) : bj::value(shape.code)}};
    return {shape.status, json::write(bj::value(bj::object{{"error", std::move(inner)}}))};
}

}  // namespace lares::gateway::openai
