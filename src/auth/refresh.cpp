#include "auth/refresh.h"

#include <utility>

namespace lares::auth {
namespace {

constexpr std::int64_t retry_window_ms = 10'000;  // a lost answer is given again this long

// Whose session the token goes on with, whatever its generation.
Result<Refreshed> found(db::Reader& reader, const Refresh& wanted) {
    LARES_TRY(auto session, find_session(reader, wanted.token.session_id));
    if (!session || !is_genuine(wanted.token, wanted.server_secret, session->seed.bytes))
        return session_ended();
    if (session->revoked_ms || session->expires_ms <= wanted.now_ms) return session_ended();
    LARES_TRY(const auto account, find_account(reader, session->owner));
    if (!account || account->state != AccountState::active) return session_ended();
    return Refreshed{account->account(), std::move(*session)};
}

bool is_retry(const Refresh& wanted, const SessionRow& session) {
    return wanted.token.generation + 1 == session.generation &&
           wanted.now_ms - session.rotated_ms <= retry_window_ms;
}

}  // namespace

tl::unexpected<Error> session_ended() {
    return fail(Code::unauthorized, "session-ended", "This session has ended. Sign in again.");
}

Result<Refreshed> trade(db::Tx& tx, const Refresh& wanted, const AuditEntry& reuse) {
    LARES_TRY(auto out, found(tx, wanted));
    SessionRow& session = out.session;
    if (wanted.token.generation == session.generation) {
        session.generation += 1;
        session.rotated_ms = session.last_used_ms = wanted.now_ms;
        session.expires_ms = wanted.now_ms + wanted.lifetime_ms;
        session.address = wanted.address;
        LARES_CHECK(rotate_session(tx, session));
    } else if (!is_retry(wanted, session)) {
        LARES_CHECK(revoke_session(tx, session.owner, session.id, wanted.now_ms));
        LARES_CHECK(append_audit(tx, reuse));
        out.reused = true;
    }
    return out;
}

Result<std::optional<Refreshed>> keep(db::Reader& reader, const Refresh& wanted) {
    LARES_TRY(auto out, found(reader, wanted));
    const bool current = wanted.token.generation == out.session.generation || is_retry(wanted, out.session);
    if (!current || wanted.address != out.session.address) return std::optional<Refreshed>();
    return std::optional(std::move(out));
}

}  // namespace lares::auth
