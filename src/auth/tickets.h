#pragma once
// Tickets for sockets: one use, seconds long, in memory. Any thread.
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "async/clock.h"
#include "auth/model.h"

namespace lares::auth {

class Tickets {
public:
    static constexpr std::size_t tickets_max = 10'000;  // past it the oldest is void

    Tickets(async::Clock& clock, std::int64_t lifetime_s) : clock_(clock), lifetime_(lifetime_s) {}

    SecretText issue(const Identity& identity);
    // nullopt: unknown, used, or too old. It is void afterwards in any case.
    std::optional<Identity> take(const SecretText& ticket);

private:
    struct Entry {
        std::string key;  // hash: what is kept cannot be presented
        Identity identity;
        async::SteadyTime expires;
    };
    void drop_expired();

    async::Clock& clock_;
    std::chrono::seconds lifetime_;
    std::mutex mutex_;
    std::list<Entry> entries_;  // the oldest first: all live equally long
    std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
};

}  // namespace lares::auth
