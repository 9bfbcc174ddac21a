#include "auth/refresh_token.h"

#include <algorithm>

#include "base/text.h"
#include "crypto/hash.h"

namespace lares::auth {
namespace {

constexpr std::string_view prefix = "lr1.";
constexpr std::size_t id_bytes = 16;
constexpr std::size_t generation_bytes = 8;
constexpr std::size_t mac_bytes = 32;

std::string body_of(SessionId session, std::int64_t generation) {
    std::string out(session.value.bytes.begin(), session.value.bytes.end());
    for (int shift = 56; shift >= 0; shift -= 8)
        out += static_cast<char>(static_cast<std::uint64_t>(generation) >> shift & 0xff);
    return out;
}

std::string mac_of(const SecretText& server_secret, std::string_view seed, std::string_view body) {
    std::string key =
        crypto::hmac_sha256(server_secret.reveal(), "lares refresh token 1" + std::string(seed));
    std::string mac = crypto::hmac_sha256(key, body);
    wipe(key);
    return mac;
}

}  // namespace

SecretText make_refresh_token(const SecretText& server_secret, std::string_view seed, SessionId session,
                              std::int64_t generation) {
    const std::string body = body_of(session, generation);
    return SecretText(std::string(prefix) + to_base64url(body + mac_of(server_secret, seed, body)));
}

std::optional<RefreshToken> parse_refresh_token(std::string_view text) {
    if (text.size() > 200 || !text.starts_with(prefix) || text.ends_with('=')) return std::nullopt;
    const auto raw = from_base64url(text.substr(prefix.size()));
    if (!raw || raw->size() != id_bytes + generation_bytes + mac_bytes) return std::nullopt;
    RefreshToken token;
    std::copy_n(raw->begin(), id_bytes, token.session_id.value.bytes.begin());
    std::uint64_t generation = 0;
    for (std::size_t i = 0; i < generation_bytes; ++i)
        generation = generation << 8 | static_cast<unsigned char>((*raw)[id_bytes + i]);
    token.generation = static_cast<std::int64_t>(generation);
    token.mac = raw->substr(id_bytes + generation_bytes);
    return token;
}

bool is_genuine(const RefreshToken& token, const SecretText& server_secret, std::string_view seed) {
    return crypto::constant_time_equal(
        token.mac, mac_of(server_secret, seed, body_of(token.session_id, token.generation)));
}

}  // namespace lares::auth
