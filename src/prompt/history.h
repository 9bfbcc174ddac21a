#pragma once
// Which messages of a conversation are in the prompt. The answer depends on the messages from the first one
// kept and on nothing else, so that the next turn keeps the same ones until there is no more room.
#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "prompt/prompt.h"

namespace lares::prompt {

struct HistoryLayout {
    std::string instructions;      // put before a person's message; empty: none
    std::size_t room = 0;          // tokens
    std::size_t repeat_after = 0;  // tokens of history after which the instructions are said again
};

struct HistoryPlan {
    struct Message {
        std::size_t tokens = 0;
        bool instructed = false;  // the instructions stand before it
    };
    std::size_t from = 0;           // the first message kept
    std::vector<Message> messages;  // of those kept
    std::size_t over = 0;           // > 0: even the last message alone is so many tokens too long
};

gateway::ChatMessage history_message(const Said& said, const std::string& instructions);

// Without room, a quarter of it is freed at once, and what is kept starts with a person's message.
Result<HistoryPlan> plan_history(const std::vector<Said>& history, std::size_t from,
                                 const HistoryLayout& layout, const CountTokens& count);

}  // namespace lares::prompt
