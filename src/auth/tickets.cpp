#include "auth/tickets.h"

#include "crypto/hash.h"
#include "crypto/random.h"

namespace lares::auth {

SecretText Tickets::issue(const Identity& identity) {
    SecretText ticket(crypto::random_token(32));
    std::lock_guard lock(mutex_);
    drop_expired();
    if (entries_.size() >= tickets_max) {
        by_key_.erase(entries_.front().key);
        entries_.pop_front();
    }
    const auto at = entries_.insert(entries_.end(),
                                    {crypto::sha256(ticket.reveal()), identity, clock_.steady() + lifetime_});
    by_key_.emplace(at->key, at);
    return ticket;
}

std::optional<Identity> Tickets::take(const SecretText& ticket) {
    const std::string key = crypto::sha256(ticket.reveal());
    std::lock_guard lock(mutex_);
    drop_expired();
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return std::nullopt;
    const Identity identity = found->second->identity;
    entries_.erase(found->second);
    by_key_.erase(found);
    return identity;
}

void Tickets::drop_expired() {
    while (!entries_.empty() && entries_.front().expires <= clock_.steady()) {
        by_key_.erase(entries_.front().key);
        entries_.pop_front();
    }
}

}  // namespace lares::auth
