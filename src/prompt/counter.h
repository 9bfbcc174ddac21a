#pragma once
// Counts the tokens of single messages by asking the provider, and remembers them: a turn adds two messages
// to a conversation, the others were counted before.
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

#include "gateway/provider.h"
#include "prompt/prompt.h"

namespace lares::prompt {

class TokenCounter {
public:
    static constexpr std::size_t entries_max = 16'384;  // full: it starts anew

    explicit TokenCounter(gateway::Provider& provider) : provider_(provider) {}  // outlives it

    // The function may be called from any thread and holds a reference to this counter.
    CountTokens of(std::string model);

private:
    Result<std::size_t> count(const std::string& model, const gateway::ChatMessage& message);
    Result<std::size_t> frame_of(const std::string& model);

    gateway::Provider& provider_;
    std::mutex mutex_;
    std::unordered_map<std::string, std::size_t> counts_;  // model and text, hashed
};

}  // namespace lares::prompt
