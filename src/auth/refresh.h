#pragma once
// What a refresh token is traded for. Functions of one transaction; Service says when.
#include <cstdint>
#include <optional>
#include <string>

#include "auth/refresh_token.h"
#include "auth/store.h"

namespace lares::auth {

tl::unexpected<Error> session_ended();

struct Refresh {
    RefreshToken token;
    SecretText server_secret;
    std::string address;  // where it comes from
    std::int64_t now_ms = 0;
    std::int64_t lifetime_ms = 0;
};

struct Refreshed {
    Account account;
    SessionRow session;
    bool reused = false;  // somebody else has the token, too: the session is revoked
};

// The next generation; within 10 s the same one again, for a lost answer. Error: "session-ended".
Result<Refreshed> trade(db::Tx& tx, const Refresh& wanted, const AuditEntry& reuse);

// While nothing can be written: the generation as it is, so that who is signed in reads on. Only where the
// session was last; nullopt: the token has to be traded, which tells a thief. Error: "session-ended".
Result<std::optional<Refreshed>> keep(db::Reader& reader, const Refresh& wanted);

}  // namespace lares::auth
