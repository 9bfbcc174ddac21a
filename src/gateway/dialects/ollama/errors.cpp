#include "gateway/dialects/ollama/ollama.h"
#include "json/write.h"

namespace lares::gateway::ollama {

namespace {

unsigned status_of(const Error& error) {
    if (error.type == "budget-exceeded") return 402;
    if (error.type == "method-not-allowed") return 405;
    switch (error.code) {
        case Code::bad_request:
        case Code::unprocessable:
        case Code::conflict:
            return 400;
        case Code::unauthorized:
            return 401;
        case Code::forbidden:
            return 403;
        case Code::not_found:
            return 404;
        case Code::too_large:
            return 413;
        case Code::unsupported:
            return 415;
        case Code::rate_limited:
            return 429;
        case Code::upstream:
            return 502;
        case Code::unavailable:
            return 503;
        case Code::timeout:
            return 504;
        case Code::cancelled:
            return 499;
        case Code::internal:
        case Code::storage_full:
            break;
    }
    return 500;
}

}  // namespace

Refusal refusal(const Error& error) {
    return {status_of(error), json::write(boost::json::value{{"error", json::text_value(error.message)}})};
}

}  // namespace lares::gateway::ollama
