#pragma once
// The SQL of auth. Functions of one transaction; Service says when.
#include <optional>
#include <vector>

#include "auth/model.h"
#include "db/tx.h"

namespace lares::auth {

struct AccountRow {
    UserId id;
    std::string email;
    std::string username;
    Role role;
    AccountState state;
    std::int64_t epoch;
    std::int64_t created_ms;
    std::string password_hash;

    Account account() const { return {id, email, username, role, state, epoch, created_ms}; }
};

// A refresh token is not stored: it is computed from the row's seed and generation (refresh_token.h).
struct SessionRow {
    SessionId id;
    UserId owner;
    db::Blob seed;
    std::int64_t generation;
    std::int64_t rotated_ms;
    std::int64_t created_ms;
    std::int64_t last_used_ms;
    std::int64_t expires_ms;
    std::optional<std::int64_t> revoked_ms;
    std::string user_agent;
    std::string address;
};

// What decides whether an access token is still good.
struct StandingRow {
    Role role;
    AccountState state;
    std::int64_t epoch;
    std::int64_t expires_ms;
    std::optional<std::int64_t> revoked_ms;
};

struct AuditEntry {
    Uuid id;
    std::int64_t at_ms;
    std::optional<UserId> actor;
    std::string_view kind;  // "registered", "signed-in", "signed-out", "session-revoked", "token-reused", ...
    std::optional<Uuid> subject;
    std::string address;
    std::string detail;
};

Result<bool> any_account(db::Reader& reader);
Result<std::optional<AccountRow>> find_account(db::Reader& reader, UserId id);
Result<std::optional<AccountRow>> find_by_login(db::Reader& reader, const std::string& login);
Result<void> insert_account(db::Tx& tx, const AccountRow& row);  // conflict "email-taken", "username-taken"
Result<void> set_password_hash(db::Tx& tx, UserId id, const std::string& hash);
Result<std::int64_t> move_epoch(db::Tx& tx, UserId id);  // answers the new one

Result<void> insert_session(db::Tx& tx, const SessionRow& row);
Result<std::optional<SessionRow>> find_session(db::Reader& reader, SessionId id);
Result<std::optional<StandingRow>> find_standing(db::Reader& reader, UserId owner, SessionId id);
Result<std::vector<SessionRow>> live_sessions(db::Reader& reader, UserId owner, std::int64_t now_ms);
Result<void> rotate_session(db::Tx& tx, const SessionRow& row);  // generation, times, agent and address
Result<bool> revoke_session(db::Tx& tx, UserId owner, SessionId id, std::int64_t now_ms);  // false: not live
Result<void> revoke_sessions(db::Tx& tx, UserId owner, std::int64_t now_ms);
// Everybody signs in again: no session of the store is live, and no token that was ever issued has its epoch.
Result<void> end_every_session(db::Tx& tx, std::int64_t now_ms);
Result<void> forget_dead_sessions(db::Tx& tx, UserId owner, std::int64_t before_ms);

Result<void> append_audit(db::Tx& tx, const AuditEntry& entry);

}  // namespace lares::auth
