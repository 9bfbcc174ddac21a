#include "gateway/usage/estimate.h"

namespace lares::gateway {
namespace {

constexpr std::size_t message_tokens = 16;   // the template around it
constexpr std::size_t tools_tokens = 1'000;  // what a provider tells the model of tools in general
constexpr std::size_t tool_tokens = 64;      // around each
constexpr std::size_t image_tokens = 5'000;  // of the largest picture, where a model's own rule is not known
constexpr std::size_t context_tokens = 200'000;  // where it is not known
constexpr std::size_t answer_tokens = 4'096;     // where nobody said how long it may be
constexpr std::size_t count_max = 1u << 30;

struct Most {
    std::size_t image = image_tokens;
    std::size_t sum = 0;
    bool bounded = true;  // false: something is read whose size says nothing, as a PDF's pages

    void add(const std::vector<Part>& parts) {
        for (const auto& part : parts) {
            sum += part.text.size() + part.name.size() + part.signature.size();
            add(part.parts);
            if (part.kind == PartKind::image)
                sum += image;
            else
                sum += part.data.size() + part.url.size();
            if (part.kind == PartKind::file && part.text.empty()) bounded = false;
        }
    }
};

// A file's bytes say less than words do: most of a PDF is how it looks.
std::size_t likely(const std::vector<Part>& parts) {
    constexpr std::size_t image_bytes = 4'000, bytes_a_byte = 8;
    std::size_t sum = 0;
    for (const auto& part : parts)
        sum += part.text.size() + part.name.size() + likely(part.parts) +
               (part.kind == PartKind::image ? image_bytes : part.data.size() / bytes_a_byte);
    return sum;
}

std::uint32_t bounded(std::size_t tokens) {
    return static_cast<std::uint32_t>(std::min(tokens, count_max));
}

}  // namespace

std::size_t likely_prompt_bytes(const ChatRequest& request) {
    std::size_t sum = request.json_schema.size();
    for (const auto& message : request.messages)
        sum += message.parts.empty() ? message.content.size() : likely(message.parts);
    for (const auto& tool : request.tools)
        sum += tool.name.size() + tool.description.size() + tool.schema.size() + tool.extras.size();
    return sum;
}

std::uint32_t most_prompt_tokens(const ChatRequest& request, const ModelFacts* facts) {
    Most most;
    if (facts && facts->image_tokens) most.image = static_cast<std::size_t>(*facts->image_tokens);
    most.sum = request.json_schema.size() + request.extras.size();
    for (const auto& message : request.messages) {
        most.sum += message_tokens + message.name.size();
        if (message.parts.empty())
            most.sum += message.content.size();
        else
            most.add(message.parts);
    }
    if (!request.tools.empty()) most.sum += tools_tokens;
    for (const auto& tool : request.tools) {
        most.sum += tool_tokens + tool.name.size() + tool.description.size() + tool.schema.size() +
                    tool.extras.size();
        if (tool.hosted) most.bounded = false;  // the provider puts what it finds into the prompt
    }
    if (!most.bounded) {
        const auto context = facts ? facts->context_tokens : std::nullopt;
        most.sum = std::max(most.sum, context ? static_cast<std::size_t>(*context) : context_tokens);
    }
    return bounded(most.sum);
}

std::uint32_t most_answer_tokens(const ChatRequest& request, std::optional<std::int64_t> own_most) {
    const std::size_t own = own_most && *own_most > 0 ? static_cast<std::size_t>(*own_most) : 0;
    std::size_t most = request.max_tokens ? *request.max_tokens : own > 0 ? own : answer_tokens;
    if (request.thinking && request.thinking->on) most += request.thinking->budget();
    if (own > 0) most = std::min(most, own);
    return bounded(most);
}

}  // namespace lares::gateway
