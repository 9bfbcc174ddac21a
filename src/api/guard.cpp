#include "api/guard.h"

#include <algorithm>

#include "base/text.h"
#include "http/row.h"

namespace lares::api {
namespace {

constexpr std::string_view api_key_header = "x-api-key";

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

http::Principal principal_of(const auth::Identity& identity) {
    return {std::make_shared<Caller>(Caller{identity, {}}), identity.user_id.text()};
}

// A credential that is not valid is nobody where nobody needs to be known (a stale token must not keep anyone
// from signing in) and this error everywhere else.
http::Principal rejected(Error error) {
    return {std::make_shared<Caller>(Caller{{}, std::move(error)}), "rejected"};
}

// A program's credential wins over a cookie: who sends both means it. An access token or key is the same in
// Authorization and in X-API-Key.
std::string_view token_of(const http::RequestHead& head) {
    if (head.has("authorization")) return head.bearer();
    if (head.has(api_key_header)) return trim(head.header(api_key_header));
    return head.cookie(cookie_names(head.secure).access).value_or("");
}

Result<http::Principal> to_principal(Result<auth::Identity> identity) {
    if (identity) return principal_of(*identity);
    if (identity.error().code == Code::unauthorized) return rejected(std::move(identity).error());
    return fail(std::move(identity).error());
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
    return head.has("authorization") || head.has(api_key_header) ||
           head.cookie(cookie_names(head.secure).access).has_value();
}

std::optional<Result<http::Principal>> Guard::identify_now(const http::RequestHead& head) {
    const auto token = token_of(head);
    // Two that differ: whoever sends them does not know who it is.
    if (head.has("authorization") && head.has(api_key_header) && token != trim(head.header(api_key_header)))
        return rejected({Code::unauthorized,
                         "token-invalid",
                         "Authorization and X-API-Key hold two credentials. Send one.",
                         {},
                         {},
                         {}});
    if (token.empty())
        return rejected({Code::unauthorized,
                         "token-invalid",
                         "The Authorization header holds no bearer token.",
                         {},
                         {},
                         {}});
    auto identity = auth_.verify_now(token);
    if (!identity) return std::nullopt;
    return to_principal(std::move(*identity));
}

Task<Result<http::Principal>> Guard::identify(const http::RequestHead& head) {
    if (auto known = identify_now(head)) co_return std::move(*known);
    co_return to_principal(co_await auth_.verify(SecretText(std::string(token_of(head)))));
}

Task<Result<http::Principal>> Guard::identify_hello(const http::RequestHead&, std::string ticket) {
    LARES_CO_TRY(const auto identity, co_await auth_.redeem_ticket(SecretText(std::move(ticket))));
    co_return principal_of(identity);
}

Result<void> Guard::admit_address(const http::RequestHead& head, std::uint32_t weight) {
    return admitted(limits_.take("address", limits::address_key(head.remote), options_.per_address, weight));
}

Result<void> Guard::admit(const http::Principal& principal, const http::RequestHead&, std::uint32_t weight) {
    const auto* caller = principal.as<Caller>();
    if (!caller || caller->rejected) return {};  // its address has paid
    return admitted(limits_.take("account", principal.label, options_.per_account, weight));
}

http::Holder Guard::holder(const http::RequestHead& head, const http::Principal& principal) const {
    const auto* caller = principal.as<Caller>();
    if (caller && !caller->rejected) return {principal.label, true};
    return {limits::address_key(head.remote), false};
}

namespace {

std::string join(const std::vector<std::string>& names) {
    std::string out;
    for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
    return out;
}

}  // namespace

// Who they are, whatever the request names.
Result<void> Guard::may_call(const http::RequestHead& head, const http::Principal& principal,
                             http::Access access) const {
    const auto who = static_cast<Who>(access.who);
    const bool local_program = who == Who::machine && head.local;
    if (who == Who::anyone || local_program) return {};
    const auto* caller = principal.as<Caller>();
    if (!caller) return sign_in_first();
    if (caller->rejected) return fail(*caller->rejected);
    if (!still_valid(principal)) {
        if (caller->key)
            return fail(Code::unauthorized, "key-invalid",
                        "This access key was changed or revoked just now.");
        return fail(Code::unauthorized, "session-ended", "This session has ended. Sign in again.");
    }
    if (caller->key && access.scopes == 0)
        return fail(Code::forbidden, "key-not-allowed", "An access key may not do this. Sign in.");
    if (caller->key && (caller->key->scopes & access.scopes) != access.scopes)
        return fail(Code::forbidden, "scope-needed",
                    "This access key lacks the scope " +
                        join(scope_names(access.scopes & ~caller->key->scopes)) + '.');
    if (caller->role < static_cast<auth::Role>(access.role))
        return fail(Code::forbidden, "role-needed", "Your account may not do this.");
    return {};
}

std::optional<Result<void>> Guard::may_now(const http::RequestHead& head, const http::Principal& principal,
                                           http::Access access, std::span<const http::Touched> touched) {
    if (!touched.empty()) return std::nullopt;
    return may_call(head, principal, access);
}

Task<Result<void>> Guard::may(const http::RequestHead& head, const http::Principal& principal,
                              http::Access access, std::span<const http::Touched> touched) {
    LARES_CO_CHECK(may_call(head, principal, access));
    const auto* caller = principal.as<Caller>();
    for (const auto& id : touched) {
        const auto standing = standings_.find(id.kind);
        if (standing == standings_.end() || !caller || caller->rejected) co_return http::not_found();
        LARES_CO_TRY(const auto relation, co_await standing->second(caller->user_id, id.id));
        const auto needed = static_cast<Relation>(id.relation);
        const bool is_deleted = relation == Relation::restorer;
        if (!relation || (is_deleted && needed != Relation::restorer)) co_return http::not_found();
        if (*relation < needed)  // they see it: its existence is no secret
            co_return fail(Code::forbidden, "not-yours", "This is not yours to change.", id.field);
    }
    co_return Result<void>();
}

bool Guard::still_valid(const http::Principal& principal) const {
    const auto* caller = principal.as<Caller>();
    return caller && !caller->rejected && auth_.still_valid(*caller);
}

}  // namespace lares::api
