#pragma once
// The one guard for HTTP, SSE and sockets: who calls, how often, and how they stand to what they name.
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "api/access.h"
#include "api/caller.h"
#include "auth/service.h"
#include "http/guard.h"
#include "limits/gcra.h"

namespace lares::api {

// Answers how a person stands to an id of one kind; nullopt: not at all, or it does not exist.
using StandingOf = std::function<Task<Result<std::optional<Relation>>>(UserId user, Uuid id)>;

class Guard : public http::Guard {
public:
    struct Options {
        limits::Rate per_address;
        limits::Rate per_account;
    };
    Guard(auth::Service& auth, limits::Gcra& limits, Options options);

    // Wiring: each kind of id that a route touches needs its resolver; one without is denied.
    void resolve(std::string_view kind, StandingOf standing);

    bool has_credentials(const http::RequestHead& head) const override;
    Task<Result<http::Principal>> identify(const http::RequestHead& head) override;
    std::optional<Result<http::Principal>> identify_now(const http::RequestHead& head) override;
    Task<Result<http::Principal>> identify_hello(const http::RequestHead& head, std::string ticket) override;
    http::Holder holder(const http::RequestHead& head, const http::Principal& principal) const override;
    Result<void> admit_address(const http::RequestHead& head, std::uint32_t weight) override;
    Result<void> admit(const http::Principal& principal, const http::RequestHead& head,
                       std::uint32_t weight) override;
    Task<Result<void>> may(const http::RequestHead& head, const http::Principal& principal,
                           http::Access access, std::span<const http::Touched> touched) override;
    std::optional<Result<void>> may_now(const http::RequestHead& head, const http::Principal& principal,
                                        http::Access access, std::span<const http::Touched> touched) override;
    bool still_valid(const http::Principal& principal) const override;

private:
    Result<void> may_call(const http::RequestHead& head, const http::Principal& principal,
                          http::Access access) const;

    auth::Service& auth_;
    limits::Gcra& limits_;
    Options options_;
    std::unordered_map<std::string_view, StandingOf> standings_;
};

// Names of the session cookies; with the __Host- prefix where the connection is TLS.
struct CookieNames {
    std::string_view access;
    std::string_view refresh;
};
CookieNames cookie_names(bool secure);

}  // namespace lares::api
