#include "secrets/provider_keys.h"

#include <map>
#include <set>

#include <gtest/gtest.h>

#include "crypto/fernet.h"
#include "secrets/formats.h"
#include "secrets/migrations.h"
#include "secrets/store.h"
#include "support/virtual_loop.h"

namespace lares::secrets {
namespace {

const std::string openai_key = "sk-proj-0123456789abcdefWXYZ";

class ProviderKeysTest : public testing::Test {
protected:
    ProviderKeysTest() { open({SecretText(first_key)}); }

    void open(const std::vector<SecretText>& vault_keys, ProviderKeys::Options options = {}) {
        if (!database) {
            auto opened = db::Database::open({.file = ":memory:",
                                              .migrations = {{"secrets", migrations}},
                                              .inline_mode = true,
                                              .vfs = {}});
            database = std::move(*opened);
        }
        keys = std::make_unique<ProviderKeys>(*database, *Vault::open(vault_keys), loop.clock, ids,
                                              std::move(options));
    }

    ProviderKey add(OwnerId owner, const std::string& key = openai_key, NewProviderKey wanted = {}) {
        if (wanted.provider.empty()) wanted.provider = "openai";
        if (wanted.name.empty()) wanted.name = "a key";
        wanted.key = SecretText(key);
        auto added = loop.wait(keys->add(owner, std::move(wanted)));
        EXPECT_TRUE(added) << added.error().message;
        return *added;
    }
    Asker asker(UserId user) { return {user, "user", "", {}}; }
    // The texts in the order in which they would be tried; the error's type when there is none.
    std::vector<std::string> tried(const Asker& who, const std::string& stick = "",
                                   const std::string& provider = "openai") {
        const auto found = loop.wait(keys->resolve(who, provider, stick));
        if (!found) return {found.error().type};
        std::vector<std::string> out;
        for (const auto& credential : *found)
            out.push_back(credential.key.reveal() + "@" + credential.endpoint);
        return out;
    }
    using Texts = std::vector<std::string>;

    test::VirtualLoop loop;
    IdSource ids{5};
    UserId ann = ids.make<UserId>(1), bob = ids.make<UserId>(1);
    std::string first_key = crypto::Fernet::generate_key(), second_key = crypto::Fernet::generate_key();
    std::unique_ptr<db::Database> database;
    std::unique_ptr<ProviderKeys> keys;
};

TEST_F(ProviderKeysTest, OnesOwnThenThePoolThenTheEnvironment) {
    ProviderKeys::Options options;
    options.environment["openai"] = {SecretText("sk-environment-000000000"), ""};
    open({SecretText(first_key)}, std::move(options));
    EXPECT_EQ(tried(asker(ann)), Texts{"sk-environment-000000000@"});
    add(pool_owner, "sk-pool-00000000000000000");
    add(ann, "sk-ann-000000000000000000");
    EXPECT_EQ(tried(asker(ann)), (Texts{"sk-ann-000000000000000000@", "sk-pool-00000000000000000@",
                                        "sk-environment-000000000@"}));
    EXPECT_EQ(tried(asker(bob)), (Texts{"sk-pool-00000000000000000@", "sk-environment-000000000@"}))
        << "never ann's";
    EXPECT_EQ(tried(asker(ann), "", "anthropic"), Texts{"no-provider-key"});
}

// KY5: whatever a person sets as an endpoint sees keys of that person alone.
TEST_F(ProviderKeysTest, AnEndpointThatAPersonSetSeesOnlyTheirKeys) {
    ProviderKeys::Options options;
    options.environment["compatible"] = {SecretText("environment-key"), "https://operator.example/v1"};
    open({SecretText(first_key)}, std::move(options));
    add(pool_owner, "pool-key",
        {.provider = "compatible",
         .name = "pool",
         .key = {},
         .endpoint = "https://pool.example",
         .audience = {}});
    add(ann, "ann-key",
        {.provider = "compatible",
         .name = "mine",
         .key = {},
         .endpoint = "https://evil.example",
         .audience = {}});
    add(ann, "",
        {.provider = "compatible",
         .name = "no key",
         .key = {},
         .endpoint = "https://evil2.example",
         .audience = {}});
    const auto found = loop.wait(keys->resolve(asker(ann), "compatible", "")).value();
    std::map<std::string, std::string> sent;  // endpoint: key
    for (const auto& credential : found) sent[credential.endpoint] = credential.key.reveal();
    EXPECT_EQ(sent, (std::map<std::string, std::string>{{"https://evil.example", "ann-key"},
                                                        {"https://evil2.example", ""}}));
    EXPECT_EQ(tried(asker(bob), "", "compatible"),
              (Texts{"pool-key@https://pool.example", "environment-key@https://operator.example/v1"}));
}

// A private server that rests after failures must not let the question go to a public one meanwhile.
TEST_F(ProviderKeysTest, WhileOnesOwnServerRestsNobodyElseIsAsked) {
    ProviderKeys::Options options;
    options.environment["openai"] = {SecretText("sk-environment-000000000"), ""};
    open({SecretText(first_key)}, std::move(options));
    add(pool_owner, "sk-pool-00000000000000000");
    add(ann, "ann-key",
        {.provider = "openai",
         .name = "mine",
         .key = {},
         .endpoint = "https://private.example",
         .audience = {}});
    const auto own = loop.wait(keys->resolve(asker(ann), "openai", "")).value();
    ASSERT_EQ(own.size(), 1u);
    EXPECT_TRUE(own.front().alone);
    keys->report(own.front(), {.status = 0, .retry_after_ms = {}});
    const auto rests = loop.wait(keys->resolve(asker(ann), "openai", ""));
    ASSERT_FALSE(rests);
    EXPECT_EQ(rests.error().type, own_server_rests);
    EXPECT_GT(rests.error().retry_after_ms.value_or(0), 0);
    EXPECT_EQ(tried(asker(bob)).size(), 2u) << "others are answered as before";
}

TEST_F(ProviderKeysTest, APoolKeyIsForItsAudience) {
    const Uuid space = ids.next(1);
    add(pool_owner, "sk-for-creators-000000000",
        {.provider = {}, .name = {}, .key = {}, .endpoint = {}, .audience = {{"creator"}, {}, {}, {}}});
    add(pool_owner, "sk-for-gold-0000000000000",
        {.provider = {}, .name = {}, .key = {}, .endpoint = {}, .audience = {{}, {"gold"}, {}, {}}});
    add(pool_owner, "sk-for-bob-00000000000000",
        {.provider = {}, .name = {}, .key = {}, .endpoint = {}, .audience = {{}, {}, {bob}, {}}});
    add(pool_owner, "sk-for-space-000000000000",
        {.provider = {}, .name = {}, .key = {}, .endpoint = {}, .audience = {{}, {}, {}, {space}}});
    EXPECT_EQ(tried({ann, "user", "", {}}), Texts{"no-provider-key"});
    EXPECT_EQ(tried({ann, "creator", "", {}}), Texts{"sk-for-creators-000000000@"});
    EXPECT_EQ(tried({ann, "user", "gold", {}}), Texts{"sk-for-gold-0000000000000@"});
    EXPECT_EQ(tried({bob, "user", "", {}}), Texts{"sk-for-bob-00000000000000@"});
    EXPECT_EQ(tried({ann, "user", "", space}), Texts{"sk-for-space-000000000000@"});
}

TEST_F(ProviderKeysTest, AKeyThatFailsRestsAndComesBack) {
    add(pool_owner, "sk-one-000000000000000000");
    add(pool_owner, "sk-two-000000000000000000");
    auto first = loop.wait(keys->resolve(asker(ann), "openai", "")).value().front();
    keys->report(first, {.status = 429, .retry_after_ms = 5'000});
    const auto others = tried(asker(ann));
    ASSERT_EQ(others.size(), 1u);
    EXPECT_NE(others.front(), first.key.reveal() + "@");
    auto second = loop.wait(keys->resolve(asker(ann), "openai", "")).value().front();
    keys->report(second, {.status = 500, .retry_after_ms = {}});
    const auto none = loop.wait(keys->resolve(asker(ann), "openai", ""));
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().type, "provider-keys-benched");
    EXPECT_GT(*none.error().retry_after_ms, 0);
    EXPECT_LE(*none.error().retry_after_ms, ProviderKeys::bench_first_ms + 1);
    loop.run_for(ProviderKeys::bench_first_ms + 1);
    EXPECT_EQ(tried(asker(ann)).size(), 1u);
    loop.run_for(5'000);
    EXPECT_EQ(tried(asker(ann)).size(), 2u);
    // Each failure in a row doubles the rest; a success ends it.
    for (int i = 0; i < 2; ++i) {
        keys->report(first, {.status = 503, .retry_after_ms = {}});
        loop.run_for(loop.wait(keys->get(pool_owner, *first.id))->benched_ms + 1);
    }
    keys->report(first, {.status = 503, .retry_after_ms = {}});
    EXPECT_GT(loop.wait(keys->get(pool_owner, *first.id))->benched_ms, ProviderKeys::bench_first_ms * 3);
    const auto rests_ms = loop.wait(keys->get(pool_owner, *first.id))->benched_ms;
    for (int i = 0; i < 30; ++i) keys->report(first, {.status = 503, .retry_after_ms = {}});
    EXPECT_LE(loop.wait(keys->get(pool_owner, *first.id))->benched_ms, rests_ms)
        << "calls that were under way when it failed are one failure";
    keys->report(first, {});
    EXPECT_EQ(loop.wait(keys->get(pool_owner, *first.id))->benched_ms, 0);
}

TEST_F(ProviderKeysTest, APoolSharesTheLoadByWeightAndKeepsAConversation) {
    add(pool_owner, "sk-light-0000000000000000");
    add(pool_owner, "sk-heavy-0000000000000000",
        {.provider = {}, .name = {}, .key = {}, .endpoint = {}, .audience = {}, .weight = 3});
    std::map<std::string, int> first;
    for (int i = 0; i < 400; ++i) ++first[tried(asker(ann)).front()];
    EXPECT_NEAR(first["sk-heavy-0000000000000000@"], 300, 4);
    std::map<std::string, int> stuck;
    for (int chat = 0; chat < 200; ++chat) {
        std::set<std::string> of_one;
        for (int i = 0; i < 5; ++i) of_one.insert(tried(asker(ann), "chat " + std::to_string(chat)).front());
        EXPECT_EQ(of_one.size(), 1u);
        ++stuck[*of_one.begin()];
    }
    EXPECT_GT(stuck["sk-heavy-0000000000000000@"], 115);
    EXPECT_GT(stuck["sk-light-0000000000000000@"], 20);
}

// KY3: Fernet binds a token to nothing, so owner and row stand inside it.
TEST_F(ProviderKeysTest, ATokenThatIsMovedToAnotherRowOrPersonIsRefused) {
    add(ann, "sk-ann-000000000000000000");
    add(bob, "sk-bob-000000000000000000");
    ASSERT_TRUE(database->write_blocking([&](db::Tx& tx) -> Result<void> {
        LARES_TRY(const auto rows, sealed_after(tx, {}, 2));
        LARES_CHECK(reseal(tx, rows[0], rows[1].token));
        return reseal(tx, rows[1], rows[0].token);
    }));
    loop.run_for(ProviderKeys::fresh_ms);
    EXPECT_EQ(tried(asker(ann)), Texts{"no-provider-key"});
    EXPECT_EQ(tried(asker(bob)), Texts{"no-provider-key"});
}

TEST_F(ProviderKeysTest, NothingOfAKeyIsInTheDatabaseOrShown) {
    const auto added = add(ann);
    EXPECT_EQ(added.mask, "sk-…WXYZ");
    const auto row =
        database->read_blocking([&](db::Reader& reader) { return find_key(reader, ann, added.id); });
    EXPECT_EQ((*row)->token.find("0123456789"), std::string::npos);
    EXPECT_FALSE(loop.wait(keys->get(bob, added.id)));
    EXPECT_FALSE(loop.wait(keys->remove(bob, added.id)));
    EXPECT_FALSE(loop.wait(keys->replace(bob, added.id, SecretText("sk-stolen-00000000000000000"))));
}

TEST_F(ProviderKeysTest, WithoutAnEncryptionKeyNothingIsKept) {
    open({});
    const auto refused = loop.wait(keys->add(
        ann,
        {.provider = "openai", .name = "k", .key = SecretText(openai_key), .endpoint = {}, .audience = {}}));
    EXPECT_EQ(refused.error().type, "no-encryption-key");
}

TEST_F(ProviderKeysTest, AReplacedKeyIsTheOneThatIsTaken) {
    const auto added = add(ann);
    EXPECT_EQ(tried(asker(ann)), Texts{openai_key + "@"});
    EXPECT_EQ(loop.wait(keys->replace(ann, added.id, SecretText("short"))).error().type, "key-format");
    ASSERT_TRUE(loop.wait(keys->replace(ann, added.id, SecretText("sk-new-000000000000000000"))));
    EXPECT_EQ(tried(asker(ann)), Texts{"sk-new-000000000000000000@"});
    ASSERT_TRUE(
        loop.wait(keys->change(ann, added.id, {.name = {}, .audience = {}, .weight = {}, .enabled = false})));
    EXPECT_EQ(tried(asker(ann)), Texts{"no-provider-key"});
}

// Who has somebody's session for a moment could have the key sent to a server of theirs.
TEST_F(ProviderKeysTest, AKeyMovesToAnotherServerOnlyWithItsTextGivenAgain) {
    const auto key = add(ann, openai_key, {.endpoint = "https://one.example/v1"});
    const auto moved = [&](std::string endpoint, std::optional<SecretText> text = {}) {
        return loop.wait(
            keys->change(ann, key.id, {.endpoint = std::move(endpoint), .key = std::move(text)}));
    };
    for (const auto* other : {"https://two.example/v1", "http://one.example/v1", "https://one.example:1/v1",
                              "https://one.example.two/v1", ""}) {
        const auto refused = moved(other);
        ASSERT_FALSE(refused) << other;
        EXPECT_EQ(refused.error().field, "key") << other;
    }
    EXPECT_EQ(tried(asker(ann)), Texts{openai_key + "@https://one.example/v1"}) << "nothing changed";
    EXPECT_EQ(moved("https://one.example/v2/").error().field, "endpoint");
    ASSERT_TRUE(moved("https://one.example/v2"));
    EXPECT_EQ(tried(asker(ann)), Texts{openai_key + "@https://one.example/v2"});
    const std::string second = "sk-second-0123456789abcdef";
    const auto there = moved("https://two.example/v1", SecretText(second));
    ASSERT_TRUE(there) << there.error().message;
    EXPECT_EQ(there->mask, "sk-…cdef");
    EXPECT_EQ(tried(asker(ann)), Texts{second + "@https://two.example/v1"});
    EXPECT_EQ(loop.wait(keys->change(ann, key.id, {.key = SecretText(second)})).error().field, "key");
    EXPECT_EQ(moved("", SecretText("wrong")).error().type, "key-format") << "the provider's own form";
    ASSERT_TRUE(moved("", SecretText(second)));
    EXPECT_TRUE(moved("https://api.openai.com/v1")) << "the same server by its name";
    EXPECT_FALSE(loop.wait(keys->change(bob, key.id, {.endpoint = "https://api.openai.com/v1"})));
}

// What asks for no key holds none that could go astray.
TEST_F(ProviderKeysTest, AnAddressWithoutAKeyIsFree) {
    const auto made = loop.wait(
        keys->add(ann, {.provider = "ollama", .name = "home", .endpoint = "http://192.168.1.2:11434"}));
    ASSERT_TRUE(made) << made.error().message;
    const auto moved = loop.wait(keys->change(ann, made->id, {.endpoint = "http://192.168.1.3:11434"}));
    ASSERT_TRUE(moved) << moved.error().message;
    EXPECT_EQ(moved->endpoint, "http://192.168.1.3:11434");
    EXPECT_EQ(loop.wait(keys->change(ann, made->id, {.endpoint = ""})).error().field, "endpoint");
}

TEST_F(ProviderKeysTest, UseIsCountedAndWrittenDown) {
    const auto added = add(ann);
    const auto credential = loop.wait(keys->resolve(asker(ann), "openai", "")).value().front();
    keys->report(credential, {.status = 200, .retry_after_ms = {}, .tokens = 10, .cost_micros = 7});
    keys->report(credential, {.status = 400, .retry_after_ms = {}, .tokens = 1, .cost_micros = 0});
    for (const bool written : {false, true}) {
        if (written) {
            ASSERT_TRUE(loop.wait(keys->flush()));
        }
        const auto key = loop.wait(keys->get(ann, added.id)).value();
        EXPECT_EQ(key.calls, 2);
        EXPECT_EQ(key.errors, 1);
        EXPECT_EQ(key.tokens, 11);
        EXPECT_EQ(key.cost_micros, 7);
        EXPECT_TRUE(key.last_used_ms);
    }
}

// KY2: cut off anywhere, a rotation of the vault's keys leaves every key readable, and goes on.
TEST_F(ProviderKeysTest, TheVaultsKeysAreRotatedAndTheRunResumes) {
    for (int i = 0; i < 90; ++i) add(ann, "sk-ann-0000000000000000" + std::to_string(10 + i));
    const Vault both = *Vault::open({SecretText(second_key), SecretText(first_key)});
    // As if it had been cut off after some: these are under the new key already.
    ASSERT_TRUE(database->write_blocking([&](db::Tx& tx) -> Result<void> {
        LARES_TRY(const auto rows, sealed_after(tx, {}, 30));
        for (const auto& row : rows) {
            LARES_TRY(const auto key, both.unseal(row.owner, row.id.value, row.token));
            LARES_TRY(const auto token, both.seal(row.owner, row.id.value, key, 0));
            LARES_CHECK(reseal(tx, row, token));
        }
        return {};
    }));
    EXPECT_EQ(rotate_vault(*database, both, loop.clock)->done, 60u);
    EXPECT_EQ(rotate_vault(*database, both, loop.clock)->done, 0u);
    open({SecretText(second_key)});
    EXPECT_EQ(tried(asker(ann)).size(), 90u) << "the new key alone reads all";
    const auto none = rotate_vault(*database, *Vault::open({SecretText(first_key)}), loop.clock);
    EXPECT_EQ(none->done, 0u);
    EXPECT_EQ(none->unreadable, 90u);
}

TEST_F(ProviderKeysTest, ARowThatCannotBeReadIsNamedAndKeepsNoOtherFromTheNewKey) {
    for (int i = 0; i < 5; ++i) add(ann, "sk-ann-000000000000000" + std::to_string(100 + i));
    SealedRow broken;
    ASSERT_TRUE(database->write_blocking([&](db::Tx& tx) -> Result<void> {
        LARES_TRY(const auto rows, sealed_after(tx, {}, 5));
        broken = rows[1];
        return reseal(tx, broken, "gAAAAA-no-token");
    }));
    const Vault both = *Vault::open({SecretText(second_key), SecretText(first_key)});
    const auto rotated = rotate_vault(*database, both, loop.clock);
    ASSERT_TRUE(rotated) << rotated.error().message;
    EXPECT_EQ(rotated->done, 4u);
    EXPECT_EQ(rotated->unreadable, 1u);
    ASSERT_EQ(rotated->named.size(), 1u);
    EXPECT_EQ(rotated->named[0].first, ann);
    EXPECT_EQ(rotated->named[0].second, broken.id);
    open({SecretText(second_key)});
    EXPECT_EQ(tried(asker(ann)).size(), 4u) << "the new key alone reads the others";
}

TEST(ProviderForms, KnowWhatAKeyLooksLike) {
    EXPECT_TRUE(check_key("openai", openai_key, ""));
    EXPECT_EQ(check_key("openai", "sk-ant-REDACTED", "").error().type, "key-format");
    EXPECT_TRUE(check_key("anthropic", "sk-ant-api03-000000000000000", ""));
    EXPECT_EQ(check_key("anthropic", openai_key, "").error().type, "key-format");
    EXPECT_EQ(check_key("openai", openai_key + "\n", "").error().type, "key-format");
    EXPECT_TRUE(check_key("openai", "whatever", "https://proxy.example/v1"));
    EXPECT_EQ(check_key("nobody", "k", "").error().type, "unknown-provider");
    EXPECT_EQ(check_key("compatible", "k", "").error().field, "endpoint");
    for (const char* bad : {"ftp://x", "https://", "https://a/", "https://user@host", "https://a?b",
                            "https://a b", "a.example"})
        EXPECT_EQ(check_key("compatible", "k", bad).error().field, "endpoint") << bad;
    EXPECT_TRUE(check_key("ollama", "", "http://127.0.0.1:11434"));
    EXPECT_EQ(mask_of("0123456789"), "…");
    EXPECT_EQ(mask_of("0123456789abcdef0123"), "…0123");
    EXPECT_EQ(mask_of(""), "");
}

}  // namespace
}  // namespace lares::secrets
