#include "prompt/counter.h"

#include <functional>
#include <utility>

namespace lares::prompt {

using gateway::ChatMessage;
using gateway::Role;

namespace {

// What every prompt has around its messages (a beginning, the opening of the answer) is taken off by counting
// beside a system message: without one, some templates put in their own.
const ChatMessage anchor{Role::system, ".", {}};

}  // namespace

CountTokens TokenCounter::of(std::string model) {
    return [this, model = std::move(model)](const ChatMessage& message) { return count(model, message); };
}

Result<std::size_t> TokenCounter::of_text(const std::string& model, const std::string& text) {
    if (text.empty()) return 0;
    LARES_TRY(const std::size_t framed, count(model, {Role::user, ".", {}}));  // one token and the frame
    LARES_TRY(const std::size_t with, count(model, {Role::user, text, {}}));
    return with + 1 > framed ? with + 1 - framed : 0;
}

TokenCounter::Key TokenCounter::key_of(const std::string& model, const std::string& text) {
    const std::hash<std::string> hash;
    return {hash(text) ^ (hash(model) * 0x9e3779b97f4a7c15U), text.size()};
}

std::optional<std::size_t> TokenCounter::find(const Key& key) {
    std::lock_guard lock(mutex_);
    if (const auto found = young_.find(key); found != young_.end()) return found->second;
    const auto found = old_.find(key);
    if (found == old_.end()) return std::nullopt;
    const std::size_t tokens = found->second;
    old_.erase(found);
    young_.emplace(key, tokens);
    return tokens;
}

void TokenCounter::keep(const Key& key, std::size_t tokens) {
    std::lock_guard lock(mutex_);
    if (young_.size() >= entries_max) old_ = std::exchange(young_, {});
    young_.emplace(key, tokens);
}

Result<std::size_t> TokenCounter::count(const std::string& model, const ChatMessage& message) {
    if (!message.tokens.empty()) {  // an answer with its ids: these, and the frame of a message of one token
        LARES_TRY(const std::size_t framed, count(model, {Role::user, ".", {}}));
        return message.tokens.size() + framed;
    }
    const Key key = key_of(model, message.content);
    if (const auto known = find(key)) return *known;
    LARES_TRY(const std::size_t around, provider_.count_tokens(model, {anchor}));
    // Always as a person's message: the frame is as long for every role, and templates refuse some orders.
    LARES_TRY(const std::size_t with,
              provider_.count_tokens(model, {anchor, {Role::user, message.content, {}}}));
    const std::size_t tokens = with > around ? with - around : 0;
    keep(key, tokens);
    return tokens;
}

}  // namespace lares::prompt
