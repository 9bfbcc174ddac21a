#include "api/keys/routes.h"

#include "api/access.h"
#include "api/caller.h"

namespace lares::api {
namespace {

constexpr std::int64_t day_s = 24 * 3600;

AccessKeyItem to_wire(auth::AccessKey key) {
    return {.id = key.id,
            .name = std::move(key.name),
            .prefix = std::move(key.prefix),
            .scopes = scope_names(key.scopes),
            .models = std::move(key.models),
            .tier = std::move(key.tier),
            .budget_micros = key.budget_micros,
            .created = key.created_ms,
            .rotated = key.rotated_ms,
            .expires = key.expires_ms,
            .last_used = key.last_used_ms,
            .grace_until = key.grace_ms};
}

AccessKeyShown to_wire(auth::ShownAccessKey shown) {
    return {to_wire(std::move(shown.key)), shown.text.reveal()};
}

auth::Scopes bits(const std::vector<auth::Scope>& scopes) {
    auth::Scopes out = 0;
    for (const auto scope : scopes) out |= static_cast<auth::Scopes>(scope);
    return out;
}

// Rates are the operator's to give, and to take.
Result<void> check_tier(const http::Call& call, const std::optional<std::string>& tier) {
    if (!tier || is_admin(call)) return {};
    return fail(Code::forbidden, "role-needed", "Only an admin gives a key a tier.", "tier");
}

std::string address_of(const http::Call& call) {
    return std::string(call.remote());
}

}  // namespace

void KeyRoutes::add_to(http::Routes& routes) {
    using http::route;
    using M = http::Method;
    const auto row = [](M method, std::string_view path, unsigned success, std::string_view summary,
                        bool names_one, std::vector<Code> errors = {}) {
        return http::Row{.method = method,
                         .path = path,
                         .access = person(),
                         .touches = names_one ? std::vector{touch<auth::AccessKeyId>(Relation::owner)}
                                              : std::vector<http::Touch>(),
                         .weight = 2,
                         .success = success,
                         .summary = summary,
                         .tag = "access keys",
                         .errors = std::move(errors)};
    };
    constexpr std::string_view one = "/api/v1/api-keys/{access_key_id}";
    routes.push_back(route<&KeyRoutes::list>(
        row(M::get, "/api/v1/api-keys", 200, "Your access keys, without their text.", false), *this));
    routes.push_back(route<&KeyRoutes::create>(
        row(M::post, "/api/v1/api-keys", 201, "Make an access key; its text is shown this once.", false,
            {Code::conflict, Code::storage_full}),
        *this));
    routes.push_back(route<&KeyRoutes::get>(row(M::get, one, 200, "One access key.", true), *this));
    routes.push_back(route<&KeyRoutes::change>(
        row(M::patch, one, 200, "Change its name, scopes, models, budget or expiry.", true), *this));
    routes.push_back(route<&KeyRoutes::remove>(
        row(M::remove, one, 204, "Revoke it: it is refused at once.", true), *this));
    routes.push_back(
        route<&KeyRoutes::rotate>(row(M::post, "/api/v1/api-keys/{access_key_id}/rotate", 200,
                                      "Give it a new text; the old one stays good for a while.", true),
                                  *this));

    const auto by_admin = [&row](M method, std::string_view path, std::string_view summary) {
        auto made = row(method, path, 200, summary, false, {Code::not_found});
        made.access = person(auth::Role::admin);
        return made;
    };
    routes.push_back(route<&KeyRoutes::list_of>(
        by_admin(M::get, "/api/v1/admin/people/{person}/api-keys", "A person's access keys, without text."),
        *this));
    routes.push_back(route<&KeyRoutes::set_tier>(
        by_admin(M::patch, "/api/v1/admin/people/{person}/api-keys/{key}", "Put a key into a tier."), *this));
}

Task<Result<AccessKeyShown>> KeyRoutes::create(http::Call& call, AccessKeyRequest request) {
    if (!request.tier.value_or("").empty()) LARES_CO_CHECK(check_tier(call, request.tier));
    LARES_CO_TRY(auto made, co_await async::unbroken(keys_.create(user_of(call),
                                                                  {.name = std::move(request.name),
                                                                   .scopes = bits(request.scopes),
                                                                   .models = std::move(request.models),
                                                                   .tier = request.tier.value_or(""),
                                                                   .budget_micros = request.budget_micros,
                                                                   .expires_ms = request.expires},
                                                                  address_of(call))));
    co_return to_wire(std::move(made));
}

Task<Result<AccessKeyList>> KeyRoutes::list(http::Call& call) {
    LARES_CO_TRY(auto keys, co_await keys_.list(user_of(call)));
    AccessKeyList out;
    for (auto& key : keys) out.items.push_back(to_wire(std::move(key)));
    co_return out;
}

Task<Result<AccessKeyItem>> KeyRoutes::get(http::Call& call, AccessKeyPath path) {
    LARES_CO_TRY(auto key, co_await keys_.get(user_of(call), path.access_key_id));
    co_return to_wire(std::move(key));
}

Task<Result<AccessKeyItem>> KeyRoutes::change(http::Call& call, AccessKeyChangeRequest request) {
    LARES_CO_CHECK(check_tier(call, request.tier));
    const bool no_budget = request.no_budget.value_or(false);
    if (no_budget && request.budget_micros)
        co_return invalid_field("no_budget", "must not stand beside budget_micros");
    auth::AccessKeyChange change{.name = std::move(request.name),
                                 .scopes = {},
                                 .models = std::move(request.models),
                                 .tier = std::move(request.tier),
                                 .budget_micros = request.budget_micros,
                                 .no_budget = no_budget,
                                 .expires_ms = request.expires};
    if (request.scopes) change.scopes = bits(*request.scopes);
    LARES_CO_TRY(auto key, co_await async::unbroken(keys_.change(user_of(call), request.access_key_id,
                                                                 std::move(change), address_of(call))));
    co_return to_wire(std::move(key));
}

Task<Result<void>> KeyRoutes::remove(http::Call& call, AccessKeyPath path) {
    co_return co_await async::unbroken(keys_.remove(user_of(call), path.access_key_id, address_of(call)));
}

Task<Result<AccessKeyShown>> KeyRoutes::rotate(http::Call& call, AccessKeyRotation request) {
    const std::int64_t grace_ms = request.grace_s.value_or(day_s) * 1000;
    LARES_CO_TRY(auto shown, co_await async::unbroken(keys_.rotate(user_of(call), request.access_key_id,
                                                                   grace_ms, address_of(call))));
    co_return to_wire(std::move(shown));
}

Task<Result<AccessKeyList>> KeyRoutes::list_of(http::Call&, AccessKeysOfPath path) {
    const auto owner = UserId::parse(path.person);
    if (!owner) co_return fail(Code::not_found, "not-found", "There is no such person.");
    LARES_CO_TRY(auto keys, co_await keys_.list(*owner));
    AccessKeyList out;
    for (auto& key : keys) out.items.push_back(to_wire(std::move(key)));
    co_return out;
}

Task<Result<AccessKeyItem>> KeyRoutes::set_tier(http::Call& call, AccessKeyTierRequest request) {
    const auto owner = UserId::parse(request.person);
    const auto id = auth::AccessKeyId::parse(request.key);
    if (!owner || !id) co_return fail(Code::not_found, "not-found", "There is no such key.");
    LARES_CO_TRY(auto key,
                 co_await async::unbroken(keys_.change(*owner, *id, {.tier = std::move(request.tier)},
                                                       address_of(call), user_of(call))));
    co_return to_wire(std::move(key));
}

}  // namespace lares::api
