#include "api/provider_keys/routes.h"

#include "api/access.h"
#include "api/caller.h"
#include "base/optional.h"
#include "base/text.h"
#include "secrets/formats.h"

namespace lares::api {
namespace {

template <class IdType>
Result<std::vector<IdType>> ids_of(const std::vector<std::string>& texts, const std::string& field) {
    std::vector<IdType> out;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const auto id = IdType::parse(texts[i]);
        if (!id) return invalid_field(field + '[' + std::to_string(i) + ']', "must be an id");
        out.push_back(*id);
    }
    return out;
}

Result<secrets::KeyAudience> audience_of(const std::optional<KeyAudience>& wire) {
    secrets::KeyAudience out;
    if (!wire) return out;
    out.roles = wire->roles;
    out.tiers = wire->tiers;
    LARES_TRY(out.people, ids_of<UserId>(wire->people, "audience.people"));
    LARES_TRY(out.spaces, ids_of<Uuid>(wire->spaces, "audience.spaces"));
    return out;
}

KeyAudience to_wire(const secrets::KeyAudience& audience) {
    KeyAudience out{audience.roles, audience.tiers, {}, {}};
    for (const auto& id : audience.people) out.people.push_back(id.text());
    for (const auto& id : audience.spaces) out.spaces.push_back(id.text());
    return out;
}

ProviderKeyItem to_wire(secrets::ProviderKey key, const std::string& warning = {}) {
    ProviderKeyItem out{.id = key.id,
                        .provider = std::move(key.provider),
                        .name = std::move(key.name),
                        .mask = std::move(key.mask),
                        .endpoint = std::move(key.endpoint),
                        .audience = {},
                        .weight = key.weight,
                        .enabled = key.enabled,
                        .created = key.created_ms,
                        .rotated = key.rotated_ms,
                        .last_used = key.last_used_ms,
                        .benched_ms = key.benched_ms,
                        .warning = unless_empty(warning)};
    if (key.tier == secrets::KeyTier::pool) out.audience = to_wire(key.audience);
    return out;
}

ProviderKeyList to_wire(std::vector<secrets::ProviderKey> keys) {
    ProviderKeyList out;
    for (auto& key : keys) out.items.push_back(to_wire(std::move(key)));
    return out;
}

KeyUsage usage_of(const secrets::ProviderKey& key) {
    return {key.calls, key.errors, key.tokens, key.cost_micros, key.last_used_ms};
}

Result<secrets::ProviderKeyId> pool_id(const std::string& text) {
    if (const auto id = secrets::ProviderKeyId::parse(text)) return *id;
    return fail(Code::not_found, "not-found", "There is no such key.");
}

}  // namespace

void ProviderKeyRoutes::add_to(http::Routes& routes) {
    using http::route;
    using M = http::Method;
    const auto row = [](M method, std::string_view path, http::Access access, std::string_view summary,
                        std::vector<Code> errors = {}, unsigned success = 200) {
        return http::Row{.method = method,
                         .path = path,
                         .access = access,
                         .weight = 2,
                         .success = success,
                         .summary = summary,
                         .tag = "provider keys",
                         .errors = std::move(errors)};
    };
    const auto own = [&row](M method, std::string_view path, std::string_view summary,
                            std::vector<Code> errors = {}, unsigned success = 200) {
        auto made = row(method, path, person(), summary, std::move(errors), success);
        made.touches = {touch<secrets::ProviderKeyId>(Relation::owner)};
        return made;
    };
    const std::vector<Code> kept = {Code::unprocessable, Code::conflict, Code::unavailable,
                                    Code::storage_full,  Code::upstream, Code::timeout};
    routes.push_back(
        route<&ProviderKeyRoutes::providers>(row(M::get, "/api/v1/apikeys/providers", person(),
                                                 "Providers that keys are for, and what they can do."),
                                             *this));
    routes.push_back(route<&ProviderKeyRoutes::validate>(
        row(M::post, "/api/v1/apikeys/validate", person(),
            "Whether a key has its provider's form; with VERIFY_API_KEYS, whether it is taken."),
        *this));
    routes.push_back(route<&ProviderKeyRoutes::list>(
        row(M::get, "/api/v1/apikeys", person(), "Your provider keys, masked."), *this));
    routes.push_back(route<&ProviderKeyRoutes::add>(
        row(M::post, "/api/v1/apikeys", person(), "Keep a provider key, encrypted.", kept, 201), *this));
    constexpr std::string_view one = "/api/v1/apikeys/{provider_key_id}";
    routes.push_back(route<&ProviderKeyRoutes::get>(own(M::get, one, "One provider key, masked."), *this));
    routes.push_back(route<&ProviderKeyRoutes::change>(
        own(M::patch, one, "Rename it, switch it on or off, or give it another address.", kept), *this));
    routes.push_back(route<&ProviderKeyRoutes::remove>(own(M::remove, one, "Forget it.", {}, 204), *this));
    routes.push_back(route<&ProviderKeyRoutes::replace>(
        own(M::post, "/api/v1/apikeys/{provider_key_id}/rotate",
            "Put a new key in its place; calls under way end with the old one.", kept),
        *this));
    routes.push_back(route<&ProviderKeyRoutes::usage>(
        own(M::get, "/api/v1/apikeys/{provider_key_id}/usage", "Calls, errors, tokens and cost of it."),
        *this));

    const auto admin = person(auth::Role::admin);
    constexpr std::string_view pool_one = "/api/v1/admin/apikeys/{pool_key_id}";
    routes.push_back(route<&ProviderKeyRoutes::pool>(
        row(M::get, "/api/v1/admin/apikeys", admin, "Keys of the pool, masked, with who may use them."),
        *this));
    routes.push_back(route<&ProviderKeyRoutes::add_to_pool>(
        row(M::post, "/api/v1/admin/apikeys", admin, "Keep a key that others may use.", kept, 201), *this));
    auto replaced = kept;
    replaced.push_back(Code::not_found);
    routes.push_back(route<&ProviderKeyRoutes::change_in_pool>(
        row(M::patch, pool_one, admin, "Change who may use it, its weight, name or address.", replaced),
        *this));
    routes.push_back(route<&ProviderKeyRoutes::remove_from_pool>(
        row(M::remove, pool_one, admin, "Forget it.", {Code::not_found}, 204), *this));
    routes.push_back(
        route<&ProviderKeyRoutes::replace_in_pool>(row(M::post, "/api/v1/admin/apikeys/{pool_key_id}/rotate",
                                                       admin, "Put a new key in its place.", replaced),
                                                   *this));
    routes.push_back(
        route<&ProviderKeyRoutes::pool_usage>(row(M::get, "/api/v1/admin/apikeys/{pool_key_id}/usage", admin,
                                                  "Calls, errors, tokens and cost of it.", {Code::not_found}),
                                              *this));
}

Result<SupportedProviders> ProviderKeyRoutes::providers(http::Call&) {
    SupportedProviders out;
    for (const auto& form : secrets::provider_forms()) {
        SupportedProvider item{std::string(form.name),
                               std::string(form.title),
                               unless_empty(form.prefix),
                               unless_empty(form.endpoint),
                               {}};
        for (std::string_view rest = form.abilities; !rest.empty();) {
            const auto space = rest.find(' ');
            item.abilities.emplace_back(rest.substr(0, space));
            rest = space == rest.npos ? std::string_view() : rest.substr(space + 1);
        }
        out.items.push_back(std::move(item));
    }
    return out;
}

// What its provider says of a key, when the operator wants that to be asked: a doubt, or nothing.
Task<Result<std::string>> ProviderKeyRoutes::verified(std::string provider, SecretText key,
                                                      std::string endpoint) {
    LARES_CO_CHECK(secrets::check_key(provider, key.reveal(), endpoint));
    if (!verify_) co_return std::string();
    co_return co_await verify_(std::move(provider), std::move(key), std::move(endpoint));
}

Task<Result<std::string>> ProviderKeyRoutes::verified_for(OwnerId owner, secrets::ProviderKeyId id,
                                                          SecretText key,
                                                          std::optional<std::string> endpoint) {
    if (!verify_) co_return std::string();
    LARES_CO_TRY(const auto known, co_await keys_.get(owner, id));
    co_return co_await verified(known.provider, std::move(key), std::move(endpoint).value_or(known.endpoint));
}

Task<Result<ProviderKeyItem>> ProviderKeyRoutes::changed(OwnerId owner, secrets::ProviderKeyId id,
                                                         secrets::ProviderKeyChange change) {
    std::string doubt;
    if (change.key && change.endpoint) {
        LARES_CO_TRY(doubt, co_await verified_for(owner, id, *change.key, change.endpoint));
    }
    LARES_CO_TRY(auto key, co_await async::unbroken(keys_.change(owner, id, std::move(change))));
    co_return to_wire(std::move(key), doubt);
}

Task<Result<KeyCheck>> ProviderKeyRoutes::validate(http::Call&, KeyCheckRequest request) {
    const auto good = co_await verified(std::move(request.provider), request.key.value_or(SecretText()),
                                        request.endpoint.value_or(""));
    if (good) co_return KeyCheck{true, {}, unless_empty(*good)};
    co_return KeyCheck{false, good.error().message, {}};
}

Task<Result<ProviderKeyList>> ProviderKeyRoutes::list(http::Call& call) {
    LARES_CO_TRY(auto keys, co_await keys_.list(user_of(call)));
    co_return to_wire(std::move(keys));
}

Task<Result<ProviderKeyItem>> ProviderKeyRoutes::add(http::Call& call, ProviderKeyRequest request) {
    LARES_CO_TRY(const auto doubt, co_await verified(request.provider, request.key.value_or(SecretText()),
                                                     request.endpoint.value_or("")));
    LARES_CO_TRY(auto key, co_await async::unbroken(
                               keys_.add(user_of(call), {.provider = std::move(request.provider),
                                                         .name = std::move(request.name),
                                                         .key = request.key.value_or(SecretText()),
                                                         .endpoint = request.endpoint.value_or("")})));
    co_return to_wire(std::move(key), doubt);
}

Task<Result<ProviderKeyItem>> ProviderKeyRoutes::get(http::Call& call, ProviderKeyPath path) {
    LARES_CO_TRY(auto key, co_await keys_.get(user_of(call), path.provider_key_id));
    co_return to_wire(std::move(key));
}

Task<Result<ProviderKeyItem>> ProviderKeyRoutes::change(http::Call& call, ProviderKeyChangeRequest request) {
    co_return co_await changed(user_of(call), request.provider_key_id,
                               {.name = std::move(request.name),
                                .endpoint = std::move(request.endpoint),
                                .key = std::move(request.key),
                                .enabled = request.enabled});
}

Task<Result<void>> ProviderKeyRoutes::remove(http::Call& call, ProviderKeyPath path) {
    co_return co_await async::unbroken(keys_.remove(user_of(call), path.provider_key_id));
}

Task<Result<ProviderKeyItem>> ProviderKeyRoutes::replace(http::Call& call, ProviderKeyReplacement request) {
    LARES_CO_TRY(const auto doubt,
                 co_await verified_for(user_of(call), request.provider_key_id, request.key));
    LARES_CO_TRY(auto key, co_await async::unbroken(keys_.replace(user_of(call), request.provider_key_id,
                                                                  std::move(request.key))));
    co_return to_wire(std::move(key), doubt);
}

Task<Result<KeyUsage>> ProviderKeyRoutes::usage(http::Call& call, ProviderKeyPath path) {
    LARES_CO_TRY(const auto key, co_await keys_.get(user_of(call), path.provider_key_id));
    co_return usage_of(key);
}

Task<Result<ProviderKeyList>> ProviderKeyRoutes::pool(http::Call&) {
    LARES_CO_TRY(auto keys, co_await keys_.list(secrets::pool_owner));
    co_return to_wire(std::move(keys));
}

Task<Result<ProviderKeyItem>> ProviderKeyRoutes::add_to_pool(http::Call&, PoolKeyRequest request) {
    LARES_CO_TRY(auto audience, audience_of(request.audience));
    LARES_CO_TRY(const auto doubt, co_await verified(request.provider, request.key.value_or(SecretText()),
                                                     request.endpoint.value_or("")));
    LARES_CO_TRY(auto key, co_await async::unbroken(
                               keys_.add(secrets::pool_owner, {.provider = std::move(request.provider),
                                                               .name = std::move(request.name),
                                                               .key = request.key.value_or(SecretText()),
                                                               .endpoint = request.endpoint.value_or(""),
                                                               .audience = std::move(audience),
                                                               .weight = request.weight.value_or(1)})));
    co_return to_wire(std::move(key), doubt);
}

Task<Result<ProviderKeyItem>> ProviderKeyRoutes::change_in_pool(http::Call&, PoolKeyChangeRequest request) {
    LARES_CO_TRY(const auto id, pool_id(request.pool_key_id));
    secrets::ProviderKeyChange change{.name = std::move(request.name),
                                      .endpoint = std::move(request.endpoint),
                                      .key = std::move(request.key),
                                      .weight = request.weight,
                                      .enabled = request.enabled};
    if (request.audience) {
        LARES_CO_TRY(change.audience, audience_of(request.audience));
    }
    co_return co_await changed(secrets::pool_owner, id, std::move(change));
}

Task<Result<void>> ProviderKeyRoutes::remove_from_pool(http::Call&, PoolKeyPath path) {
    LARES_CO_TRY(const auto id, pool_id(path.pool_key_id));
    co_return co_await async::unbroken(keys_.remove(secrets::pool_owner, id));
}

Task<Result<ProviderKeyItem>> ProviderKeyRoutes::replace_in_pool(http::Call&, PoolKeyReplacement request) {
    LARES_CO_TRY(const auto id, pool_id(request.pool_key_id));
    LARES_CO_TRY(const auto doubt, co_await verified_for(secrets::pool_owner, id, request.key));
    LARES_CO_TRY(auto key,
                 co_await async::unbroken(keys_.replace(secrets::pool_owner, id, std::move(request.key))));
    co_return to_wire(std::move(key), doubt);
}

Task<Result<KeyUsage>> ProviderKeyRoutes::pool_usage(http::Call&, PoolKeyPath path) {
    LARES_CO_TRY(const auto id, pool_id(path.pool_key_id));
    LARES_CO_TRY(const auto key, co_await keys_.get(secrets::pool_owner, id));
    co_return usage_of(key);
}

}  // namespace lares::api
