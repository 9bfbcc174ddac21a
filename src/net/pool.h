#pragma once
// Connections that wait for another request, per origin, and how many are in use. A connection is handed out
// only on the executor that it was made on. Thread-safe.
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "net/client.h"
#include "net/connection.h"

namespace lares::net {

class ConnectionPool : public std::enable_shared_from_this<ConnectionPool> {
public:
    explicit ConnectionPool(ClientOptions options) : options_(std::move(options)) {}

    // Its connections, in use and idle; there while it has any.
    struct Origin {
        std::size_t open = 0, idle = 0;
    };
    using OriginAt = std::map<std::string, Origin>::iterator;

    // Room for one connection to an origin, given back when it dies.
    class Lease {
    public:
        Lease(std::shared_ptr<ConnectionPool> pool, OriginAt origin)
            : pool_(std::move(pool)), origin_(origin) {}
        Lease(Lease&&) noexcept = default;
        Lease& operator=(Lease&&) = delete;
        ~Lease() {
            if (pool_) pool_->leave(origin_);
        }
        OriginAt origin() const { return origin_; }

    private:
        std::shared_ptr<ConnectionPool> pool_;
        OriginAt origin_;
    };

    Result<Lease> enter(const std::string& origin);  // unavailable "busy"
    // Of an origin that a lease is held of. repeatable: what is sent on it may be sent again when it turns
    // out to be closed.
    std::unique_ptr<Connection> take(OriginAt origin, const Executor& executor, bool repeatable);
    void keep(OriginAt origin, std::unique_ptr<Connection> connection);

    void count_connected();
    void count_refused();
    Client::Stats stats() const;

private:
    struct Idle {
        OriginAt origin;
        std::unique_ptr<Connection> connection;
        async::SteadyTime until;
    };
    void leave(OriginAt origin);
    // With the mutex held:
    void drop_expired(async::SteadyTime now);
    void forget_if_unused(OriginAt origin);
    std::unique_ptr<Connection> take_out(std::vector<Idle>::iterator idle);

    const ClientOptions options_;
    mutable std::mutex mutex_;
    std::vector<Idle> idle_;  // the oldest first
    std::map<std::string, Origin> origins_;
    Client::Stats stats_;
};

}  // namespace lares::net
