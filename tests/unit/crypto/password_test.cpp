#include "crypto/password.h"

#include <gtest/gtest.h>

namespace lares::crypto {
namespace {

TEST(Password, Argon2idRoundTrip) {
    const SecretText password("correct horse battery");
    const auto hash = hash_password(password);
    ASSERT_TRUE(hash);
    EXPECT_TRUE(hash->starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << *hash;
    EXPECT_TRUE(verify_password(password, *hash));
    EXPECT_FALSE(verify_password(SecretText("correct horse batterx"), *hash));
    EXPECT_FALSE(verify_password(SecretText(""), *hash));
    EXPECT_NE(*hash, *hash_password(password)) << "the salt must differ";
}

// Of the reference implementation's test suite (argon2id, version 19, t=2, m=256 KiB, p=1).
TEST(Password, Argon2idReferenceVector) {
    EXPECT_TRUE(verify_password(
        SecretText("password"),
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"));
    EXPECT_FALSE(verify_password(
        SecretText("Password"),
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"));
}

// Of OpenBSD's and John the Ripper's bcrypt tests.
TEST(Password, BcryptVectors) {
    EXPECT_TRUE(
        verify_password(SecretText("U*U"), "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"));
    EXPECT_TRUE(
        verify_password(SecretText("U*U*"), "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"));
    EXPECT_FALSE(
        verify_password(SecretText("U*V"), "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"));
    EXPECT_FALSE(verify_password(SecretText(std::string("U*U\0x", 5)),
                                 "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"));
}

TEST(Password, UnknownFormsNeverMatch) {
    for (const char* hash :
         {"", "x", "password", "$1$salt$qJH7.N4xYta3aEG/dfqo/0", "$argon2id$",
          "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
          "$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
          "$2b$10$short"})
        EXPECT_FALSE(verify_password(SecretText("password"), hash)) << hash;
}

TEST(Password, WeakHashesAreToBeMadeAgain) {
    EXPECT_FALSE(needs_rehash(*hash_password(SecretText("x")), {}));
    EXPECT_TRUE(needs_rehash(*hash_password(SecretText("x")), {64 * 1024, 3, 1}));
    EXPECT_TRUE(needs_rehash("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", {}));
}

}  // namespace
}  // namespace lares::crypto
