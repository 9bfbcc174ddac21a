#pragma once
// Requests and answers of the account routes, as they stand on the wire.
#include <array>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include "auth/model.h"
#include "json/json.h"

namespace lares::api {

struct User {
    UserId id;
    std::string email;
    std::string username;
    std::string role;
    std::int64_t created = 0;  // UTC ms
};
BOOST_DESCRIBE_STRUCT(User, (), (id, email, username, role, created))

struct RegisterRequest {
    std::string email;
    std::string username;
    SecretText password;
    std::optional<SecretText>
        setup_code;  // for the first account, when it is not made on the server's own machine
};
BOOST_DESCRIBE_STRUCT(RegisterRequest, (), (email, username, password, setup_code))
constexpr auto json_rules(const RegisterRequest*) {
    return std::array{json::length("email", 3, 254), json::length("username", 1, 64),
                      json::length("password", 8, 256)};
}

struct Registered {
    User user;
};
BOOST_DESCRIBE_STRUCT(Registered, (), (user))

// cookie: the tokens go into httpOnly cookies and not into the answer (for the page). Absent: bearer tokens
// (for programs).
enum class SessionKind : std::uint8_t { bearer, cookie };
BOOST_DESCRIBE_ENUM(SessionKind, bearer, cookie)

struct LoginRequest {
    std::optional<std::string> login;  // e-mail address or username
    std::optional<std::string> email;
    std::optional<std::string> username;
    SecretText password;
    std::optional<SessionKind> session;
};
BOOST_DESCRIBE_STRUCT(LoginRequest, (), (login, email, username, password, session))

struct RefreshRequest {
    std::optional<SecretText> refresh_token;  // absent: the cookie's
    std::optional<SessionKind> session;
};
BOOST_DESCRIBE_STRUCT(RefreshRequest, (), (refresh_token, session))

// The tokens are absent for a cookie session.
struct SignedIn {
    std::optional<std::string> access_token;
    std::optional<std::string> token_type;  // "Bearer"
    std::int64_t expires_in = 0;            // seconds, of the access token
    std::optional<std::string> refresh_token;
    User user;
};
BOOST_DESCRIBE_STRUCT(SignedIn, (), (access_token, token_type, expires_in, refresh_token, user))
constexpr bool json_omits_empty(const SignedIn*) {
    return true;
}

struct Ticket {
    std::string ticket;
    std::int64_t expires_in = 0;  // seconds
};
BOOST_DESCRIBE_STRUCT(Ticket, (), (ticket, expires_in))

struct Session {
    auth::SessionId id;
    std::int64_t created = 0;    // UTC ms
    std::int64_t last_used = 0;  // UTC ms
    std::string user_agent;
    std::string address;
    bool current = false;
};
BOOST_DESCRIBE_STRUCT(Session, (), (id, created, last_used, user_agent, address, current))

struct SessionList {
    std::vector<Session> items;
};
BOOST_DESCRIBE_STRUCT(SessionList, (), (items))

struct SessionPath {
    auth::SessionId session_id;
};
BOOST_DESCRIBE_STRUCT(SessionPath, (), (session_id))

// What a first visit needs to know: is this server still without an account, and may this caller make the
// first one?
struct Setup {
    bool needs_first_account = false;
    bool needs_code = false;  // the first account needs the code that the server printed at its start
    auth::RegistrationMode registration = auth::RegistrationMode::local;  // who may make the others
    bool may_register = false;                                            // may this caller?
};
BOOST_DESCRIBE_STRUCT(Setup, (), (needs_first_account, needs_code, registration, may_register))

struct RegistrationRequest {
    auth::RegistrationMode mode = auth::RegistrationMode::local;
};
BOOST_DESCRIBE_STRUCT(RegistrationRequest, (), (mode))

struct RegistrationState {
    auth::RegistrationMode mode = auth::RegistrationMode::local;
    auth::RegistrationMode setting = auth::RegistrationMode::local;  // REGISTRATION of this server
};
BOOST_DESCRIBE_STRUCT(RegistrationState, (), (mode, setting))

}  // namespace lares::api
