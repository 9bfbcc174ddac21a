#pragma once
// Accounts and their sessions.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/describe/enum.hpp>

#include "base/id.h"
#include "base/secret.h"

namespace lares::auth {

struct SessionTag {
    static constexpr std::string_view kind = "session";
};
using SessionId = Id<SessionTag>;

enum class Role : std::uint8_t { user, creator, moderator, admin };  // rising
BOOST_DESCRIBE_ENUM(Role, user, creator, moderator, admin)
std::string_view to_text(Role role);

enum class AccountState : std::uint8_t { unverified, active, suspended, deleted };
BOOST_DESCRIBE_ENUM(AccountState, unverified, active, suspended, deleted)
std::string_view to_text(AccountState state);

struct Account {
    UserId id;
    std::string email;
    std::string username;
    Role role = Role::user;
    AccountState state = AccountState::active;
    std::int64_t epoch =
        0;  // counts what makes older access tokens void: password, role, state, logout everywhere
    std::int64_t created_ms = 0;
};

// Where a request comes from, as the guard found it.
struct Origin {
    std::string address;
    std::string user_agent;
    bool local = false;  // from this machine, with no forwarding header
};

struct Registration {
    std::string email;
    std::string username;
    SecretText password;
    std::optional<SecretText> setup_code;
    Origin origin;
};

struct Login {
    std::string login;  // e-mail address or username
    SecretText password;
    Origin origin;
};

// What a sign-in or a refresh gives. Times in seconds from now.
struct Tokens {
    Account account;
    SessionId session_id;
    SecretText access_token;
    SecretText refresh_token;
    std::int64_t access_expires_in_s = 0;
    std::int64_t refresh_expires_in_s = 0;
};

// Who an access token or a ticket stands for.
struct Identity {
    UserId user_id;
    SessionId session_id;
    Role role = Role::user;
    std::int64_t epoch = 0;
    std::int64_t expires_ms = 0;  // UTC
};

struct Session {
    SessionId id;
    std::int64_t created_ms = 0;
    std::int64_t last_used_ms = 0;
    std::string user_agent;
    std::string address;
};

struct SocketTicket {
    SecretText ticket;
    std::int64_t expires_in_s = 0;
};

// needs_code: of the caller that asks.
struct Setup {
    bool needs_first_account = false;
    bool needs_code = false;
};

}  // namespace lares::auth
