#include "prompt/counter.h"

#include <functional>

namespace lares::prompt {

using gateway::ChatMessage;
using gateway::Role;

namespace {

// What every prompt has around its messages (a beginning, the opening of the answer) is taken off by counting
// beside a system message: without one, some templates put in their own.
const ChatMessage anchor{Role::system, ".", {}};

std::string key_of(const std::string& model, std::string_view text) {
    return model + '\0' + std::to_string(std::hash<std::string_view>{}(text)) + ':' +
           std::to_string(text.size());
}

}  // namespace

CountTokens TokenCounter::of(std::string model) {
    return [this, model = std::move(model)](const ChatMessage& message) { return count(model, message); };
}

Result<std::size_t> TokenCounter::count(const std::string& model, const ChatMessage& message) {
    if (!message.tokens.empty()) {
        LARES_TRY(const std::size_t frame, frame_of(model));
        return message.tokens.size() + frame;
    }
    const std::string key = key_of(model, message.content);
    {
        std::lock_guard lock(mutex_);
        if (const auto found = counts_.find(key); found != counts_.end()) return found->second;
    }
    LARES_TRY(const std::size_t around, provider_.count_tokens(model, {anchor}));
    // Always as a person's message: the frame is as long for every role, and templates refuse some orders.
    LARES_TRY(const std::size_t with,
              provider_.count_tokens(model, {anchor, {Role::user, message.content, {}}}));
    const std::size_t tokens = with > around ? with - around : 0;
    std::lock_guard lock(mutex_);
    if (counts_.size() >= entries_max) counts_.clear();
    counts_.emplace(key, tokens);
    return tokens;
}

// Tokens of a message with one token of text.
Result<std::size_t> TokenCounter::frame_of(const std::string& model) {
    return count(model, {Role::user, ".", {}});
}

}  // namespace lares::prompt
