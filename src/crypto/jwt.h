#pragma once
// JSON Web Tokens, HS256 only (RFC 7515, 7519, 8725): the algorithm is pinned, the key is chosen by `kid` out
// of our own list, and every claim that we write is demanded back.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "base/result.h"
#include "base/secret.h"

namespace lares::crypto {

inline constexpr std::size_t jwt_bytes_max = 4096;

struct JwtKey {
    std::string id;  // the `kid` header
    SecretText key;
};

// Short and not secret: the first characters of a hash of the key.
std::string jwt_key_id(const SecretText& key);

struct JwtClaims {
    std::string issuer;
    std::string audience;
    std::string subject;
    std::int64_t issued_at_s = 0;
    std::int64_t expires_at_s = 0;
    boost::json::object extra;  // all other claims
};

struct JwtExpected {
    std::string_view type;  // the `typ` header: "at+jwt" for an access token
    std::string_view issuer;
    std::string_view audience;
    std::int64_t now_s = 0;
    std::int64_t leeway_s = 5;  // for clocks of several machines, at iat and nbf; none at exp
};

std::string encode_jwt(const JwtKey& key, std::string_view type, const JwtClaims& claims);

// Error: unauthorized "invalid-token", the same for every cause; the cause is in `detail`.
Result<JwtClaims> decode_jwt(std::string_view token, std::span<const JwtKey> keys,
                             const JwtExpected& expected);

// The signature alone: the header of a compact JWS checked (alg HS256, kid known, `typ` when not empty), the
// payload's bytes given back.
Result<std::string> verify_jws(std::string_view token, std::span<const JwtKey> keys, std::string_view type);

}  // namespace lares::crypto
