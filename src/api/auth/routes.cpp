#include "api/auth/routes.h"

#include "api/access.h"
#include "api/caller.h"
#include "api/guard.h"

namespace lares::api {
namespace {

auth::Origin origin_of(const http::Call& call) {
    const auto& head = call.head();
    return {std::string(call.remote()), std::string(head.header("user-agent").substr(0, 256)), head.local};
}

User to_wire(const auth::Account& account) {
    return {account.id, account.email, account.username, std::string(auth::to_text(account.role)),
            account.created_ms};
}

void set_session_cookies(http::Call& call, const auth::Tokens& tokens) {
    const bool secure = call.head().secure;
    const auto names = cookie_names(secure);
    const auto cookie = [&](std::string_view name, const SecretText& value, std::int64_t max_age_s) {
        call.set_cookie(
            {.name = std::string(name), .value = value.reveal(), .max_age_s = max_age_s, .secure = secure});
    };
    // The access cookie lives as long as the refresh cookie: an expired token in it tells the page to
    // refresh.
    cookie(names.access, tokens.access_token, tokens.refresh_expires_in_s);
    cookie(names.refresh, tokens.refresh_token, tokens.refresh_expires_in_s);
}

void clear_session_cookies(http::Call& call) {
    const bool secure = call.head().secure;
    const auto names = cookie_names(secure);
    for (const auto name : {names.access, names.refresh})
        call.set_cookie({.name = std::string(name), .value = "", .max_age_s = 0, .secure = secure});
}

SignedIn signed_in(http::Call& call, const auth::Tokens& tokens, SessionKind kind) {
    SignedIn answer;
    answer.expires_in = tokens.access_expires_in_s;
    answer.user = to_wire(tokens.account);
    if (kind == SessionKind::cookie) {
        set_session_cookies(call, tokens);
    } else {
        answer.access_token = tokens.access_token.reveal();
        answer.token_type = "Bearer";
        answer.refresh_token = tokens.refresh_token.reveal();
    }
    return answer;
}

Result<std::string> login_name(LoginRequest& request) {
    for (auto* name : {&request.login, &request.email, &request.username})
        if (*name && !(*name)->empty()) {
            if ((*name)->size() > 320) return invalid_field("login", "must be at most 320 bytes");
            return std::move(**name);
        }
    return invalid_field("login", "give the e-mail address or the username");
}

}  // namespace

void AuthRoutes::add_to(http::Routes& routes) {
    using http::route;
    const auto row = [](http::Method method, std::string_view path, http::Access access,
                        std::string_view summary) {
        return http::Row{
            .method = method, .path = path, .access = access, .weight = 2, .summary = summary, .tag = "auth"};
    };
    using M = http::Method;
    const auto with = [](http::Row made, unsigned success, std::vector<Code> errors) {
        made.success = success;
        made.errors = std::move(errors);
        return made;
    };
    routes.push_back(route<&AuthRoutes::setup>(
        row(M::get, "/api/v1/setup", anyone(),
            "Whether the first account is still to be made, and whether you may make one."),
        *this));
    routes.push_back(route<&AuthRoutes::register_account>(
        with(row(M::post, "/api/v1/auth/register", anyone(), "Make an account; the first one becomes admin."),
             201, {Code::conflict, Code::forbidden, Code::unavailable, Code::storage_full}),
        *this));
    routes.push_back(
        route<&AuthRoutes::login>(with(row(M::post, "/api/v1/auth/login", anyone(),
                                           "Sign in: bearer tokens, or cookies with session \"cookie\"."),
                                       200, {Code::unauthorized, Code::forbidden, Code::rate_limited}),
                                  *this));
    routes.push_back(route<&AuthRoutes::refresh>(
        with(row(M::post, "/api/v1/auth/refresh", anyone(),
                 "Trade a refresh token, once, for new tokens; those of a cookie go back as cookies."),
             200, {Code::unauthorized, Code::unavailable, Code::storage_full}),
        *this));
    routes.push_back(route<&AuthRoutes::logout>(
        with(row(M::post, "/api/v1/auth/logout", person(), "Sign out of this session."), 204, {}), *this));
    routes.push_back(route<&AuthRoutes::logout_everywhere>(
        with(row(M::post, "/api/v1/auth/logout-everywhere", person(), "End every session of this account."),
             204, {}),
        *this));
    routes.push_back(route<&AuthRoutes::ticket>(
        row(M::post, "/api/v1/auth/ticket", person(), "A one-use ticket that opens a socket."), *this));
    routes.push_back(
        route<&AuthRoutes::me>(row(M::get, "/api/v1/users/me", person(), "Who you are."), *this));
    routes.push_back(route<&AuthRoutes::sessions>(
        row(M::get, "/api/v1/auth/sessions", person(), "Where you are signed in."), *this));
    auto revoke =
        with(row(M::remove, "/api/v1/auth/sessions/{session_id}", person(), "End one session."), 204, {});
    revoke.touches = {touch<auth::SessionId>(Relation::owner)};
    routes.push_back(route<&AuthRoutes::revoke>(std::move(revoke), *this));
}

Task<Result<Setup>> AuthRoutes::setup(http::Call& call) {
    LARES_CO_TRY(const auto setup, co_await auth_.setup(origin_of(call)));
    co_return Setup{setup.needs_first_account, setup.needs_code, setup.registration, setup.may_register};
}

Task<Result<Registered>> AuthRoutes::register_account(http::Call& call, RegisterRequest request) {
    LARES_CO_TRY(const auto account,
                 co_await auth_.register_account({std::move(request.email), std::move(request.username),
                                                  std::move(request.password), std::move(request.setup_code),
                                                  origin_of(call)}));
    co_return Registered{to_wire(account)};
}

Task<Result<SignedIn>> AuthRoutes::login(http::Call& call, LoginRequest request) {
    LARES_CO_TRY(auto name, login_name(request));
    const auto kind = request.session.value_or(SessionKind::bearer);
    LARES_CO_TRY(const auto tokens,
                 co_await auth_.login({std::move(name), std::move(request.password), origin_of(call)}));
    co_return signed_in(call, tokens, kind);
}

Task<Result<SignedIn>> AuthRoutes::refresh(http::Call& call, RefreshRequest request) {
    const auto cookie = call.head().cookie(cookie_names(call.head().secure).refresh);
    if (!request.refresh_token && !cookie)
        co_return invalid_field("refresh_token", "is required, as field or as cookie");
    // Tokens go back the way they came; into cookies also those of a program that asks for it. Never out of
    // them: no script is to read what the browser keeps from it.
    const bool from_cookie = !request.refresh_token;
    if (from_cookie && request.session == SessionKind::bearer)
        co_return invalid_field("session", "bearer needs the token in the field refresh_token");
    const auto kind = from_cookie ? SessionKind::cookie : request.session.value_or(SessionKind::bearer);
    auto token = from_cookie ? SecretText(std::string(*cookie)) : std::move(*request.refresh_token);
    const auto tokens = co_await async::unbroken(auth_.refresh(std::move(token), origin_of(call)));
    if (!tokens) {
        // A disk that is full, a database that is busy: the session lives on.
        if (from_cookie && tokens.error().code == Code::unauthorized) clear_session_cookies(call);
        co_return fail(tokens.error());
    }
    co_return signed_in(call, *tokens, kind);
}

Task<Result<void>> AuthRoutes::logout(http::Call& call) {
    clear_session_cookies(call);
    co_return co_await async::unbroken(auth_.logout(user_of(call), caller_of(call).session_id));
}

Task<Result<void>> AuthRoutes::logout_everywhere(http::Call& call) {
    clear_session_cookies(call);
    co_return co_await async::unbroken(auth_.logout_everywhere(user_of(call)));
}

Task<Result<Ticket>> AuthRoutes::ticket(http::Call& call) {
    LARES_CO_TRY(const auto issued, auth_.issue_ticket(caller_of(call)));
    co_return Ticket{issued.ticket.reveal(), issued.expires_in_s};
}

Task<Result<User>> AuthRoutes::me(http::Call& call) {
    LARES_CO_TRY(const auto account, co_await auth_.account(user_of(call)));
    co_return to_wire(account);
}

Task<Result<SessionList>> AuthRoutes::sessions(http::Call& call) {
    LARES_CO_TRY(const auto found, co_await auth_.sessions(user_of(call)));
    SessionList list;
    for (const auto& session : found)
        list.items.push_back({session.id, session.created_ms, session.last_used_ms, session.user_agent,
                              session.address, session.id == caller_of(call).session_id});
    co_return list;
}

Task<Result<void>> AuthRoutes::revoke(http::Call& call, SessionPath path) {
    co_return co_await async::unbroken(auth_.revoke(user_of(call), path.session_id));
}

}  // namespace lares::api
