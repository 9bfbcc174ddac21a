#pragma once
// Accounts: register, sign in and out, sessions, tickets, who am I.
#include "api/auth/model.h"
#include "auth/service.h"
#include "http/route.h"

namespace lares::api {

class AuthRoutes {
public:
    explicit AuthRoutes(auth::Service& auth) : auth_(auth) {}
    void add_to(http::Routes& routes);

    Task<Result<Setup>> setup(http::Call& call);
    Task<Result<Registered>> register_account(http::Call& call, RegisterRequest request);
    Task<Result<SignedIn>> login(http::Call& call, LoginRequest request);
    Task<Result<SignedIn>> refresh(http::Call& call, RefreshRequest request);
    Task<Result<void>> logout(http::Call& call);
    Task<Result<void>> logout_everywhere(http::Call& call);
    Task<Result<Ticket>> ticket(http::Call& call);
    Task<Result<User>> me(http::Call& call);
    Task<Result<SessionList>> sessions(http::Call& call);
    Task<Result<void>> revoke(http::Call& call, SessionPath path);

private:
    auth::Service& auth_;
};

}  // namespace lares::api
