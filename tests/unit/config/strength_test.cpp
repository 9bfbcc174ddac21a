#include "config/strength.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "crypto/fernet.h"
#include "crypto/random.h"

namespace lares::config {
namespace {

TEST(Strength, RandomSecretsAreGood) {
    for (int i = 0; i < 500; ++i) {
        EXPECT_EQ(check_jwt_secret(to_hex(crypto::random_bytes(32))), "");
        EXPECT_EQ(check_jwt_secret(crypto::random_token(32)), "");
        EXPECT_EQ(check_jwt_secret(to_base64(crypto::random_bytes(48))), "");
        EXPECT_EQ(check_fernet_key(crypto::Fernet::generate_key()), "");
    }
}

TEST(Strength, GuessableSecretsAreRefused) {
    for (const std::string& secret :
         {std::string(), std::string("secret"), std::string(64, 'a'), std::string(64, '0'),
          std::string(1000, 'x'), to_hex(crypto::random_bytes(31)), to_hex(crypto::random_bytes(16)),
          crypto::random_token(20),
          std::string("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
          std::string("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
          std::string("deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeef"),
          std::string("your-256-bit-secret-goes-in-here-and-is-long"),
          std::string("change-me-0a9f8e7d6c5b4a39281706f5e4d3c2b1"),
          std::string("passwordpasswordpasswordpassword")})
        EXPECT_NE(check_jwt_secret(secret), "") << secret;
}

TEST(Strength, GuessableKeysAreRefused) {
    for (const std::string& key : {std::string(), std::string("key"), std::string(43, 'A') + "=",
                                   to_base64url(std::string(32, 'k')) + "=", to_hex(crypto::random_bytes(32)),
                                   to_base64url(std::string("abcdefghijklmnopqrstuvwxyzabcdef")) + "="})
        EXPECT_NE(check_fernet_key(key), "") << key;
}

}  // namespace
}  // namespace lares::config
