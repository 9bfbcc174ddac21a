#include "gateway/usage/estimate.h"

#include <boost/json/value.hpp>

#include "gateway/foreign.h"

namespace lares::gateway {
namespace {

constexpr std::size_t message_tokens = 16;   // the template around it
constexpr std::size_t tools_tokens = 1'000;  // what a provider tells the model of tools in general
constexpr std::size_t tool_tokens = 64;      // around each
constexpr std::size_t image_tokens = 5'000;  // of the largest picture, where a model's own rule is not known
constexpr std::size_t context_tokens = 200'000;  // where it is not known
constexpr std::size_t answer_tokens = 4'096;     // where nobody said how long it may be
constexpr std::size_t count_max = 1u << 30;

std::uint32_t counted(std::size_t tokens) {
    return static_cast<std::uint32_t>(std::min(tokens, count_max));
}

// How often the provider may search: what the tool says; it need not, and then this is much.
std::uint32_t searches_of(const Tool& tool) {
    constexpr std::uint32_t most = 20, most_said = 100'000;
    const auto value = value_of(tool.extras);
    const auto* object = value.if_object();
    if (!object || !text_at(*object, "type").starts_with("web_search")) return 0;
    return has_count(*object, "max_uses") ? std::min(count_at(*object, "max_uses"), most_said) : most;
}

}  // namespace

std::uint32_t sound_tokens(std::size_t bytes, std::string_view type) {
    struct Form {
        std::string_view in;
        std::size_t bytes_a_second;
    };
    constexpr Form forms[] = {{"wav", 48'000}, {"pcm", 48'000}, {"L16", 48'000}, {"flac", 16'000},
                              {"mpeg", 8'000}, {"aac", 8'000},  {"mp4", 8'000}};
    std::size_t bytes_a_second = 4'000;  // Opus
    for (const auto& form : forms)
        if (type.find(form.in) != type.npos) bytes_a_second = form.bytes_a_second;
    constexpr std::size_t tokens_a_second = 20;
    return counted((bytes * tokens_a_second + bytes_a_second - 1) / bytes_a_second);
}

void PromptSize::add(const std::vector<Part>& parts) {
    for (const auto& part : parts) {
        words += part.text.size() + part.name.size();
        aside += part.signature.size();
        add(part.parts);
        if (part.kind == PartKind::image) {
            ++pictures;
            continue;
        }
        data += part.data.size();
        aside += part.url.size();
        if (part.kind == PartKind::file && part.text.empty()) bounded = false;
    }
}

PromptSize size_of_prompt(const ChatRequest& request) {
    PromptSize size;
    size.words = request.json_schema.size();
    size.aside = request.extras.size();
    size.messages = request.messages.size();
    for (const auto& message : request.messages) {
        size.aside += message.name.size();
        if (message.parts.empty())
            size.words += message.content.size();
        else
            size.add(message.parts);
    }
    size.tools = request.tools.size();
    for (const auto& tool : request.tools) {
        size.words += tool.name.size() + tool.description.size() + tool.schema.size() + tool.extras.size();
        if (tool.hosted) size.bounded = false;  // the provider puts what it finds into the prompt
        if (tool.hosted) size.searches += searches_of(tool);
    }
    return size;
}

std::size_t PromptSize::likely_bytes() const {
    constexpr std::size_t picture_bytes = 4'000, bytes_a_byte = 8;  // most of a PDF is how it looks
    return words + pictures * picture_bytes + data / bytes_a_byte;
}

std::uint32_t PromptSize::most_tokens(const ModelFacts* facts) const {
    const std::size_t image =
        facts && facts->image_tokens ? static_cast<std::size_t>(*facts->image_tokens) : image_tokens;
    std::size_t sum = words + aside + data + pictures * image + messages * message_tokens +
                      tools * tool_tokens + (tools > 0 ? tools_tokens : 0);
    if (!bounded) {
        const auto context = facts ? facts->context_tokens : std::nullopt;
        sum = std::max(sum, context ? static_cast<std::size_t>(*context) : context_tokens);
    }
    return counted(sum);
}

std::uint32_t most_answer_tokens(const ChatRequest& request, std::optional<std::int64_t> own_most) {
    const std::size_t own = own_most && *own_most > 0 ? static_cast<std::size_t>(*own_most) : 0;
    std::size_t most = request.max_tokens ? *request.max_tokens : own > 0 ? own : answer_tokens;
    if (request.thinking && request.thinking->on) most += request.thinking->budget();
    if (own > 0) most = std::min(most, own);
    return counted(most);
}

}  // namespace lares::gateway
