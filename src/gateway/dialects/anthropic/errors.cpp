#include "gateway/dialects/anthropic/anthropic.h"
#include "json/write.h"

namespace lares::gateway::anthropic {

namespace bj = boost::json;

namespace {

struct Shape {
    unsigned status;
    std::string_view type;
};

Shape shape_of(const Error& error) {
    if (error.type == "budget-exceeded") return {402, "billing_error"};
    if (error.type == "method-not-allowed") return {405, "invalid_request_error"};
    switch (error.code) {
        case Code::bad_request:
        case Code::unprocessable:
        case Code::conflict:
            return {400, "invalid_request_error"};
        case Code::unsupported:
            return {415, "invalid_request_error"};
        case Code::unauthorized:
            return {401, "authentication_error"};
        case Code::forbidden:
            return {403, "permission_error"};
        case Code::not_found:
            return {404, "not_found_error"};
        case Code::too_large:
            return {413, "request_too_large"};
        case Code::rate_limited:
            return {429, "rate_limit_error"};
        case Code::unavailable:
            return {529, "overloaded_error"};
        case Code::timeout:
            return {504, "timeout_error"};
        case Code::upstream:
            return {502, "api_error"};
        case Code::cancelled:
            return {499, "api_error"};
        case Code::internal:
        case Code::storage_full:
            break;
    }
    return {500, "api_error"};
}

}  // namespace

Refusal refusal(const Error& error) {
    const Shape shape = shape_of(error);
    std::string message = error.message;
    if (error.type == "context-overflow")
        message = "prompt is too long: " + message;  // clients look for these words
    return {shape.status,
            json::write(bj::value{
                {"type", "error"},
                {"error", bj::object{{"type", shape.type}, {"message", json::text_value(message)}}}})};
}

}  // namespace lares::gateway::anthropic
