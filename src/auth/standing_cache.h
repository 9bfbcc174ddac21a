#pragma once
// What this process knows of sessions: good for two seconds without asking the database, and changed at once
// by what happens here. Any thread.
#include <array>
#include <cstdint>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "async/clock.h"
#include "auth/model.h"

namespace lares::auth {

struct Standing {
    UserId user_id;
    Role role = Role::user;
    std::int64_t epoch = 0;
    std::int64_t session_expires_ms = 0;
    bool live = false;  // the session is not revoked and the account active
};

class StandingCache {
public:
    static constexpr std::int64_t fresh_ms = 2'000;
    static constexpr std::size_t sessions_max = 100'000;
    static constexpr std::size_t recent_changes_max = 4'096;

    explicit StandingCache(async::Clock& clock) : clock_(clock) {}

    // nullopt: unknown, or known for too long.
    std::optional<Standing> fresh(SessionId session);
    // Whatever is known, however old.
    std::optional<Standing> known(SessionId session);

    // Take the mark before the database is asked. False: this session or its person changed since, so the
    // answer may be old; ask again.
    std::uint64_t mark() const;
    bool store(SessionId session, const Standing& standing, std::uint64_t mark);

    void session_ended(SessionId session);
    void epoch_moved(UserId user, std::int64_t epoch);

private:
    struct Entry {
        SessionId session;
        Standing standing;
        async::SteadyTime loaded;
    };
    struct Shard {
        std::mutex mutex;
        std::list<Entry> entries;  // the most recent first
        std::unordered_map<SessionId, std::list<Entry>::iterator> by_session;
    };
    static constexpr std::size_t shard_count = 16;

    Shard& shard_of(SessionId session) { return shards_[std::hash<SessionId>{}(session) % shard_count]; }
    std::optional<Standing> look_up(SessionId session, bool only_fresh);
    void note_change(Uuid who);
    bool changed_since(std::uint64_t mark, SessionId session, UserId user) const;

    async::Clock& clock_;
    mutable std::mutex changes_mutex_;
    std::uint64_t changes_ = 0;
    std::deque<Uuid> recent_changes_;  // the last of them: sessions and people
    std::array<Shard, shard_count> shards_;
};

}  // namespace lares::auth
