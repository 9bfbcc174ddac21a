#include "auth/standing_cache.h"

#include <algorithm>

namespace lares::auth {

std::optional<Standing> StandingCache::look_up(SessionId session, bool only_fresh) {
    Shard& shard = shard_of(session);
    std::lock_guard lock(shard.mutex);
    const auto found = shard.by_session.find(session);
    if (found == shard.by_session.end()) return std::nullopt;
    const Entry& entry = *found->second;
    if (only_fresh && clock_.steady() - entry.loaded >= async::Milliseconds(fresh_ms)) return std::nullopt;
    shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
    return entry.standing;
}

std::optional<Standing> StandingCache::fresh(SessionId session) {
    return look_up(session, true);
}
std::optional<Standing> StandingCache::known(SessionId session) {
    return look_up(session, false);
}

std::uint64_t StandingCache::mark() const {
    std::lock_guard lock(changes_mutex_);
    return changes_;
}

// Noted before the entry is changed, and looked at while the entry's shard is locked: a store either sees the
// note or comes before the change of its entry.
void StandingCache::note_change(Uuid who) {
    std::lock_guard lock(changes_mutex_);
    ++changes_;
    recent_changes_.push_back(who);
    if (recent_changes_.size() > recent_changes_max) recent_changes_.pop_front();
}

bool StandingCache::changed_since(std::uint64_t mark, SessionId session, UserId user) const {
    std::lock_guard lock(changes_mutex_);
    const std::uint64_t since = changes_ - mark;
    if (since > recent_changes_.size()) return true;
    return std::any_of(recent_changes_.end() - static_cast<std::ptrdiff_t>(since), recent_changes_.end(),
                       [&](const Uuid& who) { return who == session.value || who == user.value; });
}

bool StandingCache::store(SessionId session, const Standing& standing, std::uint64_t mark) {
    Shard& shard = shard_of(session);
    std::lock_guard lock(shard.mutex);
    if (changed_since(mark, session, standing.user_id)) return false;
    if (const auto found = shard.by_session.find(session); found != shard.by_session.end()) {
        Entry& entry = *found->second;
        if (entry.standing.live)
            entry = {session, standing, clock_.steady()};  // what ended here never comes back
        shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
        return true;
    }
    if (shard.entries.size() >= sessions_max / shard_count) {
        shard.by_session.erase(shard.entries.back().session);
        shard.entries.pop_back();
    }
    shard.entries.push_front({session, standing, clock_.steady()});
    shard.by_session.emplace(session, shard.entries.begin());
    return true;
}

// A session that is not known here has no socket here; the next request asks the database.
void StandingCache::session_ended(SessionId session) {
    note_change(session.value);
    Shard& shard = shard_of(session);
    std::lock_guard lock(shard.mutex);
    if (const auto found = shard.by_session.find(session); found != shard.by_session.end())
        found->second->standing.live = false;
}

void StandingCache::epoch_moved(UserId user, std::int64_t epoch) {
    note_change(user.value);
    for (auto& shard : shards_) {
        std::lock_guard lock(shard.mutex);
        for (auto& entry : shard.entries)
            if (entry.standing.user_id == user && entry.standing.epoch < epoch) entry.standing.epoch = epoch;
    }
}

}  // namespace lares::auth
