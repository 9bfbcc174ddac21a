#pragma once
// Counts the tokens of single messages by asking the provider, and remembers them: a turn adds two messages
// to a conversation, the others were counted before.
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "gateway/provider.h"
#include "prompt/prompt.h"

namespace lares::prompt {

class TokenCounter {
public:
    static constexpr std::size_t entries_max = 32'768;  // of each of the two generations

    explicit TokenCounter(gateway::Provider& provider) : provider_(provider) {}  // outlives it

    // The function may be called from any thread and holds a reference to this counter.
    CountTokens of(std::string model);
    // Of a text by itself: without what a message has around it.
    Result<std::size_t> of_text(const std::string& model, const std::string& text);

private:
    struct Key {
        std::size_t hash = 0;
        std::size_t bytes = 0;
        bool operator==(const Key&) const = default;
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const noexcept { return key.hash; }
    };
    using Generation = std::unordered_map<Key, std::size_t, KeyHash>;

    static Key key_of(const std::string& model, const std::string& text);
    Result<std::size_t> count(const std::string& model, const gateway::ChatMessage& message);
    std::optional<std::size_t> find(const Key& key);
    void keep(const Key& key, std::size_t tokens);

    gateway::Provider& provider_;
    std::mutex mutex_;
    // When the young one is full it becomes the old one; what is asked for again moves back. So what is in
    // use stays.
    Generation young_, old_;
};

}  // namespace lares::prompt
