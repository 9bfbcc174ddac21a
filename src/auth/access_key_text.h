#pragma once
// The text of an access key: "lares_", 43 characters of base 62 (256 random bits), 6 more that are the CRC-32
// of those. A mistyped or cut key is told apart without asking the database, and scanners of public code know
// it.
#include <string>
#include <string_view>

#include "base/secret.h"

namespace lares::auth {

inline constexpr std::string_view access_key_prefix = "lares_";
inline constexpr std::size_t access_key_size = 6 + 43 + 6;
inline constexpr std::size_t access_key_shown = 6 + 6;  // of it, in lists

SecretText make_access_key();
bool is_access_key(std::string_view text);  // by its form alone

// What is stored and looked up: HMAC-SHA-256 with a key made of the server's secret.
std::string access_key_mac(const SecretText& mac_key, std::string_view text);
SecretText access_key_mac_key(const SecretText& server_secret);

}  // namespace lares::auth
