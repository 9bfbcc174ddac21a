#include "gateway/usage/estimate.h"

namespace lares::gateway {
namespace {

constexpr std::size_t message_tokens = 16;    // the template around it
constexpr std::size_t tools_tokens = 1'000;   // what a provider tells the model of tools in general
constexpr std::size_t tool_tokens = 64;       // around each
constexpr std::size_t image_tokens = 3'000;   // the dearest of the known rules, for the largest picture
constexpr std::size_t answer_tokens = 4'096;  // where nobody said how long it may be
constexpr std::size_t count_max = 1u << 30;

std::size_t most(const std::vector<Part>& parts) {
    std::size_t sum = 0;
    for (const auto& part : parts) {
        sum += part.text.size() + part.name.size() + part.signature.size() + most(part.parts);
        if (part.kind == PartKind::image)
            sum += image_tokens;
        else
            sum += part.data.size() + part.url.size();
    }
    return sum;
}

std::uint32_t bounded(std::size_t tokens) {
    return static_cast<std::uint32_t>(std::min(tokens, count_max));
}

}  // namespace

std::uint32_t most_prompt_tokens(const ChatRequest& request) {
    std::size_t sum = request.json_schema.size() + request.extras.size();
    for (const auto& message : request.messages)
        sum += message_tokens + message.name.size() +
               (message.parts.empty() ? message.content.size() : most(message.parts));
    if (!request.tools.empty()) sum += tools_tokens;
    for (const auto& tool : request.tools)
        sum += tool_tokens + tool.name.size() + tool.description.size() + tool.schema.size() +
               tool.extras.size();
    return bounded(sum);
}

std::uint32_t most_answer_tokens(const ChatRequest& request, std::optional<std::int64_t> own_most) {
    const std::size_t own = own_most && *own_most > 0 ? static_cast<std::size_t>(*own_most) : 0;
    std::size_t most = request.max_tokens ? *request.max_tokens : own > 0 ? own : answer_tokens;
    if (request.thinking && request.thinking->budget_tokens) most += *request.thinking->budget_tokens;
    if (own > 0) most = std::min(most, own);
    return bounded(most);
}

}  // namespace lares::gateway
