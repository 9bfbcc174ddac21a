#pragma once
// What may be spent: by whom, in which time, and what happens then.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/describe/enum.hpp>

namespace lares::gateway {

enum class BudgetScope : std::uint8_t { global, person, key };
BOOST_DESCRIBE_ENUM(BudgetScope, global, person, key)
// In UTC; a total begins with the first call and does not end.
enum class Period : std::uint8_t { day, month, total };
BOOST_DESCRIBE_ENUM(Period, day, month, total)

struct Subject {
    BudgetScope scope = BudgetScope::global;
    std::string id = {};  // of the person or key; "*": each; of global: empty
    auto operator<=>(const Subject&) const = default;
};

// The same, its id borrowed.
struct SubjectView {
    BudgetScope scope = BudgetScope::global;
    std::string_view id = {};
    SubjectView() = default;
    SubjectView(BudgetScope of, std::string_view whose) : scope(of), id(whose) {}
    SubjectView(const Subject& subject) : scope(subject.scope), id(subject.id) {}
    Subject owned() const { return {scope, std::string(id)}; }
    auto operator<=>(const SubjectView&) const = default;
};

// In millionths of a dollar. soft: told and logged. hard: refused before it would be passed.
struct Budget {
    Subject subject;
    Period period = Period::month;
    std::optional<std::int64_t> soft_micros, hard_micros;
};

// One that holds for a call, its subject borrowed from who asks.
struct Holding {
    SubjectView subject;
    Period period = Period::month;
    std::optional<std::int64_t> soft_micros, hard_micros;
    Holding(SubjectView whose, const Budget& budget)
        : subject(whose),
          period(budget.period),
          soft_micros(budget.soft_micros),
          hard_micros(budget.hard_micros) {}
    Holding(const Budget& budget) : Holding(budget.subject, budget) {}
    Budget owned() const { return {subject.owned(), period, soft_micros, hard_micros}; }
};

// How it stands. Times in Unix milliseconds.
struct BudgetState {
    Budget budget;
    std::int64_t spent_micros = 0;
    std::int64_t reserved_micros = 0;       // of calls that are being made
    std::optional<std::int64_t> resets_ms;  // absent: never
};

}  // namespace lares::gateway
