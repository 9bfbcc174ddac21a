#include "net/pool.h"

namespace lares::net {

namespace {

// A server that keeps connections does not end one so soon after an answer.
constexpr async::Milliseconds surely_quiet{100};

}  // namespace

Result<ConnectionPool::Lease> ConnectionPool::enter(const std::string& name) {
    std::lock_guard lock(mutex_);
    const auto origin = origins_.try_emplace(name).first;
    if (stats_.open >= options_.connections_max || origin->second.open >= options_.per_origin_max) {
        forget_if_unused(origin);
        return fail(Error{Code::unavailable,
                          "busy",
                          "Too many requests to other servers are running. Try again in a moment.",
                          {},
                          {},
                          1000});
    }
    ++origin->second.open;
    ++stats_.open;
    return Lease(shared_from_this(), origin);
}

void ConnectionPool::leave(OriginAt origin) {
    std::lock_guard lock(mutex_);
    --stats_.open;
    --origin->second.open;
    forget_if_unused(origin);
}

void ConnectionPool::forget_if_unused(OriginAt origin) {
    if (origin->second.open == 0 && origin->second.idle == 0) origins_.erase(origin);
}

std::unique_ptr<Connection> ConnectionPool::take_out(std::vector<Idle>::iterator idle) {
    auto connection = std::move(idle->connection);
    const auto origin = idle->origin;
    idle_.erase(idle);
    --origin->second.idle;
    forget_if_unused(origin);
    return connection;
}

void ConnectionPool::drop_expired(async::SteadyTime now) {
    while (!idle_.empty() && idle_.front().until <= now) take_out(idle_.begin());
}

std::unique_ptr<Connection> ConnectionPool::take(OriginAt origin, const Executor& executor, bool repeatable) {
    std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    drop_expired(now);
    for (std::size_t i = idle_.size(); i-- > 0;) {
        if (idle_[i].origin != origin || idle_[i].connection->executor() != executor) continue;
        const auto rested = now - (idle_[i].until - options_.idle_for);
        auto connection = take_out(idle_.begin() + static_cast<std::ptrdiff_t>(i));
        const bool trusted = repeatable && rested < surely_quiet;
        if (!trusted && !connection->is_quiet()) continue;
        ++stats_.reused;
        return connection;
    }
    return nullptr;
}

void ConnectionPool::keep(OriginAt origin, std::unique_ptr<Connection> connection) {
    connection->rest();
    std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    drop_expired(now);
    if (origin->second.idle >= options_.idle_per_origin_max || options_.idle_max == 0) return;
    if (idle_.size() >= options_.idle_max) take_out(idle_.begin());
    ++origin->second.idle;
    idle_.push_back({origin, std::move(connection), now + options_.idle_for});
}

void ConnectionPool::count_connected() {
    std::lock_guard lock(mutex_);
    ++stats_.connected;
}

void ConnectionPool::count_refused() {
    std::lock_guard lock(mutex_);
    ++stats_.refused;
}

Client::Stats ConnectionPool::stats() const {
    std::lock_guard lock(mutex_);
    Client::Stats stats = stats_;
    stats.idle = idle_.size();
    return stats;
}

}  // namespace lares::net
