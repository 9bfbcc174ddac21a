#include "secrets/vault.h"

#include <gtest/gtest.h>

namespace lares::secrets {
namespace {

class VaultTest : public testing::Test {
protected:
    IdSource ids{1};
    OwnerId owner = ids.make<OwnerId>(1);
    OwnerId stranger = ids.make<OwnerId>(1);
    Uuid row = ids.next(1);
    Uuid other_row = ids.next(1);
    SecretText key{crypto::Fernet::generate_key()};
    Vault vault = Vault::open({key}).value();
};

TEST_F(VaultTest, GivesBackToItsOwnerAndRowOnly) {
    const auto token = vault.seal(owner, row, SecretText("sk-live-1"), 1'700'000'000);
    ASSERT_TRUE(token);
    EXPECT_EQ(token->find("sk-live"), std::string::npos);
    EXPECT_EQ(vault.unseal(owner, row, *token)->reveal(), "sk-live-1");
    for (const auto& result : {vault.unseal(stranger, row, *token), vault.unseal(owner, other_row, *token),
                               vault.unseal(owner, row, *token + "A"), vault.unseal(owner, row, "")}) {
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().type, "invalid-fernet-token");
    }
    EXPECT_NE(*vault.seal(owner, row, SecretText("sk-live-1"), 1'700'000'000), *token);
}

TEST_F(VaultTest, KeysCanBeReplaced) {
    const auto token = vault.seal(owner, row, SecretText("x"), 1);
    const Vault both = Vault::open({SecretText(crypto::Fernet::generate_key()), key}).value();
    EXPECT_EQ(both.unseal(owner, row, *token)->reveal(), "x");
    EXPECT_FALSE(vault.unseal(owner, row, *both.seal(owner, row, SecretText("x"), 1)));
}

TEST_F(VaultTest, WithoutAKeyItSaysHowToMakeOne) {
    const Vault empty = Vault::open({}).value();
    EXPECT_FALSE(empty.has_key());
    const auto refused = empty.seal(owner, row, SecretText("x"), 1);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().type, "no-encryption-key");
    EXPECT_NE(refused.error().message.find("openssl rand"), std::string::npos);
    EXPECT_FALSE(Vault::open({SecretText("weak")}));
}

}  // namespace
}  // namespace lares::secrets
