#include "crypto/jwt.h"

#include "base/text.h"
#include "crypto/hash.h"
#include "json/parse.h"
#include "json/write.h"

namespace lares::crypto {
namespace {

namespace bj = boost::json;

constexpr json::Limits token_limits{.bytes = jwt_bytes_max, .depth = 4, .members = 32};
constexpr std::int64_t latest_s = 253'402'300'799;  // the year 9999

tl::unexpected<Error> refused(std::string why) {
    Error error{Code::unauthorized,
                "invalid-token",
                "The sign-in is not valid or has ended. Sign in again.",
                {},
                std::move(why),
                {}};
    return fail(std::move(error));
}

// nullptr when absent or not a string.
const bj::string* text_of(const bj::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value ? value->if_string() : nullptr;
}

bool equals(const bj::object& object, std::string_view name, std::string_view expected) {
    const auto* text = text_of(object, name);
    return text && std::string_view(text->data(), text->size()) == expected;
}

// Seconds since 1970, an integer; -1 when it is not one.
std::int64_t seconds_of(const bj::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (!value || !value->is_int64()) return -1;
    const std::int64_t seconds = value->get_int64();
    return seconds >= 0 && seconds <= latest_s ? seconds : -1;
}

Result<bj::object> parse_part(std::string_view part) {
    if (part.ends_with('=')) return refused("padding");
    const auto bytes = from_base64url(part);
    if (!bytes) return refused("not base64url");
    auto value = json::parse_value(*bytes, token_limits);
    if (!value) return refused(value.error().message);
    if (!value->is_object()) return refused("not an object");
    return std::move(value->get_object());
}

const JwtKey* find_key(std::span<const JwtKey> keys, std::string_view id) {
    for (const auto& key : keys)
        if (key.id == id) return &key;
    return nullptr;
}

}  // namespace

std::string jwt_key_id(const SecretText& key) {
    return to_base64url(sha256("lares jwt key id" + key.reveal()).substr(0, 6));
}

std::string encode_jwt(const JwtKey& key, std::string_view type, const JwtClaims& claims) {
    const bj::object header{{"alg", "HS256"}, {"typ", type}, {"kid", key.id}};
    bj::object payload{{"iss", claims.issuer},
                       {"aud", claims.audience},
                       {"sub", claims.subject},
                       {"iat", claims.issued_at_s},
                       {"exp", claims.expires_at_s}};
    for (const auto& [name, value] : claims.extra) payload.emplace(name, value);
    std::string out = to_base64url(json::write(bj::value(header)));
    out.append(1, '.').append(to_base64url(json::write(bj::value(std::move(payload)))));
    const std::string signature = hmac_sha256(key.key.reveal(), out);
    return out.append(1, '.').append(to_base64url(signature));
}

Result<std::string> verify_jws(std::string_view token, std::span<const JwtKey> keys, std::string_view type) {
    if (token.size() > jwt_bytes_max) return refused("too long");
    const auto first = token.find('.');
    const auto second = token.find('.', first == token.npos ? first : first + 1);
    if (second == token.npos || token.find('.', second + 1) != token.npos) return refused("not three parts");
    LARES_TRY(const auto header, parse_part(token.substr(0, first)));
    if (!equals(header, "alg", "HS256")) return refused("algorithm");
    if (!type.empty() && !equals(header, "typ", type)) return refused("type");
    for (std::string_view name : {"crit", "b64", "jku", "jwk", "x5u", "x5c", "zip"})
        if (header.contains(name)) return refused("header parameter");
    const auto* key_id = text_of(header, "kid");
    const JwtKey* key = key_id ? find_key(keys, {key_id->data(), key_id->size()}) : nullptr;
    if (!key) return refused("unknown key");
    const std::string_view encoded = token.substr(second + 1);
    const auto signature = encoded.ends_with('=') ? std::nullopt : from_base64url(encoded);
    if (!signature ||
        !constant_time_equal(*signature, hmac_sha256(key->key.reveal(), token.substr(0, second))))
        return refused("signature");
    const std::string_view payload = token.substr(first + 1, second - first - 1);
    auto bytes = payload.ends_with('=') ? std::nullopt : from_base64url(payload);
    if (!bytes) return refused("payload");
    return std::move(*bytes);
}

Result<JwtClaims> decode_jwt(std::string_view token, std::span<const JwtKey> keys,
                             const JwtExpected& expected) {
    LARES_TRY(const auto bytes, verify_jws(token, keys, expected.type));
    auto value = json::parse_value(bytes, token_limits);
    if (!value) return refused(value.error().message);
    if (!value->is_object()) return refused("claims are no object");
    bj::object& claims = value->get_object();
    if (!equals(claims, "iss", expected.issuer)) return refused("issuer");
    if (!equals(claims, "aud", expected.audience)) return refused("audience");
    const auto* subject = text_of(claims, "sub");
    if (!subject || subject->empty()) return refused("subject");
    JwtClaims out;
    out.issued_at_s = seconds_of(claims, "iat");
    out.expires_at_s = seconds_of(claims, "exp");
    if (out.issued_at_s < 0 || out.expires_at_s < 0) return refused("iat or exp");
    if (out.expires_at_s <= out.issued_at_s || out.expires_at_s <= expected.now_s) return refused("expired");
    if (out.issued_at_s > expected.now_s + expected.leeway_s) return refused("from the future");
    if (claims.contains("nbf")) {
        const std::int64_t not_before = seconds_of(claims, "nbf");
        if (not_before < 0 || not_before > expected.now_s + expected.leeway_s)
            return refused("not yet valid");
    }
    out.issuer = expected.issuer;
    out.audience = expected.audience;
    out.subject.assign(subject->data(), subject->size());
    for (std::string_view name : {"iss", "aud", "sub", "iat", "exp", "nbf"}) claims.erase(name);
    out.extra = std::move(claims);
    return out;
}

}  // namespace lares::crypto
