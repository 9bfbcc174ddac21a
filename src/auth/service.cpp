#include "auth/service.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "auth/access_key_text.h"
#include "auth/access_tokens.h"
#include "auth/refresh.h"
#include "auth/refresh_token.h"
#include "auth/rules.h"
#include "auth/standing_cache.h"
#include "auth/store.h"
#include "auth/tickets.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/password.h"
#include "crypto/random.h"
#include "limits/gcra.h"
#include "limits/login.h"

namespace lares::auth {
namespace {

constexpr std::int64_t dead_session_kept_ms = 24 * 3600 * 1000;
constexpr std::size_t sessions_of_account_max = 100;
constexpr async::Milliseconds pending_wait{20};
constexpr int pending_waits_max = 1250;  // 25 seconds: a request's deadline is 30
constexpr std::size_t user_agent_bytes_max = 256;
constexpr int standing_tries_max =
    5;  // sessions end elsewhere meanwhile; unremembered, the answer is still right

tl::unexpected<Error> wrong_login() {
    return fail(Code::unauthorized, "wrong-login", "The name or the password is wrong.");
}

// Nothing was stored, for certain, and reads go on.
bool takes_no_writes(const Error& error) {
    return error.type == "storage-full" || error.type == "storage-read-only";
}

// Twelve characters that can be read aloud: "7k2m-9qxp-04ta".
std::string make_setup_code() {
    std::string out;
    for (unsigned char c : crypto::random_bytes(12)) {
        if (out.size() == 4 || out.size() == 9) out += '-';
        out += "0123456789abcdefghjkmnpqrstvwxyz"[c & 31];
    }
    return out;
}

std::string normal_code(std::string_view text) {
    std::string out = to_lower_ascii(trim(text));
    std::erase_if(out, [](char c) { return c == '-' || c == ' '; });
    return out;
}

// What the password of an unknown name is compared with, so that it takes as long. Jobs share it: they may
// outlive the service on the pool.
class AbsentAccount {
public:
    std::string hash(crypto::Argon2Cost cost) {
        std::lock_guard lock(mutex_);
        if (hash_.empty())
            hash_ = crypto::hash_password(SecretText(crypto::random_token()), cost).value_or("");
        return hash_;
    }

private:
    std::mutex mutex_;
    std::string hash_;
};

}  // namespace

struct Service::State {
    State(db::Database& db, async::Pool& pool, async::Clock& time, IdSource& id_source, Options given)
        : database(db),
          passwords(pool),
          clock(time),
          ids(id_source),
          options(std::move(given)),
          access_keys(database, clock, ids, options.jwt_secret),
          access_tokens(options.jwt_secret, clock, options.access_lifetime_s),
          tickets(clock, options.ticket_lifetime_s),
          standings(clock),
          mode(options.registration),
          login_limits(clock, {.attempts = options.login_attempts,
                               .attempts_per_address = options.login_attempts_per_address}),
          registrations(clock) {}

    db::Database& database;
    async::Pool& passwords;
    async::Clock& clock;
    IdSource& ids;
    Options options;
    AccessKeys access_keys;
    AccessTokens access_tokens;
    Tickets tickets;
    StandingCache standings;
    std::atomic<RegistrationMode> mode;
    limits::LoginLimits login_limits;
    limits::Gcra registrations;
    std::atomic<bool> has_account = false;
    std::shared_ptr<AbsentAccount> absent = std::make_shared<AbsentAccount>();
    std::mutex code_mutex;
    SecretText code;  // of the first account; empty: not asked for yet

    crypto::Argon2Cost cost() const { return {options.argon2_memory_kib, options.argon2_passes, 1}; }

    Task<Result<bool>> find_any_account() {
        if (has_account) co_return true;
        LARES_CO_TRY(const bool any,
                     co_await database.read([](db::Reader& reader) { return any_account(reader); }));
        if (any) has_account = true;
        co_return any;
    }

    AuditEntry audit(std::string_view kind, std::optional<UserId> actor, std::optional<Uuid> subject,
                     std::string address) {
        const std::int64_t now_ms = clock.unix_ms();
        return {ids.next(now_ms), now_ms, actor, kind, subject, std::move(address), ""};
    }

    SessionRow new_session(UserId owner, const Origin& origin) {
        const std::int64_t now_ms = clock.unix_ms();
        return {
            ids.make<SessionId>(now_ms),
            owner,
            {crypto::random_bytes(16)},
            1,
            now_ms,
            now_ms,
            now_ms,
            now_ms + options.refresh_lifetime_s * 1000,
            {},
            origin.user_agent.substr(0, utf8_valid_prefix(origin.user_agent.substr(0, user_agent_bytes_max))),
            origin.address};
    }

    Tokens tokens_of(const Account& account, const SessionRow& session) const {
        return {account,
                session.id,
                access_tokens.issue(account, session.id),
                make_refresh_token(options.jwt_secret, session.seed.bytes, session.id, session.generation),
                options.access_lifetime_s,
                (session.expires_ms - clock.unix_ms()) / 1000};
    }

    // Whoever sits at this machine.
    bool is_operator(const Origin& origin) const { return origin.local && !options.public_name_set; }

    // May this caller make one that is not the first?
    bool may_register(const Origin& origin) const {
        const RegistrationMode now = mode;
        return now == RegistrationMode::open || (now == RegistrationMode::local && is_operator(origin));
    }

    Result<void> check_may_register(const Origin& origin) const {
        if (may_register(origin)) return {};
        return fail(Code::forbidden, "registration-closed",
                    mode == RegistrationMode::local
                        ? "New accounts of this server are made on its own machine. Ask whoever runs it."
                        : "This server takes no new accounts. Ask whoever runs it.");
    }

    // May this caller make the first account? Wrong codes are counted like wrong passwords.
    Result<void> check_setup_code(const Registration& registration) {
        const Origin& origin = registration.origin;
        if (is_operator(origin)) return {};
        if (!registration.setup_code)
            return fail(
                Code::forbidden, "setup-code-needed",
                "This server has no account yet. The first one needs the setup code that the server printed "
                "when it started (look at its console or log).",
                "setup_code");
        LARES_TRY(auto attempt, login_limits.begin("\nsetup code", origin.address, origin.local));
        std::lock_guard lock(code_mutex);
        if (code.empty() || !crypto::constant_time_equal(normal_code(registration.setup_code->reveal()),
                                                         normal_code(code.reveal())))
            return fail(Code::forbidden, "setup-code-wrong",
                        "This is not the setup code that the server printed when it started.", "setup_code");
        attempt.give_back();
        return {};
    }

    Result<void> admit_registration(const Origin& origin) {
        if (origin.local) return {};
        const double per_day = static_cast<double>(options.login_attempts_per_address);
        const auto decision = registrations.take("register", limits::address_key(origin.address),
                                                 {per_day / (24 * 60), options.login_attempts_per_address});
        if (!decision.allowed) return limits::refusal(decision);
        return {};
    }

    // Many right sign-ins to one account at once wait for one another instead of being refused.
    Task<Result<limits::LoginLimits::Attempt>> begin_attempt(std::string name, Origin origin) {
        for (int waits = 0;; ++waits) {
            auto attempt = login_limits.begin(name, origin.address, origin.local);
            if (attempt || attempt.error().type != "logins-pending" || waits == pending_waits_max)
                co_return attempt;
            co_await clock.sleep_for(pending_wait);
        }
    }
    Task<Result<void>> add_account(limits::LoginLimits::Attempt* attempt, std::string account) {
        for (int waits = 0;; ++waits) {
            auto added = attempt->add_account(account);
            if (added || added.error().type != "logins-pending" || waits == pending_waits_max)
                co_return added;
            co_await clock.sleep_for(pending_wait);
        }
    }

    // The session of this id, with the role and epoch of now; from memory when that is fresh.
    Task<Result<Standing>> standing_of(UserId user, SessionId session) {
        if (auto known = standings.fresh(session); known && known->user_id == user) co_return *known;
        for (int tries = 1;; ++tries) {
            const std::uint64_t mark = standings.mark();
            LARES_CO_TRY(const auto row, co_await database.read([user, session](db::Reader& reader) {
                return find_standing(reader, user, session);
            }));
            if (!row) co_return session_ended();
            const Standing standing{user, row->role, row->epoch, row->expires_ms,
                                    !row->revoked_ms && row->state == AccountState::active};
            if (standings.store(session, standing, mark) || tries == standing_tries_max) co_return standing;
        }
    }

    bool holds(const Standing& standing, const Identity& identity) const {
        return standing.live && standing.user_id == identity.user_id && standing.epoch == identity.epoch &&
               standing.session_expires_ms > clock.unix_ms();
    }

    Task<Result<Identity>> confirm(Identity identity) {
        LARES_CO_TRY(const auto standing, co_await standing_of(identity.user_id, identity.session_id));
        if (!holds(standing, identity)) co_return session_ended();
        identity.role = standing.role;
        co_return identity;
    }
};

Service::Service(db::Database& database, async::Pool& passwords, async::Clock& clock, IdSource& ids,
                 Options options)
    : state_(std::make_unique<State>(database, passwords, clock, ids, std::move(options))) {}

Service::~Service() = default;

Result<std::optional<SecretText>> Service::setup_code() {
    LARES_TRY(const bool any,
              state_->database.read_blocking([](db::Reader& reader) { return any_account(reader); }));
    if (any) {
        state_->has_account = true;
        return std::optional<SecretText>();
    }
    std::lock_guard lock(state_->code_mutex);
    if (state_->code.empty()) state_->code = SecretText(make_setup_code());
    return std::optional(state_->code);
}

Task<Result<Setup>> Service::setup(Origin origin) {
    LARES_CO_TRY(const bool any, co_await state_->find_any_account());
    const bool at_it = state_->is_operator(origin);
    co_return Setup{!any, !any && !at_it, state_->mode, !any || state_->may_register(origin)};
}

Task<Result<Account>> Service::register_account(Registration registration) {
    State& state = *state_;
    LARES_CO_CHECK(check_email(registration.email));
    LARES_CO_CHECK(check_username(registration.username));
    LARES_CO_CHECK(check_password(registration.password, registration.username, registration.email));
    LARES_CO_CHECK(state.admit_registration(registration.origin));
    LARES_CO_TRY(const bool any, co_await state.find_any_account());
    LARES_CO_CHECK(any ? state.check_may_register(registration.origin)
                       : state.check_setup_code(registration));

    LARES_CO_TRY(auto hash, co_await state.passwords.run(
                                [password = std::move(registration.password), cost = state.cost()] {
                                    return crypto::hash_password(password, cost);
                                }));
    const std::int64_t now_ms = state.clock.unix_ms();
    AccountRow row{state.ids.make<UserId>(now_ms),
                   registration.email,
                   registration.username,
                   Role::user,
                   AccountState::active,
                   0,
                   now_ms,
                   std::move(hash)};
    const AuditEntry entry = state.audit("registered", row.id, row.id.value, registration.origin.address);
    // Of two first accounts at once one is not the first.
    const auto other = state.check_may_register(registration.origin);
    auto account = co_await state.database.write(
        [row, entry, other, first = !any](db::Tx& tx) mutable -> Result<Account> {
            LARES_TRY(const bool taken, any_account(tx));
            if (taken) LARES_CHECK(other);
            row.role = first && !taken ? Role::admin : Role::user;
            LARES_CHECK(insert_account(tx, row));
            LARES_CHECK(append_audit(tx, entry));
            return row.account();
        });
    if (account) {
        state.has_account = true;
        std::lock_guard lock(state.code_mutex);
        state.code = SecretText();
    }
    co_return account;
}

void Service::set_registration(RegistrationMode mode) {
    state_->mode = mode;
}

RegistrationMode Service::registration() const {
    return state_->mode;
}

Task<Result<Tokens>> Service::login(Login login) {
    State& state = *state_;
    const Origin origin = login.origin;
    LARES_CO_TRY(auto attempt, co_await state.begin_attempt(login.login, origin));
    LARES_CO_TRY(const auto found, co_await state.database.read([name = login.login](db::Reader& reader) {
        return find_by_login(reader, name);
    }));
    if (found) LARES_CO_CHECK(co_await state.add_account(&attempt, found->id.text()));

    // A name that nobody has takes as long as one that somebody has.
    struct Verdict {
        bool right = false;
        std::string new_hash;
    };
    auto judged = co_await state.passwords.run(
        [absent = state.absent, password = std::move(login.password), cost = state.cost(),
         hash = found ? found->password_hash : ""]() -> Result<Verdict> {
            Verdict out;
            out.right =
                crypto::verify_password(password, hash.empty() ? absent->hash(cost) : hash) && !hash.empty();
            if (out.right && crypto::needs_rehash(hash, cost)) {
                LARES_TRY(out.new_hash, crypto::hash_password(password, cost));
            }
            return out;
        });
    if (!judged) {
        attempt.give_back();  // nothing was looked at
        co_return tl::unexpected(std::move(judged).error());
    }

    if (!found || !judged->right) co_return wrong_login();
    attempt.give_back();
    if (found->state != AccountState::active)
        co_return fail(Code::forbidden, "account-suspended",
                       "This account is not active. Ask the operator of the server.");

    const SessionRow session = state.new_session(found->id, origin);
    const AuditEntry entry = state.audit("signed-in", found->id, session.id.value, origin.address);
    LARES_CO_TRY(const auto ended,
                 co_await state.database.write([session, entry, new_hash = judged->new_hash](
                                                   db::Tx& tx) -> Result<std::vector<SessionId>> {
                     const std::int64_t now_ms = session.created_ms;
                     LARES_CHECK(forget_dead_sessions(tx, session.owner, now_ms - dead_session_kept_ms));
                     LARES_CHECK(insert_session(tx, session));
                     if (!new_hash.empty()) LARES_CHECK(set_password_hash(tx, session.owner, new_hash));
                     LARES_CHECK(append_audit(tx, entry));
                     LARES_TRY(const auto live, live_sessions(tx, session.owner, now_ms));
                     std::vector<SessionId> over;
                     for (std::size_t i = sessions_of_account_max; i < live.size(); ++i) {
                         LARES_CHECK(revoke_session(tx, session.owner, live[i].id, now_ms));
                         over.push_back(live[i].id);
                     }
                     return over;
                 }));
    for (const auto& id : ended) state.standings.session_ended(id);
    co_return state.tokens_of(found->account(), session);
}

Task<Result<Tokens>> Service::refresh(SecretText refresh_token, Origin origin) {
    State& state = *state_;
    const auto token = parse_refresh_token(refresh_token.reveal());
    if (!token) co_return session_ended();
    const Refresh wanted{*token, state.options.jwt_secret, origin.address, state.clock.unix_ms(),
                         state.options.refresh_lifetime_s * 1000};
    const AuditEntry entry = state.audit("token-reused", {}, token->session_id.value, origin.address);
    // What is found and what follows are one transaction: of parallel uses one rotates, the others see that.
    const auto traded =
        co_await state.database.write([wanted, entry](db::Tx& tx) { return trade(tx, wanted, entry); });
    if (!traded && takes_no_writes(traded.error())) {
        LARES_CO_TRY(const auto kept, co_await state.database.read(
                                          [wanted](db::Reader& reader) { return keep(reader, wanted); }));
        if (kept) co_return state.tokens_of(kept->account, kept->session);
    }
    if (!traded) co_return fail(traded.error());
    if (traded->reused) {
        state.standings.session_ended(traded->session.id);
        co_return session_ended();
    }
    co_return state.tokens_of(traded->account, traded->session);
}

Task<Result<void>> Service::logout(UserId user, SessionId session) {
    State& state = *state_;
    const AuditEntry entry = state.audit("signed-out", user, session.value, "");
    LARES_CO_CHECK(co_await state.database.write([user, session, entry](db::Tx& tx) -> Result<void> {
        LARES_TRY(const bool was_live, revoke_session(tx, user, session, entry.at_ms));
        if (was_live) LARES_CHECK(append_audit(tx, entry));
        return {};
    }));
    state.standings.session_ended(session);
    co_return Result<void>();
}

Task<Result<void>> Service::logout_everywhere(UserId user) {
    State& state = *state_;
    const AuditEntry entry = state.audit("signed-out-everywhere", user, user.value, "");
    LARES_CO_TRY(const auto epoch,
                 co_await state.database.write([user, entry](db::Tx& tx) -> Result<std::int64_t> {
                     LARES_CHECK(revoke_sessions(tx, user, entry.at_ms));
                     LARES_CHECK(append_audit(tx, entry));
                     return move_epoch(tx, user);
                 }));
    state.standings.epoch_moved(user, epoch);
    co_return Result<void>();
}

Task<Result<std::vector<Session>>> Service::sessions(UserId user) {
    State& state = *state_;
    LARES_CO_TRY(const auto rows,
                 co_await state.database.read([user, now_ms = state.clock.unix_ms()](db::Reader& reader) {
                     return live_sessions(reader, user, now_ms);
                 }));
    std::vector<Session> out;
    for (const auto& row : rows)
        out.push_back({row.id, row.created_ms, row.last_used_ms, row.user_agent, row.address});
    co_return out;
}

Task<Result<void>> Service::revoke(UserId user, SessionId session) {
    State& state = *state_;
    const AuditEntry entry = state.audit("session-revoked", user, session.value, "");
    LARES_CO_CHECK(co_await state.database.write([user, session, entry](db::Tx& tx) -> Result<void> {
        LARES_TRY(const bool was_live, revoke_session(tx, user, session, entry.at_ms));
        if (!was_live) return fail(Code::not_found, "not-found", "There is no such session.");
        return append_audit(tx, entry);
    }));
    state.standings.session_ended(session);
    co_return Result<void>();
}

Task<Result<Account>> Service::account(UserId user) {
    LARES_CO_TRY(const auto row, co_await state_->database.read(
                                     [user](db::Reader& reader) { return find_account(reader, user); }));
    if (!row) co_return fail(Code::not_found, "not-found", "There is no such account.");
    co_return row->account();
}

AccessKeys& Service::access_keys() {
    return state_->access_keys;
}

Task<Result<Identity>> Service::verify(SecretText access_token) {
    if (access_token.reveal().starts_with(access_key_prefix))
        co_return co_await state_->access_keys.verify(access_token.reveal());
    LARES_CO_TRY(const auto identity, state_->access_tokens.judge(access_token.reveal()));
    co_return co_await state_->confirm(identity);
}

std::optional<Result<Identity>> Service::verify_now(std::string_view access_token) {
    if (access_token.starts_with(access_key_prefix)) return state_->access_keys.verify_now(access_token);
    auto identity = state_->access_tokens.judge(access_token);
    if (!identity) return identity;
    const auto standing = state_->standings.fresh(identity->session_id);
    if (!standing || standing->user_id != identity->user_id) return std::nullopt;
    if (!state_->holds(*standing, *identity)) return Result<Identity>(session_ended());
    identity->role = standing->role;
    return identity;
}

Result<SocketTicket> Service::issue_ticket(const Identity& identity) {
    if (!still_valid(identity)) return session_ended();
    return SocketTicket{state_->tickets.issue(identity), state_->options.ticket_lifetime_s};
}

Task<Result<Identity>> Service::redeem_ticket(SecretText ticket) {
    if (ticket.reveal().starts_with(access_key_prefix))
        co_return co_await state_->access_keys.verify(ticket.reveal());
    const auto identity = state_->tickets.take(ticket);
    if (!identity)
        co_return fail(Code::unauthorized, "ticket-invalid",
                       "The ticket is unknown, used or too old. Ask for a new one.");
    if (identity->expires_ms <= state_->clock.unix_ms()) co_return session_ended();
    co_return co_await state_->confirm(*identity);
}

bool Service::still_valid(const Identity& identity) const {
    if (identity.key) return state_->access_keys.still_valid(identity);
    if (identity.expires_ms <= state_->clock.unix_ms()) return false;
    const auto standing = state_->standings.known(identity.session_id);
    return standing && state_->holds(*standing, identity);
}

}  // namespace lares::auth
