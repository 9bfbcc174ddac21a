#pragma once
// Keys for other servers: one's own, and for admins those of the pool.
#include <functional>
#include <string>

#include "api/provider_keys/model.h"
#include "base/secret.h"
#include "http/route.h"

namespace lares::api {

class ProviderKeyRoutes {
public:
    // Asks a provider whether it takes a key (VERIFY_API_KEYS); none: only its form is looked at. Gives why
    // the provider would not say, or nothing.
    using Verify =
        std::function<Task<Result<std::string>>(std::string provider, SecretText key, std::string endpoint)>;
    explicit ProviderKeyRoutes(secrets::ProviderKeys& keys, Verify verify = {})
        : keys_(keys), verify_(std::move(verify)) {}
    void add_to(http::Routes& routes);

    Result<SupportedProviders> providers(http::Call& call);
    Task<Result<KeyCheck>> validate(http::Call& call, KeyCheckRequest request);

    Task<Result<ProviderKeyList>> list(http::Call& call);
    Task<Result<ProviderKeyItem>> add(http::Call& call, ProviderKeyRequest request);
    Task<Result<ProviderKeyItem>> get(http::Call& call, ProviderKeyPath path);
    Task<Result<ProviderKeyItem>> change(http::Call& call, ProviderKeyChangeRequest request);
    Task<Result<void>> remove(http::Call& call, ProviderKeyPath path);
    Task<Result<ProviderKeyItem>> replace(http::Call& call, ProviderKeyReplacement request);
    Task<Result<KeyUsage>> usage(http::Call& call, ProviderKeyPath path);

    Task<Result<ProviderKeyList>> pool(http::Call& call);
    Task<Result<ProviderKeyItem>> add_to_pool(http::Call& call, PoolKeyRequest request);
    Task<Result<ProviderKeyItem>> change_in_pool(http::Call& call, PoolKeyChangeRequest request);
    Task<Result<void>> remove_from_pool(http::Call& call, PoolKeyPath path);
    Task<Result<ProviderKeyItem>> replace_in_pool(http::Call& call, PoolKeyReplacement request);
    Task<Result<KeyUsage>> pool_usage(http::Call& call, PoolKeyPath path);

private:
    Task<Result<std::string>> verified(std::string provider, SecretText key, std::string endpoint);
    // endpoint: where it moves; absent: where it is.
    Task<Result<std::string>> verified_for(OwnerId owner, secrets::ProviderKeyId id, SecretText key,
                                           std::optional<std::string> endpoint = {});
    Task<Result<ProviderKeyItem>> changed(OwnerId owner, secrets::ProviderKeyId id,
                                          secrets::ProviderKeyChange change);
    secrets::ProviderKeys& keys_;
    Verify verify_;
};

}  // namespace lares::api
