#pragma once
// Access keys of programs: made, shown once, changed, rotated, revoked. Only who signed in may; no key makes
// keys.
#include "api/keys/model.h"
#include "auth/access_keys.h"
#include "http/route.h"

namespace lares::api {

class KeyRoutes {
public:
    explicit KeyRoutes(auth::AccessKeys& keys) : keys_(keys) {}
    void add_to(http::Routes& routes);

    Task<Result<AccessKeyShown>> create(http::Call& call, AccessKeyRequest request);
    Task<Result<AccessKeyList>> list(http::Call& call);
    Task<Result<AccessKeyItem>> get(http::Call& call, AccessKeyPath path);
    Task<Result<AccessKeyItem>> change(http::Call& call, AccessKeyChangeRequest request);
    Task<Result<void>> remove(http::Call& call, AccessKeyPath path);
    Task<Result<AccessKeyShown>> rotate(http::Call& call, AccessKeyRotation request);

    Task<Result<AccessKeyList>> list_of(http::Call& call, AccessKeysOfPath path);
    Task<Result<AccessKeyItem>> set_tier(http::Call& call, AccessKeyTierRequest request);

private:
    auth::AccessKeys& keys_;
};

}  // namespace lares::api
