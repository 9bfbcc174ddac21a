#include "crypto/fernet.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "crypto/hash.h"

namespace lares::crypto {
namespace {

// generate.json and verify.json of the specification.
constexpr const char* spec_key = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
constexpr const char* spec_token =
    "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";
constexpr std::int64_t spec_time_s = 499'162'800;  // 1985-10-26T01:20:00-07:00

Fernet spec() {
    return *Fernet::make({SecretText(spec_key)});
}

std::string iv() {
    std::string out;
    for (char c = 0; c < 16; ++c) out += c;
    return out;
}

TEST(Fernet, SpecificationVectors) {
    EXPECT_EQ(spec().encrypt_with_iv("hello", spec_time_s, iv()), spec_token);
    EXPECT_EQ(spec().decrypt(spec_token, spec_time_s + 1, 60).value(), "hello");
}

// The cases of invalid.json, made here: each but the first three carries a right signature.
TEST(Fernet, RefusesInvalidTokens) {
    const std::string key = *from_base64url(spec_key);
    const auto signed_token = [&](std::string body) {
        body += hmac_sha256(key.substr(0, 16), body);
        std::string out = to_base64url(body);
        out.append((4 - out.size() % 4) % 4, '=');
        return out;
    };
    const std::string raw = *from_base64url(spec_token);
    const std::string body = raw.substr(0, raw.size() - 32);
    EXPECT_EQ(signed_token(body), spec_token);

    std::vector<std::string> bad;
    std::string changed = spec_token;
    changed[90] = changed[90] == 'A' ? 'B' : 'A';
    bad.push_back(changed);                                        // wrong mac
    bad.push_back(to_base64url(raw.substr(0, 40)) + "==");         // too short
    bad.push_back("%%%%" + std::string(spec_token).substr(4));     // no base64
    bad.push_back(std::string(spec_token).substr(0, 98));          // padding missing
    bad.push_back(signed_token(body.substr(0, body.size() - 1)));  // no multiple of the block
    bad.push_back(signed_token(body.substr(0, 25)));               // no block at all
    std::string other = body;
    other[0] = '\x81';
    bad.push_back(signed_token(other));  // version
    other = body;
    other[24] ^= 1;
    bad.push_back(signed_token(other));  // IV: wrong padding
    other = body;
    other.back() ^= 1;
    bad.push_back(signed_token(other));  // ciphertext: wrong padding
    bad.push_back("");
    bad.push_back(std::string(spec_token) + "====");
    for (const auto& token : bad) {
        auto result = spec().decrypt(token, spec_time_s + 1, 60);
        ASSERT_FALSE(result) << token;
        EXPECT_EQ(result.error().type, "invalid-fernet-token");
    }
}

TEST(Fernet, AgeAndClockSkew) {
    EXPECT_TRUE(spec().decrypt(spec_token, spec_time_s + 60, 60));
    EXPECT_FALSE(spec().decrypt(spec_token, spec_time_s + 61, 60));
    EXPECT_TRUE(spec().decrypt(spec_token, spec_time_s - 60, 60));
    EXPECT_FALSE(spec().decrypt(spec_token, spec_time_s - 61, 60));
    EXPECT_TRUE(spec().decrypt(spec_token, spec_time_s + 1'000'000'000));
}

TEST(Fernet, TheFirstKeyEncryptsAllDecrypt) {
    const SecretText fresh(Fernet::generate_key());
    const auto both = Fernet::make({fresh, SecretText(spec_key)});
    ASSERT_TRUE(both);
    EXPECT_EQ(both->decrypt(spec_token, 0).value(), "hello");
    const std::string token = both->encrypt("secret", 5);
    EXPECT_FALSE(spec().decrypt(token, 5));
    EXPECT_EQ(Fernet::make({fresh})->decrypt(token, 5).value(), "secret");
    for (std::size_t size : {0, 1, 15, 16, 17, 1000})
        EXPECT_EQ(both->decrypt(both->encrypt(std::string(size, 'x'), 1), 1).value(), std::string(size, 'x'));
}

TEST(Fernet, KeysMustBeKeys) {
    EXPECT_FALSE(Fernet::make({}));
    for (const char* key : {"", "abc", "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e",
                            "not base64 at all, and too long for it!!"}) {
        auto result = Fernet::make({SecretText(key)});
        ASSERT_FALSE(result);
        if (*key)
            EXPECT_EQ(result.error().message.find(key), std::string::npos) << "the key must not be shown";
    }
    EXPECT_EQ(Fernet::generate_key().size(), 44u);
}

}  // namespace
}  // namespace lares::crypto
