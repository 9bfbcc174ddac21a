#include "auth/store.h"

#include "base/text.h"

namespace lares::auth {
namespace {

constexpr std::int64_t live_sessions_max = 1000;  // shown and counted; Service keeps an account far below

}  // namespace

Result<bool> any_account(db::Reader& reader) {
    LARES_TRY(const auto found, reader.one<std::int64_t>("SELECT 1 FROM users LIMIT 1"));
    return found.has_value();
}

Result<std::optional<AccountRow>> find_account(db::Reader& reader, UserId id) {
    return reader.one<AccountRow>(
        "SELECT id, email, username, role, state, epoch, created, password_hash FROM users WHERE id = ?1",
        id);
}

// A username holds no '@', an e-mail address always does.
Result<std::optional<AccountRow>> find_by_login(db::Reader& reader, const std::string& login) {
    const std::string key = to_lower_ascii(login);
    if (login.find('@') != std::string::npos)
        return reader.one<AccountRow>(
            "SELECT id, email, username, role, state, epoch, created, password_hash FROM users WHERE "
            "email_key = ?1",
            key);
    return reader.one<AccountRow>(
        "SELECT id, email, username, role, state, epoch, created, password_hash FROM users WHERE "
        "username_key = ?1",
        key);
}

Result<void> insert_account(db::Tx& tx, const AccountRow& row) {
    const std::string email_key = to_lower_ascii(row.email);
    const std::string username_key = to_lower_ascii(row.username);
    LARES_TRY(const auto email, tx.one<std::int64_t>("SELECT 1 FROM users WHERE email_key = ?1", email_key));
    if (email)
        return fail(Code::conflict, "email-taken", "There is an account with this e-mail address already.",
                    "email");
    LARES_TRY(const auto username,
              tx.one<std::int64_t>("SELECT 1 FROM users WHERE username_key = ?1", username_key));
    if (username)
        return fail(Code::conflict, "username-taken", "This username is taken. Choose another.", "username");
    LARES_CHECK(
        tx.run("INSERT INTO users (id, email, email_key, username, username_key, password_hash, role, state, "
               "epoch, created) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
               row.id, row.email, email_key, row.username, username_key, row.password_hash, row.role,
               row.state, row.epoch, row.created_ms));
    return {};
}

Result<void> set_password_hash(db::Tx& tx, UserId id, const std::string& hash) {
    LARES_CHECK(tx.run("UPDATE users SET password_hash = ?2 WHERE id = ?1", id, hash));
    return {};
}

Result<std::int64_t> move_epoch(db::Tx& tx, UserId id) {
    LARES_CHECK(tx.run("UPDATE users SET epoch = epoch + 1 WHERE id = ?1", id));
    LARES_TRY(const auto epoch, tx.one<std::int64_t>("SELECT epoch FROM users WHERE id = ?1", id));
    if (!epoch) return fail(Code::not_found, "not-found", "There is no such account.");
    return *epoch;
}

Result<void> insert_session(db::Tx& tx, const SessionRow& row) {
    LARES_CHECK(tx.run(
        "INSERT INTO sessions (id, owner, seed, generation, rotated, created, last_used, expires, revoked, "
        "user_agent, address) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        row.id, row.owner, row.seed, row.generation, row.rotated_ms, row.created_ms, row.last_used_ms,
        row.expires_ms, row.revoked_ms, row.user_agent, row.address));
    return {};
}

// By the id out of a refresh token that is yet to be proved: the one query here without an owner.
Result<std::optional<SessionRow>> find_session(db::Reader& reader, SessionId id) {
    return reader.one<SessionRow>(
        "SELECT id, owner, seed, generation, rotated, created, last_used, expires, revoked, user_agent, "
        "address "
        "FROM sessions WHERE id = ?1",
        id);
}

Result<std::optional<StandingRow>> find_standing(db::Reader& reader, UserId owner, SessionId id) {
    return reader.one<StandingRow>(
        "SELECT u.role, u.state, u.epoch, s.expires, s.revoked FROM sessions s JOIN users u ON u.id = "
        "s.owner "
        "WHERE s.id = ?2 AND s.owner = ?1",
        owner, id);
}

Result<std::vector<SessionRow>> live_sessions(db::Reader& reader, UserId owner, std::int64_t now_ms) {
    return reader.rows<SessionRow>(
        "SELECT id, owner, seed, generation, rotated, created, last_used, expires, revoked, user_agent, "
        "address "
        "FROM sessions WHERE owner = ?1 AND revoked IS NULL AND expires > ?2 ORDER BY last_used DESC, id "
        "DESC LIMIT ?3",
        owner, now_ms, live_sessions_max);
}

Result<void> rotate_session(db::Tx& tx, const SessionRow& row) {
    LARES_CHECK(tx.run(
        "UPDATE sessions SET generation = ?3, rotated = ?4, last_used = ?5, expires = ?6, user_agent = ?7, "
        "address = ?8 WHERE owner = ?1 AND id = ?2",
        row.owner, row.id, row.generation, row.rotated_ms, row.last_used_ms, row.expires_ms, row.user_agent,
        row.address));
    return {};
}

Result<bool> revoke_session(db::Tx& tx, UserId owner, SessionId id, std::int64_t now_ms) {
    LARES_TRY(const auto changed, tx.run("UPDATE sessions SET revoked = ?3 WHERE owner = ?1 AND id = ?2 AND "
                                         "revoked IS NULL AND expires > ?3",
                                         owner, id, now_ms));
    return changed > 0;
}

Result<void> revoke_sessions(db::Tx& tx, UserId owner, std::int64_t now_ms) {
    LARES_CHECK(
        tx.run("UPDATE sessions SET revoked = ?2 WHERE owner = ?1 AND revoked IS NULL", owner, now_ms));
    return {};
}

// An epoch counts one by one: beyond the time in milliseconds none has come.
Result<void> end_every_session(db::Tx& tx, std::int64_t now_ms) {
    LARES_CHECK(tx.run("UPDATE sessions SET revoked = ?1 WHERE revoked IS NULL", now_ms));
    LARES_CHECK(tx.run("UPDATE users SET epoch = max(epoch + 1, ?1)", now_ms));
    return {};
}

Result<void> forget_dead_sessions(db::Tx& tx, UserId owner, std::int64_t before_ms) {
    LARES_CHECK(
        tx.run("DELETE FROM sessions WHERE owner = ?1 AND (expires < ?2 OR revoked < ?2)", owner, before_ms));
    return {};
}

Result<void> append_audit(db::Tx& tx, const AuditEntry& entry) {
    LARES_CHECK(
        tx.run("INSERT INTO audit (id, at, actor, kind, subject, address, detail) "
               "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
               entry.id, entry.at_ms, entry.actor, entry.kind, entry.subject, entry.address, entry.detail));
    return {};
}

}  // namespace lares::auth
