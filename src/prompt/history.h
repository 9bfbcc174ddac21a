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
    Reason reason;
    std::string position;
    bool below = false;  // it stands after the message
};

// A text that is put before a person's message again and again.
struct Recurring {
    std::string text;
    std::int64_t interval = 1;  // with every n-th message of the person, not more often; 0: never
};

struct HistoryLayout {
    // The entries that the message at `at` wakes while nothing before `from` is known; empty: no books.
    // `timed`: the effects that the message before left; what this one leaves takes its place.
    std::function<Result<std::vector<Woken>>(std::size_t at, std::size_t from, lore::TimedEffects& timed)>
        wake;
    std::vector<Recurring> recurring;  // in their order
    std::size_t room = 0;              // tokens
    std::size_t repeat_after = 0;      // tokens of history after which a recurring text is said again
};

struct HistoryPlan {
    struct Message {
        std::size_t tokens = 0;
        std::vector<std::size_t> said;  // recurring texts that stand before it
        std::vector<Woken> woken;       // lore that stands before it; each entry once among the messages kept
    };
    std::size_t from = 0;           // the first message kept
    std::vector<Message> messages;  // of those kept
    std::size_t over = 0;           // > 0: even the last message alone is so many tokens too long
    lore::TimedEffects timed;       // as the last message left them
};

gateway::ChatMessage history_message(const Said& said, const HistoryPlan::Message& plan,
                                     const std::vector<Recurring>& recurring);

// Without room, a quarter of it is freed at once, and what is kept starts with a person's message.
Result<HistoryPlan> plan_history(const std::vector<Said>& history, std::size_t from,
                                 const HistoryLayout& layout, const CountTokens& count);

}  // namespace lares::prompt
