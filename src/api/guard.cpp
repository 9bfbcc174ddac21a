#include "api/guard.h"

#include <algorithm>

#include "http/row.h"

namespace lares::api {
namespace {

tl::unexpected<Error> sign_in_first() {
    return fail(Code::unauthorized, "sign-in-needed", "Sign in to do this.");
}

Result<void> admitted(const limits::Decision& decision) {
    if (decision.allowed) return {};
    Error error{
        Code::rate_limited, "rate-limited", "Too many requests. Wait a moment and try again.", {}, {}, {}};
    error.retry_after_ms = decision.retry_after_ms;
    return fail(std::move(error));
}

http::Principal to_principal(const auth::Identity& identity) {
    return {std::make_shared<Caller>(Caller{identity, {}}), identity.user_id.text()};
}

// A credential that is not valid is nobody where nobody needs to be known (a stale token must not keep anyone
// from signing in) and this error everywhere else.
http::Principal rejected(Error error) {
    return {std::make_shared<Caller>(Caller{{}, std::move(error)}), "rejected"};
}

}  // namespace

CookieNames cookie_names(bool secure) {
    if (secure) return {"__Host-lares_access", "__Host-lares_refresh"};
    return {"lares_access", "lares_refresh"};
}

Guard::Guard(auth::Service& auth, limits::Gcra& limits, Options options)
    : auth_(auth), limits_(limits), options_(options) {}

void Guard::resolve(std::string_view kind, StandingOf standing) {
    standings_[kind] = std::move(standing);
}

bool Guard::has_credentials(const http::RequestHead& head) const {
    return head.has("authorization") || head.cookie(cookie_names(head.secure).access).has_value();
}

// A program's bearer wins over a cookie: who sends both means the token.
Task<Result<http::Principal>> Guard::identify(const http::RequestHead& head) {
    const auto token = head.has("authorization") ? head.bearer()
                                                 : head.cookie(cookie_names(head.secure).access).value_or("");
    if (token.empty())
        co_return rejected({Code::unauthorized,
                            "token-invalid",
                            "The Authorization header holds no bearer token.",
                            {},
                            {},
                            {}});
    auto identity = co_await auth_.verify(SecretText(std::string(token)));
    if (identity) co_return to_principal(*identity);
    if (identity.error().code == Code::unauthorized) co_return rejected(std::move(identity.error()));
    co_return fail(std::move(identity.error()));
}

Task<Result<http::Principal>> Guard::identify_hello(const http::RequestHead&, std::string ticket) {
    LARES_CO_TRY(const auto identity, co_await auth_.redeem_ticket(SecretText(std::move(ticket))));
    co_return to_principal(identity);
}

Result<void> Guard::admit_address(const http::RequestHead& head, std::uint32_t weight) {
    return admitted(limits_.take("address", limits::address_key(head.remote), options_.per_address, weight));
}

Result<void> Guard::admit(const http::Principal& principal, const http::RequestHead&, std::uint32_t weight) {
    const auto* caller = principal.as<Caller>();
    if (!caller || caller->rejected) return {};  // its address has paid
    return admitted(limits_.take("account", principal.label, options_.per_account, weight));
}

Task<Result<void>> Guard::may(const http::RequestHead& head, const http::Principal& principal,
                              http::Access access, std::span<const http::Touched> touched) {
    const auto* caller = principal.as<Caller>();
    const auto who = static_cast<Who>(access.who);
    // A program of this machine: the peer is loopback and nothing says that it speaks for somebody else.
    const bool local_program = who == Who::machine && head.loopback && !head.from_proxy;
    if (who != Who::anyone && !local_program) {
        if (!caller) co_return sign_in_first();
        if (caller->rejected) co_return fail(*caller->rejected);
        if (!still_valid(principal))
            co_return fail(Code::unauthorized, "session-ended", "This session has ended. Sign in again.");
        if (caller->role < static_cast<auth::Role>(access.role))
            co_return fail(Code::forbidden, "role-needed", "Your account may not do this.");
    }
    for (const auto& id : touched) {
        const auto standing = standings_.find(id.kind);
        if (standing == standings_.end() || !caller || caller->rejected) co_return http::not_found();
        LARES_CO_TRY(const auto relation, co_await standing->second(caller->user_id, id.id));
        if (!relation) co_return http::not_found();
        if (*relation < static_cast<Relation>(id.relation))  // they see it: its existence is no secret
            co_return fail(Code::forbidden, "not-yours", "This is not yours to change.", id.field);
    }
    co_return Result<void>();
}

bool Guard::still_valid(const http::Principal& principal) const {
    const auto* caller = principal.as<Caller>();
    return caller && !caller->rejected && auth_.still_valid(*caller);
}

}  // namespace lares::api
