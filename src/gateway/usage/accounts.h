#pragma once
// What is spent and set aside, of each subject that has a budget. In memory, exact; not thread-safe: its
// owner's lock guards it. What was spent before comes from the ledger (Accounting loads it).
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <boost/container/static_vector.hpp>

#include "base/result.h"
#include "gateway/usage/budget.h"
#include "gateway/usage/store.h"

namespace lares::gateway {

// Of a call: the server, the person, the key; each may have a budget for each period, the key one of its own
// besides.
using Subjects = boost::container::static_vector<SubjectView, 3>;
using Holdings = boost::container::static_vector<Holding, 10>;

class Accounts {
public:
    static constexpr std::size_t accounts_max = 100'000;

    void set_budgets(const std::vector<Budget>& budgets);
    void set_budget(const Budget& budget);
    void remove_budget(const Subject& subject, Period period);
    bool any_soft() const { return soft_ > 0; }
    // In the order of their subjects.
    std::vector<Budget> budgets() const;
    // Those that hold for these subjects, "*" resolved; `key_total` is a hard total of the key.
    Holdings of(const Subjects& subjects, std::optional<std::int64_t> key_total = {}) const;

    // Subjects whose past is not known yet: load it, then ask again.
    std::vector<Subject> unknown(const Holdings& holdings) const;
    // From now on what is spent is counted, so that `finish` can add what was before.
    void begin_load(const Subject& subject, std::int64_t day);
    void finish_load(const Subject& subject, std::int64_t day, const Spent& before);

    // Sets `micros` aside for each of them, or for none. nullopt: what it costs is not known. Errors:
    // rate_limited "budget-exceeded" with retry_after_ms; unprocessable "price-unknown" where a hard budget
    // is.
    Result<void> reserve(const Holdings& holdings, std::optional<std::int64_t> micros, std::int64_t now_ms);
    // Gives back what was set aside and books the truth, for calls begun at `started_ms`.
    void release(SubjectView subject, std::int64_t micros);
    void spend(SubjectView subject, std::int64_t micros, std::int64_t started_ms);

    BudgetState state(const Holding& holding, std::int64_t now_ms) const;
    std::size_t size() const { return accounts_.size(); }

private:
    struct Account {
        bool counting = false, loaded = false;
        std::int64_t day = 0, month = 0;  // what the sums are of
        Spent spent;
        std::int64_t reserved = 0;
        void roll(std::int64_t to_day);
        std::int64_t spent_in(Period period) const;
    };
    struct Less {
        using is_transparent = void;
        bool operator()(SubjectView a, SubjectView b) const { return a < b; }
    };
    void make_room();
    Account& account_of(SubjectView subject);

    std::map<Subject, std::map<Period, Budget>, Less> budgets_;
    std::size_t soft_ = 0;  // budgets that have a soft limit
    std::map<Subject, Account, Less> accounts_;
};

// The soft budgets among these that are passed.
std::vector<Budget> passed_softly(std::span<const BudgetState> states);

}  // namespace lares::gateway
