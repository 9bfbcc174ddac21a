#pragma once
// Where every call of a model is booked: what it may cost is set aside before it is made (`reserve`), what it
// cost is written when it is over (`settle`). Settled rows stand in a journal file before settle() returns
// and reach the database in batches, off the path; a process that is killed loses none (docs/usage.md). Any
// thread.
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "async/clock.h"
#include "async/one_shot.h"
#include "db/database.h"
#include "gateway/usage/accounts.h"
#include "gateway/usage/journal.h"
#include "gateway/usage/prices.h"
#include "gateway/usage/records.h"
#include "gateway/usage/row.h"
#include "gateway/usage/store.h"

namespace lares::gateway {

class Accounting {
public:
    struct Options {
        std::filesystem::path journal;  // empty: none, what is not yet in the database dies with the process
        std::size_t waiting_max = 65'536;  // rows that the database has not taken: past it calls are refused
        std::size_t batch_max = 4'096;     // rows of one transaction
        async::Milliseconds gather{100};   // how long rows are gathered
        std::size_t journal_max = 8u << 20;  // bytes; then it is written anew
    };
    // All outlive it.
    Accounting(db::Database& database, async::Clock& clock, Prices& prices, Options options);
    ~Accounting();  // writes what is left

    // Blocking, once: books what an earlier process left in the journal, reads the budgets and prices.
    Result<void> start();

    // Errors: as of Accounts::reserve; unavailable "storage-failed" while nothing can be written down.
    Task<Result<Granted>> reserve(Planned planned);
    // The same at once; nullopt: what was spent of a budget has to be read first.
    std::optional<Result<Granted>> reserve_now(const Planned& planned);
    // Of calls that reserve() let pass. Does not block on the database.
    void settle(const Settled& settled);
    // Returns when all that was settled before stands in the database.
    Task<Result<void>> written();

    // Those that hold for these subjects, with what is spent.
    Task<Result<std::vector<BudgetState>>> budgets_of(std::vector<Subject> subjects,
                                                      std::optional<std::int64_t> key_total = {});
    // All that admins made; of "each" there is nothing spent.
    Task<Result<std::vector<BudgetState>>> budgets();
    Task<Result<void>> set_budget(Budget budget, std::string by);
    // Error: not_found.
    Task<Result<void>> remove_budget(Subject subject, Period period);

    // While set, every call is refused with it.
    std::optional<Error> trouble() const;
    std::size_t waiting() const;  // rows that the database has not taken
    std::size_t open() const;     // calls that are being made

private:
    struct Open {
        std::int64_t micros = 0;
        unsigned scopes = 0;  // of whom it is set aside for: a bit each
        std::string record;   // in the journal
    };
    using Waiter = async::OneShot<Result<void>>;
    struct Batch {
        Records rows;
        std::vector<Subject> loads;
        std::vector<Waiter> waiters;
        std::int64_t day = 0;
    };

    Result<void> replay();
    void work();
    Batch take();
    void put_back(Batch batch, const Error& error);
    void finish(const Batch& batch, const std::vector<Spent>& spent);
    Result<std::vector<Spent>> write(const std::shared_ptr<const Batch>& batch);
    void note(std::string_view record);
    bool refuses() const;
    std::optional<std::int64_t> most_of(const Planned& planned) const;  // it may cost; nullopt: not known
    void shorten_journal();
    Result<Granted> try_reserve(const Planned& planned, const Holdings& holdings,
                                std::optional<std::int64_t> micros);
    Task<Result<void>> load(std::vector<Subject> subjects);
    void warn_softly(const Subjects& subjects);

    db::Database& database_;
    async::Clock& clock_;
    Prices& prices_;
    const Options options_;

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::unique_ptr<Journal> journal_;
    bool journal_failed_ = false, stopping_ = false;
    Records rows_;           // of calls that ended
    std::size_t taken_ = 0;  // rows that are being written
    std::vector<Subject> loads_;
    std::vector<Waiter> waiters_;
    std::unordered_map<Uuid, Open> open_;  // by the call's id
    Accounts accounts_;
    std::map<Subject, std::map<Period, std::int64_t>>
        warned_;  // the day of the last word about a soft budget
    std::thread thread_;
};

// Whom a call's cost is booked on. Borrowed.
Subjects subjects_of(const Payer& payer);

}  // namespace lares::gateway
