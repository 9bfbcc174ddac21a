#pragma once
// Fernet (github.com/fernet/spec, version 0x80): AES-128-CBC and HMAC-SHA256 in one token, for what is stored
// encrypted. Several keys: the first encrypts, all decrypt, so that a key can be replaced without a moment of
// loss.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace lares::crypto {

class Fernet {
public:
    // Each key is 32 bytes as base64url (44 characters with padding); at least one. Error: bad_request
    // "invalid-fernet-key", with the index of the key and never its text.
    static Result<Fernet> make(const std::vector<SecretText>& keys);
    static std::string generate_key();

    std::string encrypt(std::string_view plain, std::int64_t now_s) const;

    // Error: unprocessable "invalid-fernet-token", the same for every cause. ttl_s: a token older than that,
    // or more than 60 s from the future, is refused; without it age does not count.
    Result<std::string> decrypt(std::string_view token, std::int64_t now_s,
                                std::optional<std::int64_t> ttl_s = std::nullopt) const;

    // The vectors of the specification fix the IV.
    std::string encrypt_with_iv(std::string_view plain, std::int64_t now_s, std::string_view iv) const;

private:
    struct Key {
        SecretText signing;
        SecretText encryption;
    };
    std::vector<Key> keys_;
};

}  // namespace lares::crypto
