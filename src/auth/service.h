#pragma once
// Who somebody is: accounts, sign-in, sessions, tokens. Knows nothing of HTTP.
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "async/clock.h"
#include "async/pool.h"
#include "auth/access_keys.h"
#include "auth/model.h"
#include "base/result.h"
#include "db/database.h"

namespace lares::auth {

struct Options {
    SecretText jwt_secret;
    std::int64_t access_lifetime_s = 15 * 60;
    std::int64_t refresh_lifetime_s = 30 * 24 * 3600;
    std::int64_t ticket_lifetime_s = 30;
    // PUBLIC_URL or TRUSTED_PROXIES: the first account then needs the setup code also from this machine.
    bool public_name_set = false;
    RegistrationMode registration = RegistrationMode::open;
    std::uint32_t argon2_memory_kib = 19 * 1024;
    std::uint32_t argon2_passes = 2;
    std::int64_t login_attempts = 10;              // wrong passwords of a name or account in 15 minutes
    std::int64_t login_attempts_per_address = 50;  // also: new accounts of an address in a day
};

class Service {
public:
    // All outlive it. `passwords` is the pool for Argon2.
    Service(db::Database& database, async::Pool& passwords, async::Clock& clock, IdSource& ids,
            Options options);
    ~Service();

    // The code that the first account needs when it is not made from this machine; nullopt: there is an
    // account already. For the start message.
    Result<std::optional<SecretText>> setup_code();
    Task<Result<Setup>> setup(Origin origin);

    // Errors: invalid_field (email, username, password); conflict "email-taken", "username-taken"; forbidden
    // "setup-code-needed", "setup-code-wrong", "registration-closed"; rate_limited "too-many-requests",
    // "too-many-logins" (codes). The first account becomes admin.
    Task<Result<Account>> register_account(Registration registration);
    // Who may make the others; of any thread, at once.
    void set_registration(RegistrationMode mode);
    RegistrationMode registration() const;

    // Errors: unauthorized "wrong-login" (the same for an unknown name, as slow); rate_limited
    // "too-many-logins"; forbidden "account-suspended" (only with the right password).
    Task<Result<Tokens>> login(Login login);

    // One-time rotation. The same old token within 10 s gets the same successor; later it revokes the whole
    // session. While the disk takes no writes, the same token goes on unrotated from the address where it was
    // used last. Errors: unauthorized "session-ended"; those of the store.
    Task<Result<Tokens>> refresh(SecretText refresh_token, Origin origin);

    Task<Result<void>> logout(UserId user, SessionId session);  // also ends its sockets and streams
    Task<Result<void>> logout_everywhere(UserId user);
    Task<Result<std::vector<Session>>> sessions(UserId user);
    Task<Result<void>> revoke(UserId user, SessionId session);  // not_found when it is not theirs
    Task<Result<Account>> account(UserId user);

    // An access token or an access key. Error: unauthorized "token-invalid", "token-expired",
    // "session-ended", "key-invalid", "key-expired". Asks the database at most every 2 s per session or key.
    Task<Result<Identity>> verify(SecretText access_token);
    // The same where the database need not be asked; nullopt: it has to be.
    std::optional<Result<Identity>> verify_now(std::string_view access_token);

    // One use, Options::ticket_lifetime_s, bound to the session.
    Result<SocketTicket> issue_ticket(const Identity& identity);
    Task<Result<Identity>> redeem_ticket(SecretText ticket);  // or an access key

    AccessKeys& access_keys();

    // Cheap, from any thread: false once the session was revoked, the account's epoch moved, or the token
    // expired. Knows of changes of this process at once.
    bool still_valid(const Identity& identity) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace lares::auth
