#include "auth/access_keys.h"

#include <future>
#include <set>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include "auth/access_key_text.h"
#include "auth/migrations.h"
#include "auth/store.h"
#include "support/virtual_loop.h"
#include "unit/db/fixture.h"

namespace lares::auth {
namespace {

constexpr Scopes chat = static_cast<Scopes>(Scope::chat);

TEST(AccessKeyText, IsToldApartByItsForm) {
    std::set<std::string> seen;
    for (int i = 0; i < 200; ++i) {
        const std::string text = make_access_key().reveal();
        ASSERT_EQ(text.size(), access_key_size);
        ASSERT_TRUE(is_access_key(text));
        ASSERT_TRUE(seen.insert(text).second);
        for (const std::size_t at : {std::size_t{6}, std::size_t{30}, text.size() - 1}) {
            std::string mistyped = text;
            mistyped[at] = mistyped[at] == 'a' ? 'b' : 'a';
            EXPECT_FALSE(is_access_key(mistyped));
        }
        EXPECT_FALSE(is_access_key(text.substr(0, text.size() - 1)));
    }
    EXPECT_FALSE(is_access_key(""));
    EXPECT_FALSE(is_access_key("lares_" + std::string(49, '-')));
}

class AccessKeysTest : public testing::Test {
protected:
    AccessKeysTest() {
        auto opened = db::Database::open(
            {.file = ":memory:", .migrations = {{"auth", migrations}}, .inline_mode = true, .vfs = {}});
        database = std::move(*opened);
        for (const UserId user : {ann, bob}) {
            const AccountRow row{
                user, user.text() + "@example.org", user.text(), Role::user, AccountState::active, 0, 1, "x"};
            EXPECT_TRUE(database->write_blocking([row](db::Tx& tx) { return insert_account(tx, row); }));
        }
        keys.emplace(*database, loop.clock, ids, SecretText("server secret"));
    }

    ShownAccessKey make(NewAccessKey wanted = {.name = "k", .scopes = chat, .models = {}, .tier = {}}) {
        return loop.wait(keys->create(ann, std::move(wanted), "")).value();
    }
    std::string verdict(const std::string& text) {
        const auto who = loop.wait(keys->verify(text));
        return who ? "ok" : who.error().type;
    }

    test::VirtualLoop loop;
    IdSource ids{3};
    UserId ann = ids.make<UserId>(1), bob = ids.make<UserId>(1);
    std::unique_ptr<db::Database> database;
    std::optional<AccessKeys> keys;
};

TEST_F(AccessKeysTest, SpeaksForItsOwnerWithWhatItWasGiven) {
    const auto shown =
        make({.name = "bot", .scopes = chat, .models = {"a", "b"}, .tier = "gold", .budget_micros = 5});
    const auto who = loop.wait(keys->verify(shown.text.reveal()));
    ASSERT_TRUE(who);
    EXPECT_EQ(who->user_id, ann);
    EXPECT_EQ(who->key->id, shown.key.id);
    EXPECT_EQ(who->key->scopes, chat);
    EXPECT_EQ(who->key->models, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(who->key->tier, "gold");
    EXPECT_EQ(who->key->budget_micros, 5);
    EXPECT_TRUE(keys->still_valid(*who));
    ASSERT_TRUE(keys->verify_now(shown.text.reveal())) << "remembered";
    EXPECT_TRUE(loop.wait(keys->get(ann, shown.key.id))->last_used_ms);
    EXPECT_EQ(verdict(make_access_key().reveal()), "key-invalid");
    EXPECT_EQ(verdict("lares_nonsense"), "key-invalid");
}

// Who has the database alone, signs in nowhere: neither the text is in it, nor anything that is taken for it.
TEST_F(AccessKeysTest, ADumpOpensNothing) {
    const auto shown = make();
    const auto row = database->read_blocking([&](db::Reader& reader) {
        return reader.one<db::Blob>("SELECT mac FROM access_keys WHERE id = ?1", shown.key.id);
    });
    ASSERT_TRUE(row && *row);
    EXPECT_EQ((*row)->bytes.size(), 32u);
    EXPECT_EQ(shown.text.reveal().find((*row)->bytes), std::string::npos);
    AccessKeys elsewhere(*database, loop.clock, ids, SecretText("another secret"));
    EXPECT_FALSE(loop.wait(elsewhere.verify(shown.text.reveal())));
}

TEST_F(AccessKeysTest, EndsAtOnceWhereItIsRevoked) {
    const auto shown = make();
    const auto who = loop.wait(keys->verify(shown.text.reveal())).value();
    EXPECT_EQ(loop.wait(keys->remove(bob, shown.key.id, "")).error().code, Code::not_found);
    EXPECT_EQ(verdict(shown.text.reveal()), "ok");
    ASSERT_TRUE(loop.wait(keys->remove(ann, shown.key.id, "")));
    EXPECT_FALSE(keys->still_valid(who));
    EXPECT_EQ(verdict(shown.text.reveal()), "key-invalid");
}

TEST_F(AccessKeysTest, ExpiresWithoutBeingAsked) {
    const auto now = loop.clock.unix_ms();
    const auto shown = make({.name = "k",
                             .scopes = chat,
                             .models = {},
                             .tier = {},
                             .budget_micros = {},
                             .expires_ms = now + 1000});
    const auto who = loop.wait(keys->verify(shown.text.reveal())).value();
    loop.run_for(1001);
    EXPECT_FALSE(keys->still_valid(who));
    EXPECT_EQ(verdict(shown.text.reveal()), "key-expired");
    EXPECT_TRUE(loop.wait(keys->change(
        ann, shown.key.id, {.name = {}, .scopes = {}, .models = {}, .tier = {}, .expires_ms = 0}, "")));
    EXPECT_EQ(verdict(shown.text.reveal()), "ok");
}

TEST_F(AccessKeysTest, ABudgetOfNothingIsOne) {
    const auto shown = make({.name = "k", .scopes = chat, .models = {}, .tier = {}, .budget_micros = 0});
    const auto changed = [&](AccessKeyChange change) {
        return loop.wait(keys->change(ann, shown.key.id, std::move(change), "")).value().budget_micros;
    };
    EXPECT_EQ(changed({.name = "renamed"}), 0);
    EXPECT_EQ(changed({.budget_micros = 5}), 5);
    EXPECT_EQ(changed({.budget_micros = 0}), 0) << "nothing may be spent";
    EXPECT_EQ(changed({.no_budget = true}), std::nullopt);
    EXPECT_EQ(changed({.expires_ms = 0}), std::nullopt);
}

TEST_F(AccessKeysTest, ItsOldTextIsGoodForTheGrace) {
    const auto first = make();
    const auto second = loop.wait(keys->rotate(ann, first.key.id, 60'000, "")).value();
    EXPECT_EQ(verdict(first.text.reveal()), "ok");
    EXPECT_EQ(verdict(second.text.reveal()), "ok");
    loop.run_for(60'001);
    EXPECT_EQ(verdict(first.text.reveal()), "key-invalid");
    EXPECT_EQ(verdict(second.text.reveal()), "ok");
    const auto third = loop.wait(keys->rotate(ann, first.key.id, 0, "")).value();
    EXPECT_EQ(verdict(second.text.reveal()), "key-invalid") << "no grace";
    EXPECT_EQ(verdict(third.text.reveal()), "ok");
}

// Who holds a socket or a stream open has what the key could do when it was opened.
TEST_F(AccessKeysTest, AChangeEndsWhatIsOpenWithIt) {
    const auto shown = make({.name = "k",
                             .scopes = Scope::chat | Scope::models,
                             .models = {},
                             .tier = {},
                             .budget_micros = {},
                             .expires_ms = {}});
    const auto who = loop.wait(keys->verify(shown.text.reveal())).value();
    loop.run_for(AccessKeys::fresh_ms);
    const auto again = loop.wait(keys->verify(shown.text.reveal())).value();
    EXPECT_TRUE(keys->still_valid(who)) << "it was only asked anew";
    ASSERT_TRUE(loop.wait(keys->change(
        ann, shown.key.id,
        {.name = "renamed", .scopes = Scope::chat | Scope::models, .models = {}, .tier = {}}, "")));
    EXPECT_TRUE(keys->still_valid(who)) << "a name grants nothing";
    ASSERT_TRUE(loop.wait(
        keys->change(ann, shown.key.id, {.name = {}, .scopes = chat, .models = {}, .tier = {}}, "")));
    EXPECT_FALSE(keys->still_valid(who));
    const auto narrowed = loop.wait(keys->verify(shown.text.reveal())).value();
    EXPECT_EQ(narrowed.key->scopes, chat);
    EXPECT_TRUE(keys->still_valid(narrowed));
    EXPECT_FALSE(keys->still_valid(who)) << "for good";
    EXPECT_FALSE(keys->still_valid(again));
}

TEST_F(AccessKeysTest, ARotationEndsWhatIsOpenWithTheOldText) {
    const auto first = make();
    const auto one = loop.wait(keys->verify(first.text.reveal())).value();
    const auto second = loop.wait(keys->rotate(ann, first.key.id, 60'000, "")).value();
    const auto two = loop.wait(keys->verify(second.text.reveal())).value();
    EXPECT_TRUE(keys->still_valid(one));
    loop.run_for(59'999);
    EXPECT_TRUE(keys->still_valid(one));
    loop.run_for(1);
    EXPECT_FALSE(keys->still_valid(one)) << "the grace is over";
    EXPECT_TRUE(keys->still_valid(two));
    const auto third = loop.wait(keys->rotate(ann, first.key.id, 60'000, "")).value();
    const auto three = loop.wait(keys->verify(third.text.reveal())).value();
    const auto fourth = loop.wait(keys->rotate(ann, first.key.id, 60'000, "")).value();
    EXPECT_FALSE(keys->still_valid(two)) << "two texts back";
    EXPECT_TRUE(keys->still_valid(three));
    const auto four = loop.wait(keys->verify(fourth.text.reveal())).value();
    ASSERT_TRUE(loop.wait(keys->rotate(ann, first.key.id, 0, "")));
    EXPECT_FALSE(keys->still_valid(three));
    EXPECT_FALSE(keys->still_valid(four)) << "no grace";
}

TEST_F(AccessKeysTest, DiesWithItsOwnersAccount) {
    const auto shown = make();
    EXPECT_EQ(verdict(shown.text.reveal()), "ok");
    ASSERT_TRUE(database->write_blocking([this](db::Tx& tx) -> Result<void> {
        LARES_CHECK(tx.run("UPDATE users SET state = 'suspended' WHERE id = ?1", ann));
        return {};
    }));
    loop.run_for(AccessKeys::fresh_ms);
    EXPECT_EQ(verdict(shown.text.reveal()), "key-invalid");
}

TEST_F(AccessKeysTest, IsBounded) {
    EXPECT_EQ(loop.wait(keys->create(ann, {.name = "", .scopes = chat, .models = {}, .tier = {}}, ""))
                  .error()
                  .field,
              "name");
    EXPECT_EQ(
        loop.wait(keys->create(ann, {.name = "k", .scopes = 0, .models = {}, .tier = {}}, "")).error().field,
        "scopes");
    for (std::size_t i = 0; i < AccessKeys::keys_of_account_max; ++i) make();
    EXPECT_EQ(loop.wait(keys->create(ann, {.name = "k", .scopes = chat, .models = {}, .tier = {}}, ""))
                  .error()
                  .type,
              "too-many-keys");
    EXPECT_EQ(loop.wait(keys->list(ann))->size(), AccessKeys::keys_of_account_max);
    EXPECT_TRUE(loop.wait(keys->list(bob))->empty());
}

// The only reader is kept from answering while another key is changed.
TEST(AccessKeysAtOnce, AFirstUseBesideAChangeOfAnotherKeyIsGood) {
    const db::test::Folder folder;
    auto database = db::Database::open(
        {.file = folder / "auth.db", .migrations = {{"auth", migrations}}, .readers = 1, .vfs = {}});
    ASSERT_TRUE(database);
    boost::asio::io_context io;
    async::VirtualClock clock;
    IdSource ids{3};
    const auto ann = ids.make<UserId>(1);
    const AccountRow row{ann, "ann@example.org", "ann", Role::user, AccountState::active, 0, 1, "x"};
    ASSERT_TRUE((*database)->write_blocking([row](db::Tx& tx) { return insert_account(tx, row); }));
    AccessKeys keys(**database, clock, ids, SecretText("server secret"));
    const auto run = [&io]<class T>(Task<T> task) {
        auto out = std::make_shared<std::optional<T>>();
        boost::asio::co_spawn(io, std::move(task), [out](const std::exception_ptr&, T result) {
            out->emplace(std::move(result));
        });
        return out;
    };
    const auto until = [&io](const auto& out) {
        while (!*out) {
            io.restart();
            io.run_one();
        }
    };
    const auto used = run(keys.create(ann, {.name = "used", .scopes = chat, .models = {}, .tier = {}}, ""));
    const auto other = run(keys.create(ann, {.name = "other", .scopes = chat, .models = {}, .tier = {}}, ""));
    until(used), until(other);

    std::promise<void> held, released;
    std::thread holder([&] {
        (void)(*database)->read_blocking([&](db::Reader&) -> Result<int> {
            held.set_value();
            released.get_future().wait();
            return 0;
        });
    });
    held.get_future().wait();
    const auto who = run(keys.verify((*used)->value().text.reveal()));
    io.restart();
    io.poll();
    const auto changed =
        run(keys.change(ann, (*other)->value().key.id,
                        {.name = {}, .scopes = Scope::chat | Scope::llm, .models = {}, .tier = {}}, ""));
    until(changed);
    released.set_value();
    holder.join();
    until(who);
    ASSERT_TRUE(**changed && **who);
    EXPECT_TRUE(keys.still_valid((*who)->value()));
    EXPECT_TRUE(keys.verify_now((*used)->value().text.reveal())) << "remembered";
}

}  // namespace
}  // namespace lares::auth
