#include "api/gateway/forms.h"

#include "gateway/dialects/anthropic/anthropic.h"
#include "gateway/dialects/ollama/ollama.h"
#include "gateway/dialects/openai/openai.h"
#include "http/answer.h"

namespace lares::api {
namespace {

http::Answer to_answer(gateway::Refusal refusal, const Error& error, const http::RequestHead& head) {
    http::Answer answer = http::json_answer(refusal.status, std::move(refusal.json));
    if (error.retry_after_ms)
        answer.headers.emplace_back(
            "retry-after", std::to_string((std::max<std::int64_t>(*error.retry_after_ms, 0) + 999) / 1000));
    // The SDKs try a 429 again; money does not come back by itself.
    if (error.type == "budget-exceeded") answer.headers.emplace_back("x-should-retry", "false");
    if (answer.status == 401) answer.headers.emplace_back("www-authenticate", "Bearer");
    answer.headers.emplace_back("request-id", std::string(head.request_id));
    return answer;
}

bool speaks_anthropic(const http::RequestHead& head) {
    return head.has("anthropic-version");
}

constexpr http::ErrorForm openai{[](const Error& error, const http::RequestHead& head) {
                                     return to_answer(speaks_anthropic(head)
                                                          ? gateway::anthropic::refusal(error)
                                                          : gateway::openai::refusal(error),
                                                      error, head);
                                 },
                                 [](const Error& error, const http::RequestHead&) {
                                     return gateway::sse({}, gateway::openai::refusal(error).json);
                                 }};

constexpr http::ErrorForm anthropic{[](const Error& error, const http::RequestHead& head) {
                                        return to_answer(gateway::anthropic::refusal(error), error, head);
                                    },
                                    [](const Error& error, const http::RequestHead&) {
                                        return gateway::sse("error", gateway::anthropic::refusal(error).json);
                                    }};

constexpr http::ErrorForm ollama{
    [](const Error& error, const http::RequestHead& head) {
        return to_answer(gateway::ollama::refusal(error), error, head);
    },
    [](const Error& error, const http::RequestHead&) { return gateway::ollama::refusal(error).json + "\n"; }};

}  // namespace

const http::ErrorForm& openai_form() {
    return openai;
}
const http::ErrorForm& anthropic_form() {
    return anthropic;
}
const http::ErrorForm& ollama_form() {
    return ollama;
}

}  // namespace lares::api
