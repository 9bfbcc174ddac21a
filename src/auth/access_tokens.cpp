#include "auth/access_tokens.h"

#include <boost/describe/enum_from_string.hpp>

namespace lares::auth {
namespace {

constexpr std::string_view type = "at+jwt";  // RFC 9068
constexpr std::string_view issuer = "lares";
constexpr std::string_view audience = "lares-api";

tl::unexpected<Error> invalid(std::string why) {
    Error error{Code::unauthorized,
                "token-invalid",
                "The sign-in is not valid. Sign in again.",
                {},
                std::move(why),
                {}};
    return fail(std::move(error));
}

tl::unexpected<Error> expired() {
    return fail(Code::unauthorized, "token-expired",
                "The access token has expired. Refresh it or sign in again.");
}

std::string text_of(const boost::json::object& claims, std::string_view name) {
    const auto* value = claims.if_contains(name);
    const auto* text = value ? value->if_string() : nullptr;
    return text ? std::string(text->data(), text->size()) : std::string();
}

}  // namespace

AccessTokens::AccessTokens(const SecretText& secret, async::Clock& clock, std::int64_t lifetime_s)
    : keys_{{crypto::jwt_key_id(secret), secret}}, clock_(clock), lifetime_s_(lifetime_s) {}

SecretText AccessTokens::issue(const Account& account, SessionId session) const {
    const std::int64_t now_s = clock_.unix_ms() / 1000;
    crypto::JwtClaims claims{
        std::string(issuer), std::string(audience), account.id.text(), now_s, now_s + lifetime_s_, {}};
    claims.extra = {{"sid", session.text()}, {"role", to_text(account.role)}, {"epoch", account.epoch}};
    return SecretText(crypto::encode_jwt(keys_[0], type, claims));
}

Result<Identity> AccessTokens::decode(std::string_view token) const {
    const crypto::JwtExpected expected{
        .type = type, .issuer = issuer, .audience = audience, .now_s = clock_.unix_ms() / 1000};
    auto claims = crypto::decode_jwt(token, keys_, expected);
    if (!claims) {
        if (claims.error().detail == "expired") return expired();
        return invalid(claims.error().detail);
    }
    const auto user = UserId::parse(claims->subject);
    const auto session = SessionId::parse(text_of(claims->extra, "sid"));
    const auto* epoch = claims->extra.if_contains("epoch");
    Identity identity;
    if (!user || !session || !epoch || !epoch->is_int64() ||
        !boost::describe::enum_from_string(text_of(claims->extra, "role").c_str(), identity.role))
        return invalid("claims of our own are missing");
    identity.user_id = *user;
    identity.session_id = *session;
    identity.epoch = epoch->get_int64();
    identity.expires_ms = claims->expires_at_s * 1000;
    return identity;
}

Result<Identity> AccessTokens::judge(std::string_view token) {
    if (token.size() > crypto::jwt_bytes_max) return invalid("too long");
    Shard& shard = shards_[std::hash<std::string_view>{}(token) % shard_count];
    {
        std::lock_guard lock(shard.mutex);
        if (const auto found = shard.by_token.find(token); found != shard.by_token.end()) {
            if (found->second->identity.expires_ms <= clock_.unix_ms()) return expired();
            shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
            return found->second->identity;
        }
    }
    LARES_TRY(const auto identity, decode(token));
    std::lock_guard lock(shard.mutex);
    if (shard.by_token.contains(token)) return identity;
    if (shard.entries.size() >= remembered_max / shard_count) {
        shard.by_token.erase(shard.entries.back().token);
        wipe(shard.entries.back().token);
        shard.entries.pop_back();
    }
    shard.entries.push_front({std::string(token), identity});
    shard.by_token.emplace(shard.entries.front().token, shard.entries.begin());
    return identity;
}

}  // namespace lares::auth
