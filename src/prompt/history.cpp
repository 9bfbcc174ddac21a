#include "prompt/history.h"

#include <algorithm>
#include <map>
#include <optional>
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
        std::int64_t persons = 0;
        for (const auto& said : history) persons_.push_back(persons += said.role == Role::user ? 1 : 0);
        since_.resize(layout.recurring.size());
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
        const bool of_person = history_[i].role == Role::user;
        if (of_person) say_recurring(i, message);
        if (layout_.wake && of_person) LARES_CHECK(wake(i, message));
        LARES_TRY(message.tokens, count_(history_message(history_[i], message, layout_.recurring)));
        for (auto& since : since_) {
            if (since) *since += message.tokens;
        }
        total_ += message.tokens;
        plan_.messages.push_back(message);
        return {};
    }

    // Said once, and again when much was said since.
    void say_recurring(std::size_t i, HistoryPlan::Message& message) {
        for (std::size_t r = 0; r < layout_.recurring.size(); ++r) {
            const auto& recurring = layout_.recurring[r];
            const bool due = recurring.interval > 0 && persons_[i] % recurring.interval == 0;
            if (!due || recurring.text.empty() || (since_[r] && *since_[r] <= layout_.repeat_after)) continue;
            message.said.push_back(r);
            since_[r] = 0;
        }
    }

    Result<void> wake(std::size_t i, HistoryPlan::Message& message) {
        remember(i);
        LARES_TRY(auto woken, layout_.wake(i, plan_.from, plan_.timed));
        for (auto& one : woken) {
            if (standing_.insert(one.id).second) message.woken.push_back(std::move(one));
        }
        return {};
    }

    // Effects of lore go on when the messages that began them are dropped.
    void remember(std::size_t i) {
        const auto& timed = plan_.timed;
        if (timed.sticky.empty() && timed.cooldown.empty() && timed.matched.empty())
            before_.erase(i);
        else
            before_[i] = timed;
    }
    void recall(std::size_t from) {
        const auto found = before_.find(from);
        plan_.timed = found == before_.end() ? lore::TimedEffects() : found->second;
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

    // Places what recurs anew from the first message kept. That can only add tokens by repeating them;
    // one more round then makes room for it.
    Result<void> restart(std::size_t from, std::size_t last) {
        plan_.from = from;
        plan_.messages.clear();
        total_ = 0;
        since_.assign(since_.size(), std::nullopt);
        standing_.clear();
        if (from <= last) recall(from);
        for (std::size_t i = from; i <= last; ++i) LARES_CHECK(add(i));
        if (total_ > layout_.room && from < last) return make_room(last);
        return {};
    }

    const std::vector<Said>& history_;
    const HistoryLayout& layout_;
    const CountTokens& count_;
    HistoryPlan plan_;
    std::size_t total_ = 0;                          // tokens of plan_.messages
    std::vector<std::int64_t> persons_;              // messages of the person up to each
    std::vector<std::optional<std::size_t>> since_;  // tokens since a recurring text was said
    std::map<std::size_t, lore::TimedEffects> before_;
    std::unordered_set<std::string> standing_;  // lore among the messages kept
};

}  // namespace

gateway::ChatMessage history_message(const Said& said, const HistoryPlan::Message& plan,
                                     const std::vector<Recurring>& recurring) {
    if (plan.said.empty() && plan.woken.empty()) return {said.role, said.text, said.tokens};
    std::string above, below;
    for (const auto& one : plan.woken) {
        if (one.below)
            below += "\n[" + one.text + "]";
        else
            above += "[" + one.text + "]\n";
    }
    for (const auto r : plan.said) above += "[" + recurring[r].text + "]\n";
    if (!above.empty()) above += "\n";
    if (!below.empty()) below = "\n" + below;
    return {said.role, above + said.text + below, {}};
}

Result<HistoryPlan> plan_history(const std::vector<Said>& history, std::size_t from,
                                 const HistoryLayout& layout, const CountTokens& count) {
    return Planner(history, from, layout, count).run();
}

}  // namespace lares::prompt
