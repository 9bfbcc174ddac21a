// Accounts: the first one, registration, sign-in, guessing.
#include "auth/store.h"
#include "fixture.h"

namespace lares::auth {
namespace {

using async::Milliseconds;

std::string type_of(const auto& result) {
    return result ? "accepted" : result.error().type;
}

TEST_F(AuthTest, TheFirstAccountFromThisMachineIsAdmin) {
    EXPECT_TRUE(wait(service->setup(here))->needs_first_account);
    EXPECT_FALSE(wait(service->setup(here))->needs_code);
    EXPECT_TRUE(wait(service->setup(there))->needs_code);
    const auto account = sign_up("ada");
    ASSERT_TRUE(account) << account.error().message;
    EXPECT_EQ(account->role, Role::admin);
    EXPECT_FALSE(wait(service->setup(there))->needs_first_account);
    EXPECT_FALSE(service->setup_code().value()) << "there is an account: no code";
    EXPECT_EQ(sign_up("bob", there)->role, Role::user);
    EXPECT_EQ(sign_up("eve", here)->role, Role::user);
}

TEST_F(AuthTest, FromElsewhereTheFirstAccountNeedsTheCode) {
    EXPECT_EQ(type_of(sign_up("ada", there)), "setup-code-needed");
    const auto code = service->setup_code().value();
    ASSERT_TRUE(code);
    EXPECT_EQ(code->reveal().size(), 14u);
    EXPECT_EQ(service->setup_code().value()->reveal(), code->reveal()) << "the same until it is used";
    EXPECT_EQ(type_of(sign_up("ada", there, "0000-0000-0000")), "setup-code-wrong");
    EXPECT_EQ(type_of(sign_up("ada", there, "")), "setup-code-wrong");
    std::string typed = " " + code->reveal();
    for (char& c : typed) c = static_cast<char>(std::toupper(c));
    const auto account = sign_up("ada", there, typed);
    ASSERT_TRUE(account) << account.error().message;
    EXPECT_EQ(account->role, Role::admin);
    EXPECT_EQ(sign_up("bob", there, code->reveal())->role, Role::user);
}

TEST_F(AuthTest, TheCodeCannotBeGuessed) {
    service->setup_code().value();
    for (int i = 0; i < 10; ++i) EXPECT_EQ(type_of(sign_up("ada", there, "x")), "setup-code-wrong");
    EXPECT_EQ(type_of(sign_up("ada", there, "x")), "too-many-logins");
    EXPECT_EQ(type_of(sign_up("ada", {"198.51.100.9", "", false}, "x")), "too-many-logins");
    EXPECT_TRUE(sign_up("ada", here));
}

TEST_F(AuthTest, APublicNameNeedsTheCodeFromThisMachineToo) {
    Options options;
    options.public_name_set = true;
    service = make_service(options);
    EXPECT_TRUE(wait(service->setup(here))->needs_code);
    EXPECT_EQ(type_of(sign_up("ada", here)), "setup-code-needed");
    EXPECT_TRUE(sign_up("ada", here, service->setup_code().value()->reveal()));
}

TEST_F(AuthTest, TheFirstAccountIsMadeWhateverTheModeAndTheOthersAsItSays) {
    Options options;
    options.registration = RegistrationMode::closed;
    service = make_service(options);
    EXPECT_TRUE(wait(service->setup(here))->may_register);
    ASSERT_EQ(sign_up("ada")->role, Role::admin);
    EXPECT_FALSE(wait(service->setup(here))->may_register);
    EXPECT_EQ(type_of(sign_up("bob", here)), "registration-closed");
    EXPECT_EQ(sign_up("bob", there).error().code, Code::forbidden);

    service->set_registration(RegistrationMode::local);
    EXPECT_EQ(wait(service->setup(there))->registration, RegistrationMode::local);
    EXPECT_FALSE(wait(service->setup(there))->may_register);
    EXPECT_TRUE(wait(service->setup(here))->may_register);
    EXPECT_EQ(type_of(sign_up("bob", there)), "registration-closed");
    EXPECT_EQ(sign_up("bob", here)->role, Role::user);

    service->set_registration(RegistrationMode::open);
    EXPECT_TRUE(wait(service->setup(there))->may_register);
    EXPECT_EQ(sign_up("eve", there)->role, Role::user);
}

TEST_F(AuthTest, UnderAPublicNameNobodySitsAtTheMachine) {
    Options options;
    options.public_name_set = true;
    options.registration = RegistrationMode::local;
    service = make_service(options);
    ASSERT_TRUE(sign_up("ada", here, service->setup_code().value()->reveal()));
    EXPECT_FALSE(wait(service->setup(here))->may_register);
    EXPECT_EQ(type_of(sign_up("bob", here)), "registration-closed");
}

// Each has seen no account when it began: the second is not the first, and is asked what the others are.
TEST_F(AuthTest, OfTwoFirstAccountsAtOnceOneIsJudgedAsTheOthers) {
    Options options;
    options.registration = RegistrationMode::closed;
    service = make_service(options);
    const auto registration = [](std::string name) {
        return Registration{name + "@example.org", name, SecretText("password of " + name), {}, here};
    };
    std::vector<std::optional<Result<Account>>> made(2);
    for (std::size_t i = 0; i < made.size(); ++i)
        boost::asio::co_spawn(
            io, service->register_account(registration("name" + std::to_string(i))),
            [&made, i](const std::exception_ptr&, Result<Account> account) { made[i] = std::move(account); });
    io.restart();
    io.run();
    ASSERT_TRUE(made[0] && made[1]);
    EXPECT_NE(made[0]->has_value(), made[1]->has_value());
    const auto& refused = *made[0] ? *made[1] : *made[0];
    EXPECT_EQ(type_of(refused), "registration-closed");
}

TEST_F(AuthTest, FieldsAreChecked) {
    const auto refusal = [&](std::string email, std::string username, std::string password) {
        auto result = wait(service->register_account({email, username, SecretText(password), {}, here}));
        return result ? "accepted" : result.error().message;
    };
    for (const char* email : {"", "ada", "@example.org", "ada@", "a@b@c", "a b@c", "ada@.org",
                              "ada@example..org", "ada@example.", "a\"@b", "<a@b>"})
        EXPECT_EQ(refusal(email, "ada", "long enough"),
                  "email: must be an e-mail address, as ada@example.org")
            << email;
    for (const char* name : {"", "a b", "a@b", "é", "a/b"})
        EXPECT_TRUE(refusal("ada@example.org", name, "long enough").starts_with("username: must be")) << name;
    EXPECT_TRUE(refusal("ada@example.org", std::string(65, 'a'), "long enough").starts_with("username:"));
    EXPECT_EQ(refusal("ada@example.org", "ada", "1234567"), "password: must be 8 to 256 characters");
    EXPECT_EQ(refusal("ada@example.org", "ada", std::string(257, 'x')),
              "password: must be 8 to 256 characters");
    EXPECT_EQ(refusal("ada@example.org", "adalovelace", "AdaLovelace"),
              "password: must not be the username or the e-mail address");
    EXPECT_EQ(refusal("ada@example.org", "ada", "Ada@example.org"),
              "password: must not be the username or the e-mail address");
    EXPECT_EQ(refusal("ada@localhost", "ada", "éééééééé"), "accepted") << "eight characters, not eight bytes";
}

TEST_F(AuthTest, NamesAreUniqueInAnyCase) {
    ASSERT_TRUE(sign_up("Ada"));
    EXPECT_EQ(type_of(wait(service->register_account(
                  {"ADA@EXAMPLE.ORG", "other", SecretText("long enough"), {}, here}))),
              "email-taken");
    EXPECT_EQ(type_of(wait(service->register_account(
                  {"other@example.org", "aDa", SecretText("long enough"), {}, here}))),
              "username-taken");
}

TEST_F(AuthTest, RegistrationsOfAnAddressAreLimited) {
    ASSERT_TRUE(sign_up("ada"));
    Options options;
    options.login_attempts_per_address = 2;
    service = make_service(options);
    EXPECT_TRUE(sign_up("b1", there));
    EXPECT_TRUE(sign_up("b2", there));
    EXPECT_EQ(type_of(sign_up("b3", there)), "too-many-requests");
    EXPECT_TRUE(sign_up("b3", {"198.51.100.1", "", false}));
}

TEST_F(AuthTest, SignsInByEitherNameInAnyCase) {
    const auto account = sign_up("Ada");
    for (const char* login : {"Ada", "ada", "ADA@example.org"}) {
        const auto tokens = sign_in(login, "password of Ada");
        ASSERT_TRUE(tokens) << login << ": " << tokens.error().message;
        EXPECT_EQ(tokens->account.id, account->id);
        EXPECT_EQ(tokens->access_expires_in_s, 900);
        EXPECT_EQ(tokens->refresh_expires_in_s, 30 * 24 * 3600);
        const auto identity = verify(*tokens);
        ASSERT_TRUE(identity);
        EXPECT_EQ(identity->user_id, account->id);
        EXPECT_EQ(identity->role, Role::admin);
        EXPECT_EQ(identity->session_id, tokens->session_id);
    }
}

TEST_F(AuthTest, AWrongPasswordAndAnUnknownNameLookTheSame) {
    ASSERT_TRUE(sign_up("ada"));
    const auto wrong = sign_in("ada", "password of bob");
    const auto unknown = sign_in("bob", "password of bob");
    ASSERT_FALSE(wrong);
    ASSERT_FALSE(unknown);
    EXPECT_EQ(wrong.error().code, Code::unauthorized);
    EXPECT_EQ(wrong.error().type, "wrong-login");
    EXPECT_EQ(wrong.error().type, unknown.error().type);
    EXPECT_EQ(wrong.error().message, unknown.error().message);
    EXPECT_EQ(wrong.error().field, unknown.error().field);
}

TEST_F(AuthTest, GuessingEndsAndLiveSessionsGoOn) {
    ASSERT_TRUE(sign_up("ada"));
    const auto tokens = sign_in("ada");
    ASSERT_TRUE(tokens);
    std::map<std::string, int> answers;
    for (int i = 0; i < 40; ++i)
        ++answers[type_of(sign_in(i % 2 ? "ada" : "ada@example.org", "guess " + std::to_string(i),
                                  {"198.51.100." + std::to_string(i), "", false}))];
    EXPECT_EQ(answers["wrong-login"], 10);
    EXPECT_EQ(answers["too-many-logins"], 30);
    EXPECT_TRUE(verify(*tokens));
    EXPECT_TRUE(refresh(tokens->refresh_token));
    for (int i = 0; i < 12; ++i) ++answers["unknown " + type_of(sign_in("nobody", "guess"))];
    EXPECT_EQ(answers["unknown wrong-login"], 10) << "a name that does not exist is limited alike";
    clock.advance(std::chrono::minutes(15));
    EXPECT_TRUE(sign_in("ada"));
}

TEST_F(AuthTest, ManyRightSignInsAtOnceAreAllLetIn) {
    ASSERT_TRUE(sign_up("ada"));
    int right = 0, ended = 0;
    for (int i = 0; i < 30; ++i)
        boost::asio::co_spawn(
            io, service->login({i % 2 ? "ada" : "ada@example.org", SecretText("password of ada"), here}),
            [&](const std::exception_ptr&, Result<Tokens> result) {
                ++ended;
                right += result.has_value();
            });
    while (ended < 30) {
        io.restart();
        io.run_for(Milliseconds(2));
        clock.advance(Milliseconds(5));
    }
    EXPECT_EQ(right, 30);
}

TEST_F(AuthTest, ASuspendedAccountCannotComeInAndItsTokensEnd) {
    ASSERT_TRUE(sign_up("ada"));
    const auto tokens = sign_in("ada");
    database->write_blocking([](db::Tx& tx) { return tx.run("UPDATE users SET state = 'suspended'"); })
        .value();
    EXPECT_EQ(type_of(sign_in("ada")), "account-suspended");
    EXPECT_EQ(type_of(sign_in("ada", "wrong password")), "wrong-login")
        << "only who knows the password is told";
    EXPECT_EQ(type_of(refresh(tokens->refresh_token)), "session-ended");
    clock.advance(Milliseconds(2000));
    EXPECT_EQ(type_of(verify(*tokens)), "session-ended");
}

TEST_F(AuthTest, ABcryptHashIsReplacedAtSignIn) {
    ASSERT_TRUE(sign_up("ada"));
    database
        ->write_blocking([](db::Tx& tx) {
            return tx.run(
                "UPDATE users SET password_hash = "
                "'$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'");
        })
        .value();
    EXPECT_FALSE(sign_in("ada", "U*V"));
    ASSERT_TRUE(sign_in("ada", "U*U"));
    const auto hash = database
                          ->read_blocking([](db::Reader& reader) {
                              return reader.one<std::string>("SELECT password_hash FROM users");
                          })
                          .value();
    EXPECT_TRUE(hash->starts_with("$argon2id$"));
    EXPECT_TRUE(sign_in("ada", "U*U"));
}

TEST_F(AuthTest, WhatHappensIsAudited) {
    ASSERT_TRUE(sign_up("ada"));
    const auto tokens = sign_in("ada");
    wait(service->logout(tokens->account.id, tokens->session_id));
    wait(service->logout(tokens->account.id, tokens->session_id));
    EXPECT_EQ(count("audit"), 3) << "registered, signed in, signed out once";
}

}  // namespace
}  // namespace lares::auth
