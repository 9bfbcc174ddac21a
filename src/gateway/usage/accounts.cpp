#include "gateway/usage/accounts.h"

#include <algorithm>

namespace lares::gateway {
namespace {

std::string_view whose(BudgetScope scope) {
    switch (scope) {
        case BudgetScope::person:
            return "Your budget";
        case BudgetScope::key:
            return "The budget of this access key";
        case BudgetScope::global:
            break;
    }
    return "The budget of this server";
}

std::string_view when(Period period) {
    switch (period) {
        case Period::day:
            return " for today";
        case Period::month:
            return " for this month";
        case Period::total:
            break;
    }
    return "";
}

std::optional<std::int64_t> ends_ms(Period period, std::int64_t now_ms) {
    const auto day = day_of(now_ms);
    if (period == Period::day) return (day + 1) * day_ms;
    if (period == Period::month) return month_end(day) * day_ms;
    return std::nullopt;
}

}  // namespace

// A window only goes forward: a clock that was put back must not make room.
void Accounts::Account::roll(std::int64_t to_day) {
    if (to_day <= day) return;
    if (month_begin(to_day) > month) {
        month = month_begin(to_day);
        spent.month = 0;
    }
    day = to_day;
    spent.day = 0;
}

std::int64_t Accounts::Account::spent_in(Period period) const {
    return period == Period::day ? spent.day : period == Period::month ? spent.month : spent.total;
}

void Accounts::set_budgets(const std::vector<Budget>& budgets) {
    budgets_.clear();
    soft_ = 0;
    for (const auto& budget : budgets) set_budget(budget);
}

void Accounts::set_budget(const Budget& budget) {
    auto& place = budgets_[budget.subject][budget.period];
    soft_ += budget.soft_micros.has_value();
    soft_ -= place.soft_micros.has_value();
    place = budget;
}

void Accounts::remove_budget(const Subject& subject, Period period) {
    const auto found = budgets_.find(subject);
    if (found == budgets_.end()) return;
    if (const auto budget = found->second.find(period); budget != found->second.end()) {
        soft_ -= budget->second.soft_micros.has_value();
        found->second.erase(budget);
    }
    if (found->second.empty()) budgets_.erase(found);
}

std::vector<Budget> Accounts::budgets() const {
    std::vector<Budget> out;
    for (const auto& [subject, periods] : budgets_)
        for (const auto& [period, budget] : periods) out.push_back(budget);
    return out;
}

Holdings Accounts::of(const Subjects& subjects, std::optional<std::int64_t> key_total) const {
    Holdings out;
    for (const auto& subject : subjects) {
        const auto own = budgets_.find(subject);
        const auto each = subject.scope == BudgetScope::global
                              ? budgets_.end()
                              : budgets_.find(SubjectView(subject.scope, "*"));
        const bool has_total = subject.scope == BudgetScope::key && key_total;
        if (own == budgets_.end() && each == budgets_.end() && !has_total) continue;
        for (const auto period : {Period::day, Period::month, Period::total}) {
            // Somebody's own stands in the place of everybody's.
            for (const auto& found : {own, each}) {
                if (found == budgets_.end()) continue;
                const auto budget = found->second.find(period);
                if (budget == found->second.end()) continue;
                out.push_back({subject, budget->second});
                break;
            }
        }
        if (has_total) out.push_back({subject, Budget{{}, Period::total, std::nullopt, key_total}});
    }
    return out;
}

std::vector<Subject> Accounts::unknown(const Holdings& holdings) const {
    std::vector<Subject> out;
    for (const auto& holding : holdings) {
        const auto found = accounts_.find(holding.subject);
        if (found != accounts_.end() && found->second.loaded) continue;
        auto subject = holding.subject.owned();
        if (std::ranges::find(out, subject) == out.end()) out.push_back(std::move(subject));
    }
    return out;
}

Accounts::Account& Accounts::account_of(SubjectView subject) {
    if (const auto found = accounts_.find(subject); found != accounts_.end()) return found->second;
    return accounts_[subject.owned()];
}

void Accounts::begin_load(const Subject& subject, std::int64_t day) {
    make_room();
    auto& account = accounts_[subject];
    if (account.loaded) return;
    account.counting = true;
    account.day = day;
    account.month = month_begin(day);
    account.spent = {};
}

void Accounts::finish_load(const Subject& subject, std::int64_t day, const Spent& before) {
    auto& account = accounts_[subject];
    if (account.loaded || !account.counting) return;
    account.spent.total += before.total;
    if (account.month == month_begin(day)) account.spent.month += before.month;
    if (account.day == day) account.spent.day += before.day;
    account.loaded = true;
}

Result<void> Accounts::reserve(const Holdings& holdings, std::optional<std::int64_t> micros,
                               std::int64_t now_ms) {
    for (const auto& budget : holdings) {
        if (!budget.hard_micros) continue;
        if (!micros)
            return fail(
                Code::unprocessable, "price-unknown",
                "What this model costs is not known here, so that a budget that must not be passed cannot "
                "be kept: the operator can set its price.",
                "model");
        auto& account = account_of(budget.subject);
        account.roll(day_of(now_ms));
        if (*micros == 0 ||
            account.spent_in(budget.period) + account.reserved + *micros <= *budget.hard_micros)
            continue;
        Error error{Code::rate_limited, "budget-exceeded", {}, {}, {}, {}};
        const bool spent = account.spent_in(budget.period) >= *budget.hard_micros;
        error.message =
            std::string(whose(budget.subject.scope)) + std::string(when(budget.period)) +
            (spent ? " is used up." : " has no room for this call and for those that are being made.");
        // Calls that are being made end soon, and most of them cost less than what was set aside.
        const auto ends = ends_ms(budget.period, now_ms);
        if (!spent && account.reserved > 0)
            error.retry_after_ms = 2'000;
        else if (ends)
            error.retry_after_ms = *ends - now_ms;
        return fail(std::move(error));
    }
    if (!micros || *micros == 0) return {};
    const SubjectView* last = nullptr;
    for (const auto& holding : holdings) {
        if (last && *last == holding.subject) continue;  // those of one subject stand together
        last = &holding.subject;
        account_of(holding.subject).reserved += *micros;
    }
    return {};
}

void Accounts::release(SubjectView subject, std::int64_t micros) {
    if (const auto found = accounts_.find(subject); found != accounts_.end())
        found->second.reserved = std::max<std::int64_t>(0, found->second.reserved - micros);
}

void Accounts::spend(SubjectView subject, std::int64_t micros, std::int64_t started_ms) {
    const auto found = accounts_.find(subject);
    if (found == accounts_.end() || !found->second.counting) return;
    auto& account = found->second;
    const auto day = day_of(started_ms);
    account.roll(day);
    account.spent.total += micros;
    if (month_begin(day) == account.month) account.spent.month += micros;
    if (day == account.day) account.spent.day += micros;
}

BudgetState Accounts::state(const Holding& holding, std::int64_t now_ms) const {
    BudgetState out{holding.owned(), 0, 0, ends_ms(holding.period, now_ms)};
    const auto found = accounts_.find(holding.subject);
    if (found == accounts_.end()) return out;
    auto account = found->second;
    account.roll(day_of(now_ms));
    out.spent_micros = account.spent_in(holding.period);
    out.reserved_micros = account.reserved;
    return out;
}

// One that nothing is set aside for can be loaded again.
void Accounts::make_room() {
    if (accounts_.size() < accounts_max) return;
    std::erase_if(accounts_,
                  [](const auto& item) { return item.second.loaded && item.second.reserved == 0; });
}

std::vector<Budget> passed_softly(std::span<const BudgetState> states) {
    std::vector<Budget> out;
    for (const auto& state : states)
        if (state.budget.soft_micros && state.spent_micros >= *state.budget.soft_micros)
            out.push_back(state.budget);
    return out;
}

}  // namespace lares::gateway
