#include "prompt/history.h"

#include <algorithm>
#include <unordered_set>

namespace lares::prompt {

namespace {

using gateway::Role;

class Planner {
public:
    Planner(const std::vector<Said>& history, std::size_t from, const HistoryLayout& layout,
            const CountTokens& count)
        : history_(history), layout_(layout), count_(count) {
        plan_.from = std::min(from, history.size());
    }

    // Replays the conversation message by message, as the turns did, so that room is made at the same places.
    Result<HistoryPlan> run() {
        for (std::size_t i = plan_.from; i < history_.size(); ++i) {
            if (is_orphan(i)) {
                plan_.from = i + 1;
                continue;
            }
            LARES_CHECK(add(i));
            if (total_ > layout_.room) LARES_CHECK(make_room(i));
        }
        if (total_ > layout_.room) plan_.over = total_ - layout_.room;
        return std::move(plan_);
    }

private:
    // An answer to what was dropped.
    bool is_orphan(std::size_t i) const {
        return i > 0 && plan_.messages.empty() && history_[i].role != Role::user && i + 1 < history_.size();
    }

    Result<void> add(std::size_t i) {
        HistoryPlan::Message message;
        const bool due = !instructed_ || since_ > layout_.repeat_after;
        message.instructed = due && !layout_.instructions.empty() && history_[i].role == Role::user;
        if (layout_.wake && history_[i].role == Role::user) LARES_CHECK(wake(i, message));
        LARES_TRY(message.tokens,
                  count_(history_message(history_[i], message.instructed ? layout_.instructions : "",
                                         message.woken)));
        if (message.instructed) {
            instructed_ = true;
            since_ = 0;
        }
        since_ += message.tokens;
        total_ += message.tokens;
        plan_.messages.push_back(message);
        return {};
    }

    Result<void> wake(std::size_t i, HistoryPlan::Message& message) {
        LARES_TRY(auto woken, layout_.wake(i, plan_.from));
        for (auto& one : woken) {
            if (standing_.insert(one.id).second) message.woken.push_back(std::move(one));
        }
        return {};
    }

    // Drops messages before `last` until three quarters of the room are enough. When `last` alone is too long
    // it goes too, unless it is the one that is answered.
    Result<void> make_room(std::size_t last) {
        const std::size_t target = layout_.room - layout_.room / 4;
        std::size_t from = plan_.from;
        std::size_t total = total_;
        while (from < last && (total > target || history_[from].role != Role::user)) {
            total -= plan_.messages[from - plan_.from].tokens;
            ++from;
        }
        const bool answered = last + 1 == history_.size();
        if (!answered && (total > layout_.room || history_[from].role != Role::user)) from = last + 1;
        return restart(from, last);
    }

    // Places the instructions anew from the first message kept. That can only add tokens by repeating them;
    // one more round then makes room for it.
    Result<void> restart(std::size_t from, std::size_t last) {
        plan_.from = from;
        plan_.messages.clear();
        total_ = since_ = 0;
        instructed_ = false;
        standing_.clear();
        for (std::size_t i = from; i <= last; ++i) LARES_CHECK(add(i));
        if (total_ > layout_.room && from < last) return make_room(last);
        return {};
    }

    const std::vector<Said>& history_;
    const HistoryLayout& layout_;
    const CountTokens& count_;
    HistoryPlan plan_;
    std::size_t total_ = 0;  // tokens of plan_.messages
    std::size_t since_ = 0;  // tokens since the instructions
    bool instructed_ = false;
    std::unordered_set<std::string> standing_;  // lore among the messages kept
};

}  // namespace

gateway::ChatMessage history_message(const Said& said, const std::string& instructions,
                                     const std::vector<Woken>& woken) {
    if (instructions.empty() && woken.empty()) return {said.role, said.text, said.tokens};
    std::string text;
    for (const auto& one : woken) text += "[" + one.text + "]\n";
    if (!instructions.empty()) text += "[" + instructions + "]\n";
    return {said.role, text + "\n" + said.text, {}};
}

Result<HistoryPlan> plan_history(const std::vector<Said>& history, std::size_t from,
                                 const HistoryLayout& layout, const CountTokens& count) {
    return Planner(history, from, layout, count).run();
}

}  // namespace lares::prompt
