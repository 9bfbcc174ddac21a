// Access tokens and what bounds the memory behind them.
#include "auth/access_tokens.h"
#include "auth/refresh_token.h"
#include "auth/standing_cache.h"
#include "auth/tickets.h"
#include "fixture.h"

namespace lares::auth {
namespace {

using async::Milliseconds;

std::string type_of(const auto& result) {
    return result ? "accepted" : result.error().type;
}

TEST_F(AuthTest, AnAccessTokenEndsInTime) {
    sign_up("ada").value();
    const auto tokens = sign_in("ada").value();
    const Identity identity = verify(tokens).value();
    clock.advance(Milliseconds(899'000));
    EXPECT_TRUE(verify(tokens));
    EXPECT_TRUE(service->still_valid(identity));
    clock.advance(Milliseconds(1'000));
    EXPECT_EQ(type_of(verify(tokens)), "token-expired");
    EXPECT_FALSE(service->still_valid(identity));
    const auto second = make_service({});
    EXPECT_EQ(type_of(wait(second->verify(tokens.access_token))), "token-expired")
        << "also when it is judged first";
}

TEST_F(AuthTest, ForgedAccessTokensAreInvalid) {
    sign_up("ada").value();
    const auto tokens = sign_in("ada").value();
    ASSERT_TRUE(verify(tokens));
    const std::string good = tokens.access_token.reveal();
    for (std::size_t i = 0; i < good.size(); i += 3) {
        std::string changed = good;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_EQ(type_of(wait(service->verify(SecretText(changed)))), "token-invalid") << i;
    }
    for (const std::string& text :
         {std::string(), good + ".", std::string(100'000, 'a'), tokens.refresh_token.reveal()})
        EXPECT_EQ(type_of(wait(service->verify(SecretText(text)))), "token-invalid");
}

TEST_F(AuthTest, AnotherSecretsTokensAreInvalid) {
    sign_up("ada").value();
    const auto tokens = sign_in("ada").value();
    Options options;
    options.jwt_secret = SecretText("another secret");
    Service other(*database, passwords, clock, ids, options);
    EXPECT_EQ(type_of(wait(other.verify(tokens.access_token))), "token-invalid");
    EXPECT_EQ(type_of(wait(other.refresh(tokens.refresh_token, here))), "session-ended");
}

TEST(AccessTokens, RememberOnlySoMany) {
    async::VirtualClock clock;
    AccessTokens tokens(SecretText(test_secret), clock, 900);
    IdSource ids(1);
    for (int i = 0; i < 20'000; ++i) {
        Account account;
        account.id = ids.make<UserId>(clock.unix_ms());
        const SecretText token = tokens.issue(account, ids.make<SessionId>(clock.unix_ms()));
        ASSERT_EQ(tokens.judge(token.reveal())->user_id, account.id);
        ASSERT_EQ(tokens.judge(token.reveal())->user_id, account.id);
    }
}

TEST(RefreshToken, TellsItsParts) {
    const SessionId session = IdSource(1).make<SessionId>(1'700'000'000'000);
    const SecretText secret("s");
    const SecretText text = make_refresh_token(secret, "seed", session, 7);
    const auto token = parse_refresh_token(text.reveal());
    ASSERT_TRUE(token);
    EXPECT_EQ(token->session_id, session);
    EXPECT_EQ(token->generation, 7);
    EXPECT_TRUE(is_genuine(*token, secret, "seed"));
    EXPECT_FALSE(is_genuine(*token, secret, "Seed"));
    EXPECT_FALSE(is_genuine(*token, SecretText("t"), "seed"));
}

TEST(StandingCache, AnAnswerFromBeforeAChangeIsNotKept) {
    async::VirtualClock clock;
    StandingCache cache(clock);
    const SessionId session = IdSource(1).make<SessionId>(1);
    const Standing standing{{}, Role::user, 1, 10, true};
    const auto mark = cache.mark();
    cache.session_ended(session);  // while the database was asked
    EXPECT_FALSE(cache.store(session, standing, mark));
    EXPECT_FALSE(cache.known(session));
    EXPECT_TRUE(cache.store(session, standing, cache.mark()));
    cache.session_ended(session);
    EXPECT_TRUE(cache.store(session, standing, cache.mark()));
    EXPECT_FALSE(cache.known(session)->live) << "what ended never comes back";
}

TEST(StandingCache, ChangesOfOthersDoNotDisturb) {
    async::VirtualClock clock;
    StandingCache cache(clock);
    IdSource ids(1);
    const SessionId session = ids.make<SessionId>(1);
    const Standing standing{ids.make<UserId>(1), Role::user, 1, 10, true};
    auto mark = cache.mark();
    cache.session_ended(ids.make<SessionId>(1));
    cache.epoch_moved(ids.make<UserId>(1), 2);
    EXPECT_TRUE(cache.store(session, standing, mark));
    mark = cache.mark();
    cache.epoch_moved(standing.user_id, 2);
    EXPECT_FALSE(cache.store(session, standing, mark));
    mark = cache.mark();
    for (std::size_t i = 0; i <= StandingCache::recent_changes_max; ++i)
        cache.session_ended(ids.make<SessionId>(1));
    EXPECT_FALSE(cache.store(session, standing, mark)) << "more changed than is remembered";
}

TEST(StandingCache, SessionsAreBounded) {
    async::VirtualClock clock;
    StandingCache cache(clock);
    IdSource ids(1);
    const SessionId first = ids.make<SessionId>(1);
    cache.store(first, {{}, Role::user, 1, 10, true}, cache.mark());
    for (int i = 0; i < 300'000; ++i)
        cache.store(ids.make<SessionId>(1), {{}, Role::user, 1, 10, true}, cache.mark());
    EXPECT_FALSE(cache.known(first));
}

TEST(Tickets, AreBounded) {
    async::VirtualClock clock;
    Tickets tickets(clock, 30);
    const SecretText first = tickets.issue({});
    for (std::size_t i = 0; i < Tickets::tickets_max; ++i) tickets.issue({});
    EXPECT_FALSE(tickets.take(first));
}

}  // namespace
}  // namespace lares::auth
