#pragma once
// Encrypts what people entrust (provider keys). Owner and row stand inside the encrypted text, so that a
// token that is moved to another row or person is refused.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/fernet.h"

namespace lares::secrets {

class Vault {
public:
    // The keys of API_KEY_ENCRYPTION_KEY; none: the vault exists, but keeps nothing. Error: as
    // crypto::Fernet::make.
    static Result<Vault> open(const std::vector<SecretText>& keys);

    bool has_key() const { return fernet_.has_value(); }

    // Error: unavailable "no-encryption-key", with the command that makes one.
    Result<std::string> seal(OwnerId owner, Uuid row, const SecretText& plain, std::int64_t now_s) const;

    // Errors: as seal; unprocessable "invalid-fernet-token" (also for another owner's or row's token).
    Result<SecretText> unseal(OwnerId owner, Uuid row, const std::string& token) const;

    // Whether the first key made it: nothing to do for a rotation.
    bool is_current(const std::string& token) const {
        return first_ && first_->decrypt(token, 0).has_value();
    }

private:
    std::optional<crypto::Fernet> fernet_;
    std::optional<crypto::Fernet> first_;  // the first of its keys alone
};

}  // namespace lares::secrets
