#pragma once
// Which messages of a conversation are in the prompt. The answer depends on the messages from the first one
// kept and on nothing else, so that the next turn keeps the same ones until there is no more room.
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "prompt/prompt.h"

namespace lares::prompt {

// A lore entry that a message woke.
struct Woken {
    std::string id;
    std::string title;
    std::string text;
    std::string reason;
};

struct HistoryLayout {
    // The entries that the message at `at` wakes while nothing before `from` is known; empty: no books.
    std::function<Result<std::vector<Woken>>(std::size_t at, std::size_t from)> wake;
    std::string instructions;      // put before a person's message; empty: none
    std::size_t room = 0;          // tokens
    std::size_t repeat_after = 0;  // tokens of history after which the instructions are said again
};

struct HistoryPlan {
    struct Message {
        std::size_t tokens = 0;
        bool instructed = false;   // the instructions stand before it
        std::vector<Woken> woken;  // lore that stands before it; each entry once among the messages kept
    };
    std::size_t from = 0;           // the first message kept
    std::vector<Message> messages;  // of those kept
    std::size_t over = 0;           // > 0: even the last message alone is so many tokens too long
};

gateway::ChatMessage history_message(const Said& said, const std::string& instructions,
                                     const std::vector<Woken>& woken);

// Without room, a quarter of it is freed at once, and what is kept starts with a person's message.
Result<HistoryPlan> plan_history(const std::vector<Said>& history, std::size_t from,
                                 const HistoryLayout& layout, const CountTokens& count);

}  // namespace lares::prompt
