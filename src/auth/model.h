#pragma once
// Accounts and their sessions.
#include <cstdint>
#include <memory>
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
    bool local = false;  // from this machine, asking for it by name, with no forwarding header
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

struct AccessKeyTag {
    static constexpr std::string_view kind = "access_key";
};
using AccessKeyId = Id<AccessKeyTag>;

// What an access key may be used for; a route names those that it needs.
enum class Scope : std::uint32_t {
    chat = 1,        // talk, and read what was said
    characters = 2,  // companions
    models = 4,      // which models there are, and how the server is
    llm = 8,         // the dialects of programs: /v1, /ollama
};
BOOST_DESCRIBE_ENUM(Scope, chat, characters, models, llm)
using Scopes = std::uint32_t;
constexpr Scopes operator|(Scope a, Scope b) {
    return static_cast<Scopes>(a) | static_cast<Scopes>(b);
}

// What the owner of a key lets it do.
struct KeyGrant {
    AccessKeyId id;
    Scopes scopes = 0;
    std::vector<std::string> models;  // empty: all
    std::string tier;                 // empty: the account's
    std::optional<std::int64_t> budget_micros;
    std::string mac;  // of the text that was presented
    bool operator==(const KeyGrant&) const = default;
};

// Who an access token, a ticket or an access key stands for.
struct Identity {
    UserId user_id;
    SessionId session_id;  // nil for an access key
    Role role = Role::user;
    std::int64_t epoch = 0;
    std::int64_t expires_ms = 0;          // UTC
    std::shared_ptr<const KeyGrant> key;  // not null: it is an access key that calls
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

// Who may make an account after the first: whoever reaches the server, who sits at it (as for the first
// account), nobody.
enum class RegistrationMode : std::uint8_t { open, local, closed };
BOOST_DESCRIBE_ENUM(RegistrationMode, open, local, closed)

// needs_code, may_register: of the caller that asks.
struct Setup {
    bool needs_first_account = false;
    bool needs_code = false;
    RegistrationMode registration = RegistrationMode::open;
    bool may_register = true;
};

}  // namespace lares::auth
