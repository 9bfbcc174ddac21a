#include "gateway/usage/accounting.h"

#include <algorithm>

#include "observe/log.h"

namespace lares::gateway {
namespace {

constexpr std::size_t warned_max = 10'000;
constexpr auto rest_after_failure = std::chrono::milliseconds(500);
constexpr std::size_t record_likely = 256;  // bytes

unsigned bit_of(BudgetScope scope) {
    return 1u << static_cast<unsigned>(scope);
}

Result<void> insert_records(db::Tx& tx, const Records& records) {
    std::vector<RowView> rows;
    rows.reserve(records.size());
    records.each([&](std::string_view record) {
        if (auto read = from_record(record)) rows.push_back(read->second);
    });
    return insert_usage(tx, rows);
}

Error not_written() {
    return {Code::unavailable,
            "storage-failed",
            "What calls of models cost cannot be written down at the moment. Try again soon.",
            {},
            {},
            1000};
}

}  // namespace

Subjects subjects_of(const Payer& payer) {
    Subjects out;
    out.push_back({BudgetScope::global, {}});
    if (!payer.person.empty()) out.push_back({BudgetScope::person, payer.person});
    if (!payer.key.empty()) out.push_back({BudgetScope::key, payer.key});
    return out;
}

Accounting::Accounting(db::Database& database, async::Clock& clock, Prices& prices, Options options)
    : database_(database), clock_(clock), prices_(prices), options_(std::move(options)) {}

Accounting::~Accounting() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

Result<void> Accounting::start() {
    if (!options_.journal.empty()) {
        LARES_TRY(journal_, Journal::open(options_.journal));
        LARES_CHECK(replay());
    }
    LARES_TRY(const auto budgets,
              database_.read_blocking([](db::Reader& reader) { return all_budgets(reader); }));
    accounts_.set_budgets(budgets);
    LARES_TRY(const auto prices, database_.read_blocking([](db::Reader& reader) {
        return find_document(reader, "prices", std::nullopt);
    }));
    if (prices) {
        LARES_TRY(auto table, parse_price_table(prices->body));
        prices_.set_table(std::move(table), prices->version);
    }
    thread_ = std::thread([this] { work(); });
    return {};
}

Result<void> Accounting::replay() {
    const auto found = journal_->take_found();
    std::map<std::string_view, std::string_view> begun;  // records by the id of their call
    auto rows = std::make_shared<Records>();
    const auto add = [&](std::string_view record) { rows->add([&](std::string& to) { to += record; }); };
    for (const auto& record : found) {
        const auto read = from_record(record);
        if (!read) {
            log::warn("a record of the usage journal cannot be read", {{"bytes", record.size()}});
            continue;
        }
        const auto& [mark, row] = *read;
        if (mark == Mark::began) {
            begun[row.id] = record;
        } else {
            begun.erase(row.id);
            add(record);
        }
    }
    for (const auto& [id, record] : begun) add(record);
    if (!rows->empty()) {
        LARES_CHECK(database_.write_blocking([rows](db::Tx& tx) { return insert_records(tx, *rows); }));
        log::info("calls of an earlier run were booked", {{"calls", rows->size()}, {"cut", begun.size()}});
    }
    return journal_->clear();
}

// --- before a call -----------------------------------------------------------------------------------------

std::optional<std::int64_t> Accounting::most_of(const Planned& planned) const {
    const auto most =
        prices_.most(planned.provider, planned.model, planned.prompt, planned.completion, planned.searches);
    return most.micros;
}

std::optional<Result<Granted>> Accounting::reserve_now(const Planned& planned) {
    std::optional<std::int64_t> micros = 0;
    if (!planned.local) micros = most_of(planned);
    const auto subjects = subjects_of(planned.payer);
    std::lock_guard lock(mutex_);
    const auto holdings = accounts_.of(subjects, planned.payer.key_budget_micros);
    if (!accounts_.unknown(holdings).empty()) return std::nullopt;
    return try_reserve(planned, holdings, micros);
}

Task<Result<Granted>> Accounting::reserve(Planned planned) {
    for (;;) {
        if (auto done = reserve_now(planned)) co_return std::move(*done);
        std::vector<Subject> unknown;
        {
            std::lock_guard lock(mutex_);
            unknown =
                accounts_.unknown(accounts_.of(subjects_of(planned.payer), planned.payer.key_budget_micros));
        }
        LARES_CO_CHECK(co_await load(std::move(unknown)));
    }
}

// Under the lock.
Result<Granted> Accounting::try_reserve(const Planned& planned, const Holdings& holdings,
                                        std::optional<std::int64_t> micros) {
    if (refuses()) return fail(not_written());
    LARES_CHECK(accounts_.reserve(holdings, micros, clock_.unix_ms()));
    if (planned.local) return Granted{};
    Open open;
    open.micros = micros.value_or(0);
    bool binding = false;
    for (const auto& holding : holdings) {
        open.scopes |= bit_of(holding.subject.scope);
        binding = binding || holding.hard_micros.has_value();
    }
    if (journal_) {
        const auto id = planned.id.text();
        open.record.reserve(record_likely);
        append_record(open.record, Mark::began, view_if_cut(planned, id, micros, prices_.version()));
        note(open.record);
    }
    open_[planned.id] = std::move(open);
    return Granted{binding};
}

Task<Result<void>> Accounting::load(std::vector<Subject> subjects) {
    Waiter waiter(co_await boost::asio::this_coro::executor);
    {
        std::lock_guard lock(mutex_);
        for (auto& subject : subjects)
            if (std::ranges::find(loads_, subject) == loads_.end()) loads_.push_back(std::move(subject));
        waiters_.push_back(waiter);
    }
    wake_.notify_one();
    co_return co_await waiter.take();
}

// --- after a call ------------------------------------------------------------------------------------------

void Accounting::settle(const Settled& settled) {
    const auto subjects = subjects_of(settled.payer);
    const auto cost = settled.cost_micros.value_or(0);
    const auto id = settled.id.text();
    const auto row = view_of(settled, id);
    bool wake = false, may_warn = false;
    {
        std::lock_guard lock(mutex_);
        if (const auto found = open_.find(settled.id); found != open_.end()) {
            for (const auto& subject : subjects)
                if ((found->second.scopes & bit_of(subject.scope)) != 0)
                    accounts_.release(subject, found->second.micros);
            open_.erase(found);
        }
        for (const auto& subject : subjects) accounts_.spend(subject, cost, settled.started_ms);
        const auto record = rows_.add([&](std::string& to) { append_record(to, Mark::ended, row); });
        if (journal_) note(record);
        may_warn = cost > 0 && accounts_.any_soft();
        wake = rows_.size() == 1 || rows_.size() == options_.batch_max;
    }
    if (wake) wake_.notify_one();
    if (settled.payer.hold) settled.payer.hold->spent(settled.usage.prompt + settled.usage.completion);
    if (may_warn) warn_softly(subjects);
}

void Accounting::warn_softly(const Subjects& subjects) {
    const auto now = clock_.unix_ms();
    std::lock_guard lock(mutex_);
    std::vector<BudgetState> states;
    for (const auto& holding : accounts_.of(subjects)) states.push_back(accounts_.state(holding, now));
    for (const auto& budget : passed_softly(states)) {
        auto& day = warned_[budget.subject][budget.period];
        if (std::exchange(day, day_of(now)) == day_of(now)) continue;
        log::warn("a soft budget is passed",
                  {{"scope", boost::describe::enum_to_string(budget.subject.scope, "")},
                   {"subject", budget.subject.id},
                   {"period", boost::describe::enum_to_string(budget.period, "")}});
    }
    if (warned_.size() > warned_max) warned_.clear();
}

Task<Result<void>> Accounting::written() {
    return load({});
}

// Under the lock. A record that cannot be written stops further calls until one can: rewriting the journal
// tries again.
void Accounting::note(std::string_view record) {
    if (const auto done = journal_->append(record); !done && !std::exchange(journal_failed_, true))
        log::error("the usage journal cannot be written", {{"detail", done.error().detail}});
}

// --- the writing thread ------------------------------------------------------------------------------------

void Accounting::work() {
    for (;;) {
        auto batch = std::make_shared<Batch>(take());
        if (batch->rows.empty() && batch->loads.empty() && batch->waiters.empty()) return;  // told to stop
        auto spent = write(batch);
        if (spent) {
            finish(*batch, *spent);
            continue;
        }
        log::warn("usage is not written to the database yet", {{"error", spent.error().type}});
        put_back(std::move(*batch), spent.error());
        std::unique_lock lock(mutex_);
        if (stopping_) return;  // the journal has them
        wake_.wait_for(lock, rest_after_failure, [this] { return stopping_; });
    }
}

Accounting::Batch Accounting::take() {
    std::unique_lock lock(mutex_);
    const auto urgent = [this] { return stopping_ || !loads_.empty() || !waiters_.empty(); };
    wake_.wait(lock, [&] { return urgent() || !rows_.empty(); });
    wake_.wait_for(lock, options_.gather, [&] { return urgent() || rows_.size() >= options_.batch_max; });
    Batch batch;
    batch.day = day_of(clock_.unix_ms());
    batch.rows = rows_.take(options_.batch_max);
    taken_ = batch.rows.size();
    if (!rows_.empty()) return batch;
    // All that was settled until here is in this batch or in the database; what is settled from here on is
    // counted by the accounts themselves.
    batch.loads = std::exchange(loads_, {});
    batch.waiters = std::exchange(waiters_, {});
    for (const auto& subject : batch.loads) accounts_.begin_load(subject, batch.day);
    return batch;
}

Result<std::vector<Spent>> Accounting::write(const std::shared_ptr<const Batch>& batch) {
    return database_.write_blocking([batch](db::Tx& tx) -> Result<std::vector<Spent>> {
        LARES_CHECK(insert_records(tx, batch->rows));
        std::vector<Spent> out;
        for (const auto& subject : batch->loads) {
            LARES_TRY(const auto spent, spent_of(tx, subject, batch->day));
            out.push_back(spent);
        }
        return out;
    });
}

void Accounting::finish(const Batch& batch, const std::vector<Spent>& spent) {
    {
        std::lock_guard lock(mutex_);
        taken_ = 0;
        for (std::size_t i = 0; i < batch.loads.size(); ++i)
            accounts_.finish_load(batch.loads[i], batch.day, spent[i]);
        shorten_journal();
    }
    for (const auto& waiter : batch.waiters) waiter.set(Result<void>());
}

void Accounting::put_back(Batch batch, const Error& error) {
    {
        std::lock_guard lock(mutex_);
        taken_ = 0;
        rows_.put_back(std::move(batch.rows));
    }
    for (const auto& waiter : batch.waiters) waiter.set(fail(error));
}

// Under the lock.
void Accounting::shorten_journal() {
    if (!journal_) return;
    Result<void> done;
    if (rows_.empty() && open_.empty()) {
        if (journal_->bytes() == 0 && !journal_failed_) return;
        done = journal_->clear();
    } else if (journal_->bytes() > options_.journal_max || journal_failed_) {
        std::vector<std::string_view> records;
        for (const auto& [id, open] : open_)
            if (!open.record.empty()) records.push_back(open.record);
        rows_.each([&](std::string_view record) { records.push_back(record); });
        done = journal_->replace(records);
    } else {
        return;
    }
    journal_failed_ = !done;
}

// --- budgets -----------------------------------------------------------------------------------------------

Task<Result<std::vector<BudgetState>>> Accounting::budgets_of(std::vector<Subject> subjects,
                                                              std::optional<std::int64_t> key_total) {
    for (;;) {
        std::vector<Subject> unknown;
        std::vector<BudgetState> out;
        {
            std::lock_guard lock(mutex_);
            for (const auto& subject : subjects) {
                const auto holdings = accounts_.of({subject}, key_total);
                for (auto& one : accounts_.unknown(holdings)) unknown.push_back(std::move(one));
                for (const auto& holding : holdings)
                    out.push_back(accounts_.state(holding, clock_.unix_ms()));
            }
        }
        if (unknown.empty()) co_return out;
        LARES_CO_CHECK(co_await load(std::move(unknown)));
    }
}

Task<Result<std::vector<BudgetState>>> Accounting::budgets() {
    std::vector<Budget> budgets;
    std::vector<Subject> unknown;
    {
        std::lock_guard lock(mutex_);
        budgets = accounts_.budgets();
        for (const auto& budget : budgets)
            if (budget.subject.id != "*")
                for (auto& one : accounts_.unknown({budget})) unknown.push_back(std::move(one));
    }
    if (!unknown.empty()) LARES_CO_CHECK(co_await load(std::move(unknown)));
    std::vector<BudgetState> out;
    std::lock_guard lock(mutex_);
    for (const auto& budget : budgets) out.push_back(accounts_.state(budget, clock_.unix_ms()));
    co_return out;
}

Task<Result<void>> Accounting::set_budget(Budget budget, std::string by) {
    const auto now = clock_.unix_ms();
    LARES_CO_CHECK(co_await database_.write(
        [budget, by = std::move(by), now](db::Tx& tx) { return save_budget(tx, budget, by, now); }));
    std::lock_guard lock(mutex_);
    accounts_.set_budget(budget);
    co_return Result<void>();
}

Task<Result<void>> Accounting::remove_budget(Subject subject, Period period) {
    LARES_CO_TRY(const bool removed, co_await database_.write([subject, period](db::Tx& tx) {
        return gateway::remove_budget(tx, subject, period);
    }));
    if (!removed) co_return fail(Code::not_found, "not-found", "There is no such budget.");
    std::lock_guard lock(mutex_);
    accounts_.remove_budget(subject, period);
    co_return Result<void>();
}

// Under the lock.
bool Accounting::refuses() const {
    return journal_failed_ || rows_.size() + taken_ >= options_.waiting_max;
}

std::optional<Error> Accounting::trouble() const {
    std::lock_guard lock(mutex_);
    return refuses() ? std::optional(not_written()) : std::nullopt;
}

std::size_t Accounting::waiting() const {
    std::lock_guard lock(mutex_);
    return rows_.size() + taken_;
}

std::size_t Accounting::open() const {
    std::lock_guard lock(mutex_);
    return open_.size();
}

}  // namespace lares::gateway
