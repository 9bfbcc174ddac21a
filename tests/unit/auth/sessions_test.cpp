// Sessions: rotation, reuse, revocation and how far it reaches.
#include <set>

#include "auth/store.h"
#include "fixture.h"
#include "unit/db/fault_vfs.h"
#include "unit/db/fixture.h"

namespace lares::auth {
namespace {

using async::Milliseconds;

std::string type_of(const auto& result) {
    return result ? "accepted" : result.error().type;
}

class SessionsTest : public AuthTest {
protected:
    SessionsTest() {
        sign_up("ada").value();
        tokens = sign_in("ada").value();
    }
    Tokens tokens;
};

TEST_F(SessionsTest, ARefreshRotates) {
    clock.advance(Milliseconds(60'000));
    const auto next = refresh(tokens.refresh_token);
    ASSERT_TRUE(next) << next.error().message;
    EXPECT_NE(next->refresh_token.reveal(), tokens.refresh_token.reveal());
    EXPECT_EQ(next->session_id, tokens.session_id);
    EXPECT_EQ(next->refresh_expires_in_s, 30 * 24 * 3600) << "a session that is used goes on";
    EXPECT_TRUE(verify(*next));
    EXPECT_TRUE(verify(tokens)) << "the older access token runs out by itself";
    EXPECT_TRUE(refresh(next->refresh_token));
}

TEST_F(SessionsTest, ALostAnswerIsGivenAgainWithinTenSeconds) {
    const auto first = refresh(tokens.refresh_token);
    clock.advance(Milliseconds(10'000));
    const auto again = refresh(tokens.refresh_token);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->refresh_token.reveal(), first->refresh_token.reveal());
    clock.advance(Milliseconds(1));
    EXPECT_EQ(type_of(refresh(tokens.refresh_token)), "session-ended");
}

TEST_F(SessionsTest, ManyUsesAtOnceHaveOneSuccessor) {
    std::set<std::string> successors;
    std::vector<std::optional<Result<Tokens>>> answers(50);
    for (auto& answer : answers) {
        boost::asio::co_spawn(io, service->refresh(tokens.refresh_token, here),
                              [&answer](const std::exception_ptr&, Result<Tokens> result) {
                                  answer.emplace(std::move(result));
                              });
    }
    io.restart();
    io.run();
    for (auto& answer : answers) {
        ASSERT_TRUE(answer && *answer);
        successors.insert(answer->value().refresh_token.reveal());
    }
    EXPECT_EQ(successors.size(), 1u);
}

TEST_F(SessionsTest, AReplayEndsTheWholeSession) {
    const auto second = refresh(tokens.refresh_token).value();
    const auto third = refresh(second.refresh_token).value();
    ASSERT_TRUE(verify(third));
    const std::int64_t audited = count("audit");
    EXPECT_EQ(type_of(refresh(tokens.refresh_token)), "session-ended") << "two generations back, whenever";
    EXPECT_EQ(type_of(refresh(third.refresh_token)), "session-ended");
    EXPECT_EQ(type_of(verify(third)), "session-ended");
    EXPECT_EQ(count("audit"), audited + 1);
    EXPECT_TRUE(sign_in("ada"));
}

TEST_F(SessionsTest, AForgeryEndsNothing) {
    const std::string good = tokens.refresh_token.reveal();
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string changed = good;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_EQ(type_of(refresh(SecretText(changed))), "session-ended") << i;
    }
    for (const std::string& text : {std::string(), std::string("lr1."), good + "=", good + "A",
                                    tokens.access_token.reveal(), std::string(100'000, 'A')})
        EXPECT_EQ(type_of(refresh(SecretText(text))), "session-ended");
    EXPECT_TRUE(refresh(tokens.refresh_token));
}

// On a disk that can be filled.
class FullDiskTest : public AuthTest {
protected:
    FullDiskTest() {
        restart_with_room();
        sign_up("ada").value();
        tokens = sign_in("ada").value();
    }
    ~FullDiskTest() override {
        db::test::end_faults();
        service.reset();
        database.reset();
    }
    static void fill() { db::test::start_faults({1, 1'000'000, db::test::FaultKind::full}); }
    void restart_with_room() {
        service.reset();
        db::Options options;
        options.file = folder / "auth.db";
        options.vfs = db::test::start_faults({});
        options.probe_ms = 3'600'000;
        options.migrations = {{"auth", migrations}};
        database.reset();
        database = std::move(db::Database::open(std::move(options)).value());
        service = make_service({});
    }
    const db::test::Folder folder;
    Tokens tokens;
};

TEST_F(FullDiskTest, WhoIsSignedInReadsOn) {
    fill();
    clock.advance(std::chrono::minutes(20));
    for (int i = 0; i < 2; ++i) {
        const auto again = refresh(tokens.refresh_token);
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_EQ(again->refresh_token.reveal(), tokens.refresh_token.reveal());
        EXPECT_TRUE(verify(*again));
    }
    EXPECT_EQ(type_of(wait(service->refresh(tokens.refresh_token, there))), "storage-full")
        << "a token that turns up elsewhere has to rotate";
    restart_with_room();
    const auto next = refresh(tokens.refresh_token);
    ASSERT_TRUE(next);
    EXPECT_NE(next->refresh_token.reveal(), tokens.refresh_token.reveal());
    clock.advance(Milliseconds(10'001));
    EXPECT_EQ(type_of(refresh(tokens.refresh_token)), "session-ended") << "who else had it is found out";
    EXPECT_EQ(type_of(verify(*next)), "session-ended");
}

TEST_F(FullDiskTest, OnlyTheCurrentTokenOfALiveSessionGoesOn) {
    const auto next = refresh(tokens.refresh_token).value();
    fill();
    EXPECT_EQ(refresh(tokens.refresh_token)->refresh_token.reveal(), next.refresh_token.reveal())
        << "its answer may have been lost";
    clock.advance(Milliseconds(10'001));
    EXPECT_EQ(type_of(refresh(tokens.refresh_token)), "storage-full");
    EXPECT_TRUE(refresh(next.refresh_token));
    std::string forged = next.refresh_token.reveal();
    forged.back() = forged.back() == 'A' ? 'B' : 'A';
    EXPECT_EQ(type_of(refresh(SecretText(forged))), "session-ended");
    clock.advance(std::chrono::hours(24 * 30));
    EXPECT_EQ(type_of(refresh(next.refresh_token)), "session-ended");
}

TEST_F(SessionsTest, ASessionThatIsNotUsedEnds) {
    clock.advance(std::chrono::hours(24 * 30));
    EXPECT_EQ(type_of(refresh(tokens.refresh_token)), "session-ended");
}

TEST_F(SessionsTest, SigningOutIsKnownAtOnce) {
    const auto other = sign_in("ada").value();
    const Identity identity = verify(tokens).value();
    const Identity other_identity = verify(other).value();
    EXPECT_TRUE(service->still_valid(identity));
    ASSERT_TRUE(wait(service->logout(identity.user_id, identity.session_id)));
    EXPECT_FALSE(service->still_valid(identity));
    EXPECT_EQ(type_of(verify(tokens)), "session-ended");
    EXPECT_EQ(type_of(refresh(tokens.refresh_token)), "session-ended");
    EXPECT_TRUE(service->still_valid(other_identity));
    EXPECT_TRUE(verify(other));
}

TEST_F(SessionsTest, SigningOutEverywhereEndsAll) {
    const auto other = sign_in("ada").value();
    const Identity identity = verify(tokens).value();
    const Identity other_identity = verify(other).value();
    ASSERT_TRUE(wait(service->logout_everywhere(identity.user_id)));
    EXPECT_FALSE(service->still_valid(identity));
    EXPECT_FALSE(service->still_valid(other_identity));
    EXPECT_EQ(type_of(verify(other)), "session-ended");
    EXPECT_EQ(type_of(refresh(other.refresh_token)), "session-ended");
    const auto fresh = sign_in("ada");
    ASSERT_TRUE(fresh);
    EXPECT_TRUE(verify(*fresh));
}

TEST_F(SessionsTest, AnotherProcessKnowsWithinTwoSeconds) {
    const auto second = make_service({});
    ASSERT_TRUE(wait(second->verify(tokens.access_token)));
    ASSERT_TRUE(wait(service->logout(tokens.account.id, tokens.session_id)));
    clock.advance(Milliseconds(1999));
    static_cast<void>(wait(second->verify(tokens.access_token)));
    clock.advance(Milliseconds(1));
    EXPECT_EQ(type_of(wait(second->verify(tokens.access_token))), "session-ended");
}

TEST_F(SessionsTest, TheDatabaseIsNotAskedForEveryRequest) {
    ASSERT_TRUE(verify(tokens));
    database->write_blocking([](db::Tx& tx) { return tx.run("DELETE FROM sessions"); }).value();
    EXPECT_TRUE(verify(tokens)) << "known for two seconds";
    clock.advance(Milliseconds(2000));
    EXPECT_FALSE(verify(tokens));
}

TEST_F(SessionsTest, OnlyOnesOwnSessionsAreSeenAndEnded) {
    sign_up("bob").value();
    const auto bob = sign_in("bob").value();
    const auto mine = wait(service->sessions(tokens.account.id)).value();
    ASSERT_EQ(mine.size(), 1u);
    EXPECT_EQ(mine[0].id, tokens.session_id);
    EXPECT_EQ(mine[0].user_agent, "test");
    const auto refused = wait(service->revoke(bob.account.id, tokens.session_id));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::not_found);
    const auto absent = wait(service->revoke(bob.account.id, SessionId{}));
    EXPECT_EQ(refused.error().message, absent.error().message);
    ASSERT_TRUE(wait(service->logout(bob.account.id, tokens.session_id))) << "nothing of one's own to end";
    EXPECT_TRUE(refresh(tokens.refresh_token)) << "and nothing ended";
    EXPECT_TRUE(wait(service->revoke(tokens.account.id, tokens.session_id)));
    EXPECT_FALSE(verify(tokens));
}

TEST_F(SessionsTest, SessionsOfAnAccountAreBounded) {
    for (int i = 0; i < 150; ++i) {
        clock.advance(Milliseconds(1000));
        const std::int64_t now_ms = clock.unix_ms();
        const SessionRow row{ids.make<SessionId>(now_ms),
                             tokens.account.id,
                             {"seed"},
                             1,
                             now_ms,
                             now_ms,
                             now_ms,
                             now_ms + 1'000'000'000,
                             {},
                             "",
                             ""};
        ASSERT_TRUE(database->write_blocking([&row](db::Tx& tx) { return insert_session(tx, row); }));
    }
    clock.advance(Milliseconds(1000));
    ASSERT_TRUE(sign_in("ada"));
    EXPECT_EQ(wait(service->sessions(tokens.account.id))->size(), 100u);
    EXPECT_EQ(type_of(verify(tokens)), "session-ended") << "the oldest went";
}

TEST_F(SessionsTest, TicketsAreForOneUse) {
    const Identity identity = verify(tokens).value();
    const auto ticket = service->issue_ticket(identity);
    ASSERT_TRUE(ticket);
    EXPECT_EQ(ticket->expires_in_s, 30);
    const auto redeemed = wait(service->redeem_ticket(ticket->ticket));
    ASSERT_TRUE(redeemed);
    EXPECT_EQ(redeemed->session_id, identity.session_id);
    EXPECT_EQ(type_of(wait(service->redeem_ticket(ticket->ticket))), "ticket-invalid");
    EXPECT_EQ(type_of(wait(service->redeem_ticket(SecretText("x")))), "ticket-invalid");
    EXPECT_EQ(type_of(wait(service->redeem_ticket(tokens.access_token))), "ticket-invalid");
}

TEST_F(SessionsTest, TicketsEndWithTimeAndWithTheirSession) {
    const Identity identity = verify(tokens).value();
    const auto late = service->issue_ticket(identity).value();
    clock.advance(std::chrono::seconds(30));
    EXPECT_EQ(type_of(wait(service->redeem_ticket(late.ticket))), "ticket-invalid");
    const auto revoked = service->issue_ticket(identity).value();
    ASSERT_TRUE(wait(service->logout(identity.user_id, identity.session_id)));
    EXPECT_EQ(type_of(wait(service->redeem_ticket(revoked.ticket))), "session-ended");
    EXPECT_FALSE(service->issue_ticket(identity));
}

}  // namespace
}  // namespace lares::auth
