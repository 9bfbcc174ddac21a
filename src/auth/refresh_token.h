#pragma once
// Refresh tokens are computed, not stored: session id, generation and a MAC over both with a key that needs
// the server's secret and the session's own random seed. So every generation that ever was can be told from a
// forgery (reuse is detected however old the token is), and a lost answer can be given again.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "auth/model.h"

namespace lares::auth {

struct RefreshToken {
    SessionId session_id;
    std::int64_t generation = 0;
    std::string mac;
};

SecretText make_refresh_token(const SecretText& server_secret, std::string_view seed, SessionId session,
                              std::int64_t generation);

// Its form only.
std::optional<RefreshToken> parse_refresh_token(std::string_view text);

bool is_genuine(const RefreshToken& token, const SecretText& server_secret, std::string_view seed);

}  // namespace lares::auth
