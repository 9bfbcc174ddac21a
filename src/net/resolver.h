#pragma once
// Names to addresses. The answer of one lookup is what is judged and what is connected; nothing looks the
// name up again.
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "async/clock.h"
#include "async/pool.h"
#include "async/task.h"
#include "base/result.h"
#include "net/address.h"

namespace lares::net {

class Resolver {
public:
    virtual ~Resolver() = default;
    // At least one address. Errors: upstream "name-not-resolved"; timeout; unavailable "busy".
    virtual Task<Result<std::vector<Address>>> resolve(std::string host, async::SteadyTime deadline) = 0;
};

// The system's resolver on a few threads of its own, its answers kept for a short time.
class SystemResolver final : public Resolver {
public:
    static constexpr std::size_t threads = 4;
    static constexpr std::size_t waiting_max = 128;
    static constexpr std::size_t cache_max = 1024;
    static constexpr std::size_t addresses_max = 16;  // of one name
    static constexpr async::Milliseconds cache_for{30'000};

    using Answer = Result<std::vector<Address>>;
    using Lookup = Answer (*)(const std::string& host);  // blocks

    explicit SystemResolver(async::Clock& clock);  // outlives it
    SystemResolver(async::Clock& clock, Lookup lookup);
    Task<Answer> resolve(std::string host, async::SteadyTime deadline) override;

private:
    struct Cached {
        std::vector<Address> addresses;
        async::SteadyTime until;
    };
    // Shared with lookups that outlive their caller.
    struct Cache {
        std::mutex mutex;
        std::unordered_map<std::string, Cached> entries;
    };
    std::vector<Address> cached(const std::string& host) const;

    async::Clock& clock_;
    Lookup lookup_;
    std::shared_ptr<Cache> cache_ = std::make_shared<Cache>();
    async::Pool pool_;
};

}  // namespace lares::net
