#include "secrets/vault.h"

namespace lares::secrets {
namespace {

// "1", then owner and row in their 26 characters.
std::string binding(OwnerId owner, Uuid row) {
    return "1" + owner.text() + row.text();
}

tl::unexpected<Error> no_key() {
    return fail(Code::unavailable, "no-encryption-key",
                "This server cannot keep keys yet: its operator must set API_KEY_ENCRYPTION_KEY "
                "(openssl rand -base64 32 | tr '+/' '-_').");
}

}  // namespace

Result<Vault> Vault::open(const std::vector<SecretText>& keys) {
    Vault out;
    if (keys.empty()) return out;
    LARES_TRY(out.fernet_, crypto::Fernet::make(keys));
    LARES_TRY(out.first_, crypto::Fernet::make({keys.front()}));
    return out;
}

Result<std::string> Vault::seal(OwnerId owner, Uuid row, const SecretText& plain, std::int64_t now_s) const {
    if (!fernet_) return no_key();
    std::string text = binding(owner, row) + plain.reveal();
    std::string token = fernet_->encrypt(text, now_s);
    wipe(text);
    return token;
}

Result<SecretText> Vault::unseal(OwnerId owner, Uuid row, const std::string& token) const {
    if (!fernet_) return no_key();
    LARES_TRY(auto text, fernet_->decrypt(token, 0));
    const std::string bound = binding(owner, row);
    if (!text.starts_with(bound)) {
        wipe(text);
        return fail(Code::unprocessable, "invalid-fernet-token",
                    "The stored value cannot be decrypted with the keys that are set.");
    }
    SecretText plain(text.substr(bound.size()));
    wipe(text);
    return plain;
}

}  // namespace lares::secrets
