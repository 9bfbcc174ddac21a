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

    // Room for one connection to an origin, given back when it dies.
    class Lease {
    public:
        Lease(std::shared_ptr<ConnectionPool> pool, std::string origin)
            : pool_(std::move(pool)), origin_(std::move(origin)) {}
        Lease(Lease&&) noexcept = default;
        Lease& operator=(Lease&&) = delete;
        ~Lease() {
            if (pool_) pool_->leave(origin_);
        }
        const std::string& origin() const { return origin_; }

    private:
        std::shared_ptr<ConnectionPool> pool_;
        std::string origin_;
    };

    Result<Lease> enter(std::string origin);  // unavailable "busy"
    // repeatable: what is sent on it may be sent again when it turns out to be closed.
    std::unique_ptr<Connection> take(const std::string& origin, const Executor& executor, bool repeatable);
    void keep(const std::string& origin, std::unique_ptr<Connection> connection);

    void count_connected();
    void count_refused();
    Client::Stats stats() const;

private:
    struct Idle {
        std::string origin;
        std::unique_ptr<Connection> connection;
        async::SteadyTime until;
    };
    void leave(const std::string& origin);
    void drop_expired();  // with the mutex held

    const ClientOptions options_;
    mutable std::mutex mutex_;
    std::vector<Idle> idle_;  // the oldest first
    std::map<std::string, std::size_t> open_;
    Client::Stats stats_;
};

}  // namespace lares::net
