#include "net/pool.h"

#include <algorithm>

namespace lares::net {

namespace {

// A server that keeps connections does not end one so soon after an answer.
constexpr async::Milliseconds surely_quiet{100};

}  // namespace

Result<ConnectionPool::Lease> ConnectionPool::enter(std::string origin) {
    std::lock_guard lock(mutex_);
    if (stats_.open >= options_.connections_max || open_[origin] >= options_.per_origin_max) {
        if (open_[origin] == 0) open_.erase(origin);
        return fail(Error{Code::unavailable,
                          "busy",
                          "Too many requests to other servers are running. Try again in a moment.",
                          {},
                          {},
                          1000});
    }
    ++open_[origin];
    ++stats_.open;
    return Lease(shared_from_this(), std::move(origin));
}

void ConnectionPool::leave(const std::string& origin) {
    std::lock_guard lock(mutex_);
    --stats_.open;
    const auto found = open_.find(origin);
    if (--found->second == 0) open_.erase(found);
}

void ConnectionPool::drop_expired() {
    const auto now = std::chrono::steady_clock::now();
    const auto alive =
        std::find_if(idle_.begin(), idle_.end(), [now](const Idle& idle) { return idle.until > now; });
    idle_.erase(idle_.begin(), alive);
}

std::unique_ptr<Connection> ConnectionPool::take(const std::string& origin, const Executor& executor,
                                                 bool repeatable) {
    std::lock_guard lock(mutex_);
    drop_expired();
    for (std::size_t i = idle_.size(); i-- > 0;) {
        if (idle_[i].origin != origin || idle_[i].connection->executor() != executor) continue;
        auto connection = std::move(idle_[i].connection);
        const auto rested = std::chrono::steady_clock::now() - (idle_[i].until - options_.idle_for);
        idle_.erase(idle_.begin() + static_cast<std::ptrdiff_t>(i));
        const bool trusted = repeatable && rested < surely_quiet;
        if (!trusted && !connection->is_quiet()) continue;
        ++stats_.reused;
        return connection;
    }
    return nullptr;
}

void ConnectionPool::keep(const std::string& origin, std::unique_ptr<Connection> connection) {
    connection->rest();
    std::lock_guard lock(mutex_);
    drop_expired();
    const auto same =
        std::count_if(idle_.begin(), idle_.end(), [&](const Idle& idle) { return idle.origin == origin; });
    if (static_cast<std::size_t>(same) >= options_.idle_per_origin_max || options_.idle_max == 0) return;
    if (idle_.size() >= options_.idle_max) idle_.erase(idle_.begin());
    idle_.push_back({origin, std::move(connection), std::chrono::steady_clock::now() + options_.idle_for});
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
