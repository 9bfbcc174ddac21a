#include "limits/keeper.h"

#include "observe/log.h"

namespace lares::limits {
namespace {

struct BucketRow {
    std::string bucket;
    std::int64_t free_ms;
};

}  // namespace

Keeper::~Keeper() {
    if (!thread_.joinable()) return;
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
    if (const auto saved = save(); !saved)
        log::warn("the state of limits was not saved", {{"error", saved.error().type}});
}

Result<void> Keeper::start(async::Milliseconds every) {
    LARES_TRY(auto rows, database_.read_blocking([](db::Reader& reader) {
        return reader.rows<BucketRow>("SELECT bucket, free FROM rate_limit_buckets LIMIT 100000");
    }));
    std::vector<Gcra::Saved> saved;
    for (auto& row : rows) saved.push_back({std::move(row.bucket), row.free_ms});
    saved_any_ = !saved.empty();
    gcra_.restore(saved);
    thread_ = std::thread([this, every] { work(every); });
    return {};
}

void Keeper::work(async::Milliseconds every) {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, every, [this] { return stopping_; })) {
        lock.unlock();
        (void)save();  // the next one may succeed; the store tells of itself in /ready
        lock.lock();
    }
}

Result<void> Keeper::save() {
    auto saved = gcra_.saved();
    if (saved.empty() && !saved_any_) return {};
    const bool any = !saved.empty();
    LARES_CHECK(database_.write_blocking([saved = std::move(saved)](db::Tx& tx) -> Result<void> {
        LARES_CHECK(tx.run("DELETE FROM rate_limit_buckets"));
        for (const auto& one : saved)
            LARES_CHECK(tx.run("INSERT INTO rate_limit_buckets (bucket, free) VALUES (?1, ?2)", one.key,
                               one.free_ms));
        return {};
    }));
    saved_any_ = any;
    return {};
}

}  // namespace lares::limits
