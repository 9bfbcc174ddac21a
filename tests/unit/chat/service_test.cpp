#include "fixture.h"

namespace lares::chat {

namespace {

std::vector<std::string> texts(const HistoryPage& page) {
    std::vector<std::string> out;
    for (const auto& message : page.items) out.push_back(message.text);
    return out;
}
using Texts = std::vector<std::string>;

TEST_F(ChatTest, AMessageAndItsAnswerAreInTheHistory) {
    const auto accepted = loop.wait(service->accept(owner, first_message("Hi", "c1"))).value();
    EXPECT_FALSE(accepted.repeated);
    EXPECT_EQ(accepted.seq, 3);  // after the conversation and the greeting
    auto page = history(accepted.conversation_id);
    EXPECT_EQ(texts(page), (Texts{"Hello.", "Hi"}));
    ASSERT_TRUE(page.running);
    EXPECT_EQ(page.running->turn_id, accepted.turn_id);
    EXPECT_EQ(page.running->parent, accepted.message_id);

    append(accepted.turn_id, 0, "Good ");
    append(accepted.turn_id, 1, "da");
    append(accepted.turn_id, 1, "day");
    EXPECT_EQ(history(accepted.conversation_id).running->text, "Good day");

    const auto end = loop.wait(service->end(owner, answer(accepted.turn_id, "Good day!"))).value();
    page = history(accepted.conversation_id);
    EXPECT_EQ(texts(page), (Texts{"Hello.", "Hi", "Good day!"}));
    EXPECT_FALSE(page.running);
    EXPECT_EQ(page.seq, 4);
    EXPECT_EQ(page.items[1].client_id, "c1");
    EXPECT_EQ(page.items[2], end);
    EXPECT_EQ(page.items[2].usage, (Usage{12, 3, 4}));
    EXPECT_EQ(page.items[2].parent, page.items[1].id);
    EXPECT_EQ(problems(), Texts());

    // A second end, and a part that comes late, change nothing.
    EXPECT_EQ(loop.wait(service->end(owner, answer(accepted.turn_id, "Other", State::cut))).value(), end);
    append(accepted.turn_id, 2, "late");
    EXPECT_EQ(history(accepted.conversation_id).seq, 4);
    EXPECT_EQ(problems(), Texts());
}

TEST_F(ChatTest, ARepeatedClientIdIsTheSameMessage) {
    const auto accepted = loop.wait(service->accept(owner, first_message("Hi", "c1"))).value();
    const auto again = loop.wait(service->accept(owner, first_message("Hi", "c1"))).value();
    EXPECT_TRUE(again.repeated);
    EXPECT_EQ(again.message_id, accepted.message_id);
    EXPECT_EQ(again.turn_id, accepted.turn_id);
    EXPECT_EQ(again.seq, accepted.seq);
    EXPECT_EQ(loop.wait(service->list(owner, {})).value().items.size(), 1u);
    // Another person's id of the same name is another message.
    EXPECT_FALSE(loop.wait(service->accept(stranger, first_message("Hi", "c1"))).value().repeated);
}

TEST_F(ChatTest, AnotherPersonsConversationDoesNotExist) {
    const auto conversation = talk("Hi", "Good day");
    const auto absent = make<ConversationId>();
    HistoryQuery mine{conversation, {}, {}, {}}, none{absent, {}, {}, {}};
    const auto denied = loop.wait(service->history(stranger, mine));
    const auto missing = loop.wait(service->history(stranger, none));
    ASSERT_FALSE(denied);
    EXPECT_EQ(denied.error().code, Code::not_found);
    EXPECT_EQ(denied.error().message, missing.error().message);
    EXPECT_EQ(denied.error().type, missing.error().type);
    EXPECT_EQ(loop.wait(service->get(stranger, conversation)).error().type, "conversation-not-found");
    EXPECT_EQ(loop.wait(service->events_after(stranger, conversation, 0)).error().code, Code::not_found);
    EXPECT_EQ(loop.wait(service->context(stranger, conversation, {})).error().code, Code::not_found);
    EXPECT_EQ(loop.wait(service->remove(stranger, conversation)).error().code, Code::not_found);
    EXPECT_EQ(loop.wait(service->accept(stranger, next_message(conversation, "x"))).error().code,
              Code::not_found);
    EXPECT_TRUE(loop.wait(service->list(stranger, {})).value().items.empty());
}

TEST_F(ChatTest, AConversationAnswersOneMessageAtATime) {
    const auto accepted = loop.wait(service->accept(owner, first_message("Hi"))).value();
    const auto second = loop.wait(service->accept(owner, next_message(accepted.conversation_id, "And?")));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().type, "turn-running");
    EXPECT_EQ(loop.wait(service->remove(owner, accepted.conversation_id)).error().type, "turn-running");
    loop.wait(service->end(owner, answer(accepted.turn_id, "Good day"))).value();
    auto stale = next_message(accepted.conversation_id, "And?");
    stale.parent = accepted.message_id;
    EXPECT_EQ(loop.wait(service->accept(owner, stale)).error().type, "conversation-changed");
}

TEST_F(ChatTest, HistoryComesInPages) {
    const auto conversation = talk("1", "2");
    go_on(conversation, "3", "4");
    go_on(conversation, "5", "6");
    HistoryQuery query{conversation, {}, {}, 3};
    auto page = loop.wait(service->history(owner, query)).value();
    EXPECT_EQ(texts(page), (Texts{"4", "5", "6"}));
    query.before = page.next;
    page = loop.wait(service->history(owner, query)).value();
    EXPECT_EQ(texts(page), (Texts{"1", "2", "3"}));
    query.before = page.next;
    page = loop.wait(service->history(owner, query)).value();
    EXPECT_EQ(texts(page), (Texts{"Hello."}));
    EXPECT_FALSE(page.next);
    query.before = page.items[0].id;
    EXPECT_TRUE(loop.wait(service->history(owner, query)).value().items.empty());

    query.before = make<MessageId>();
    EXPECT_EQ(loop.wait(service->history(owner, query)).error().field, "before");
    query = {conversation, {}, {}, 0};
    EXPECT_EQ(loop.wait(service->history(owner, query)).error().field, "limit");
    EXPECT_EQ(loop.wait(service->history(owner, {})).error().field, "conversation_id");

    const auto latest = loop.wait(service->history(owner, {{}, character, {}, {}})).value();
    EXPECT_EQ(latest.conversation_id, conversation);
}

TEST_F(ChatTest, ConversationsAreListedLastSpokenInFirst) {
    std::vector<ConversationId> made;
    for (int i = 0; i < 5; ++i) {
        made.push_back(talk("Hi", "Good day"));
        if (i != 2) loop.run_for(5);  // two of them share their time
    }
    go_on(made[0], "Back", "Welcome");
    std::vector<ConversationId> seen;
    std::optional<ConversationId> before;
    do {
        auto page =
            loop.wait(service->list(owner, {.character = character, .before = before, .limit = 2})).value();
        for (const auto& item : page.items) seen.push_back(item.id);
        before = page.next;
    } while (before);
    EXPECT_EQ(seen, (std::vector{made[0], made[4], made[3], made[2], made[1]}));
    EXPECT_TRUE(loop.wait(service->list(owner, {.character = make<CharacterId>()})).value().items.empty());
}

TEST_F(ChatTest, AfterACrashHalfAnswersAreInterruptedWithTheirText) {
    const auto half = loop.wait(service->accept(owner, first_message("Hi"))).value();
    const auto silent = loop.wait(service->accept(owner, first_message("Hey"))).value();
    append(half.turn_id, 0, "Good ");
    append(half.turn_id, 1, "day");
    EXPECT_EQ(loop.wait(service->recover()).value(), 2);
    EXPECT_EQ(loop.wait(service->recover()).value(), 0);
    const auto page = history(half.conversation_id);
    EXPECT_FALSE(page.running);
    EXPECT_EQ(page.items.back().text, "Good day");
    EXPECT_EQ(page.items.back().state, State::interrupted);
    EXPECT_EQ(history(silent.conversation_id).items.back().text, "");
    EXPECT_EQ(loop.wait(service->find_turn(owner, half.turn_id)).value()->state, TurnState::interrupted);
    EXPECT_EQ(problems(), Texts());
}

TEST_F(ChatTest, AnInterruptedAnswerGoesOnInItsPlace) {
    const auto accepted = loop.wait(service->accept(owner, first_message("Hi"))).value();
    const auto half =
        loop.wait(service->end(owner, answer(accepted.turn_id, "Good ", State::interrupted))).value();
    auto carry_on = first_message("Good ", "more");
    carry_on.create.reset();
    carry_on.conversation_id = accepted.conversation_id;
    carry_on.begin = Begin::carry_on;
    carry_on.message_id = accepted.message_id;
    carry_on.answer_id = half.id;
    loop.run_for(5);
    const auto more = loop.wait(service->accept(owner, carry_on)).value();
    EXPECT_EQ(history(accepted.conversation_id).running->text, "Good ");
    append(more.turn_id, 0, "day");
    EXPECT_EQ(loop.wait(service->recover()).value(), 1);
    const auto page = history(accepted.conversation_id);
    ASSERT_EQ(page.items.size(), 3u);
    EXPECT_EQ(page.items.back().id, half.id);
    EXPECT_EQ(page.items.back().text, "Good day");
    EXPECT_EQ(page.items.back().created, half.created);
    EXPECT_EQ(problems(), Texts());

    // A complete answer does not go on.
    auto other = carry_on;
    other.client_id.reset();
    other.turn_id = make<TurnId>();
    EXPECT_EQ(loop.wait(service->accept(owner, other)).error().type, "conversation-changed")
        << "it has grown since it was read";
    other.text = "Good day";
    const auto last = loop.wait(service->accept(owner, other)).value();
    loop.wait(service->end(owner, answer(last.turn_id, "Good day!"))).value();
    other.turn_id = make<TurnId>();
    other.text = "Good day!";
    EXPECT_EQ(loop.wait(service->accept(owner, other)).error().type, "conversation-changed");
}

TEST_F(ChatTest, AnotherAnswerStandsBesideTheFirst) {
    const auto conversation = talk("Hi", "First");
    const auto page = history(conversation);
    auto again = first_message("");
    again.create.reset();
    again.conversation_id = conversation;
    again.begin = Begin::again;
    again.message_id = page.items[1].id;
    const auto accepted = loop.wait(service->accept(owner, again)).value();
    EXPECT_EQ(texts(history(conversation)), (Texts{"Hello.", "Hi"}));
    loop.wait(service->end(owner, answer(accepted.turn_id, "Second"))).value();
    EXPECT_EQ(texts(history(conversation)), (Texts{"Hello.", "Hi", "Second"}));
    const auto old = loop.wait(service->context(owner, conversation, page.items[2].id)).value();
    EXPECT_EQ(old.said.back().text, "First");
    EXPECT_EQ(problems(), Texts());
}

TEST_F(ChatTest, EventsAfterEqualWhatWasPublished) {
    auto device = hub.subscribe(owner, loop.io.get_executor()).value();
    const auto conversation = talk("Hi", "Good day");
    go_on(conversation, "3", "4");
    const auto events = loop.wait(service->events_after(owner, conversation, 0)).value();
    ASSERT_EQ(events.size(), 6u);
    for (std::size_t i = 0; i < events.size(); ++i) {
        const auto live = loop.wait(device->next()).event;
        ASSERT_TRUE(live);
        EXPECT_EQ(live->seq, static_cast<std::int64_t>(i + 1));
        EXPECT_EQ(live->seq, events[i].seq);
        EXPECT_EQ(live->kind, events[i].kind);
        EXPECT_EQ(live->data.message, events[i].data.message);
        EXPECT_EQ(live->data.turn_id, events[i].data.turn_id);
        EXPECT_EQ(live->data.answer_id, events[i].data.answer_id);
    }
    EXPECT_EQ(loop.wait(service->events_after(owner, conversation, 4)).value().size(), 2u);
    // Each message of the history is exactly that of its event.
    for (const auto& message : history(conversation).items)
        EXPECT_EQ(events[static_cast<std::size_t>(message.seq) - 1].data.message, message);
}

TEST_F(ChatTest, TheCheckFindsEveryKindOfDamage) {
    const auto conversation = talk("Hi", "Good day");
    ASSERT_EQ(problems(), Texts());
    const auto expect_problem = [&](const char* what) {
        const auto found = problems();
        ASSERT_FALSE(found.empty());
        EXPECT_NE(found[0].find(what), std::string::npos) << found[0];
        ASSERT_TRUE(loop.wait(service->rebuild()));
    };
    sql("UPDATE messages SET text = 'x' WHERE role = 'user'");
    expect_problem("differs from its events");
    EXPECT_EQ(problems(), Texts());
    sql("DELETE FROM messages WHERE role = 'user'");
    expect_problem("messages are missing");
    EXPECT_EQ(problems(), Texts());
    sql("UPDATE conversations SET seq = seq + 1");
    expect_problem("conversation's row differs");
    EXPECT_EQ(problems(), Texts());
    sql("UPDATE turns SET frames = 99");
    expect_problem("turn ");
    EXPECT_EQ(problems(), Texts());
    EXPECT_EQ(texts(history(conversation)), (Texts{"Hello.", "Hi", "Good day"}));

    sql("UPDATE events SET payload = REPLACE(payload, 'Good day', 'Bad day') WHERE seq = 4");
    expect_problem("payload is not the one");
    sql("DELETE FROM events WHERE seq = 2");
    expect_problem("is missing");
}

TEST_F(ChatTest, AConversationOfMoreThanWhatOneReadHoldsIsExportedAndChecked) {
    const auto conversation = talk("Hi", "Good day");
    // More of each than db::rows_max; no event says so, which the check is to find.
    sql("INSERT INTO messages (id, conversation_id, parent, role, text, state, created, seq, tokens)"
        " WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100001)"
        " SELECT printf('01hf7yat00%016d', i), ?1, '01hf7yat000000000000000000',"
        " 'user', 'x', 'done', 1, 1, x'' FROM n",
        conversation);
    sql("INSERT INTO turns (id, owner, conversation_id, begin, message_id, answer_id, seq, state, frames)"
        " SELECT id, ?2, conversation_id, 'message', id, id, 1, 'done', 0 FROM messages"
        " WHERE conversation_id = ?1",
        conversation, owner);
    sql("INSERT INTO search_rows (id, message_id, conversation_id)"
        " SELECT rowid, id, conversation_id FROM messages WHERE created = 1");
    const auto whole = loop.wait(service->whole(owner, conversation));
    ASSERT_TRUE(whole) << whole.error().detail;
    EXPECT_EQ(whole->messages.size(), 100'004u);
    const auto checked = loop.wait(service->check_projection());
    ASSERT_TRUE(checked) << checked.error().detail;
    EXPECT_EQ(checked->messages, 100'004);
    EXPECT_FALSE(checked->problems.empty());
    HistoryQuery query;
    query.conversation_id = conversation;
    sql("UPDATE conversations SET leaf = '01hf7yat000000000000000001' WHERE id = ?1", conversation);
    const auto page = loop.wait(service->history(owner, query));
    ASSERT_TRUE(page) << page.error().detail;
    EXPECT_EQ(page->items.back().siblings->count, 100'001);
}

TEST_F(ChatTest, AnErasedConversationLeavesOnlyHashes) {
    const auto conversation = talk("secret", "Good day");
    const auto kept = talk("other", "Good day");
    ASSERT_TRUE(loop.wait(service->erase(owner, conversation)));
    EXPECT_EQ(loop.wait(service->get(owner, conversation)).error().code, Code::not_found);
    EXPECT_EQ(loop.wait(service->list(owner, {})).value().items.size(), 1u);
    const auto left = database->read_blocking([conversation](db::Reader& reader) {
        return reader.rows<std::optional<std::string>>(
            "SELECT payload FROM events WHERE conversation_id = ?1", conversation);
    });
    ASSERT_EQ(left->size(), 5u);
    for (const auto& payload : *left) EXPECT_FALSE(payload);
    EXPECT_EQ(problems(), Texts());
    ASSERT_TRUE(loop.wait(service->rebuild()));
    EXPECT_EQ(problems(), Texts());
    EXPECT_EQ(history(kept).items.size(), 3u);
}

TEST_F(ChatTest, OpenMakesAConversationWithItsGreeting) {
    const auto opened = loop.wait(service->open(owner, {character, "Ada", "Hello."})).value();
    EXPECT_EQ(opened.seq, 2);
    EXPECT_EQ(texts(history(opened.id)), Texts{"Hello."});
    const auto silent = loop.wait(service->open(owner, {character, "Ada", ""})).value();
    EXPECT_TRUE(history(silent.id).items.empty());
    go_on(silent.id, "Hi", "Good day");
    EXPECT_EQ(problems(), Texts());
}

TEST(ChatRules, Messages) {
    EXPECT_TRUE(check_message("Hi"));
    EXPECT_EQ(check_message("").error().field, "message");
    EXPECT_FALSE(check_message(" \n\t"));
    EXPECT_FALSE(check_message(std::string_view("a\0b", 3)));
    EXPECT_FALSE(check_message("\xff"));
    std::string longest;
    for (std::size_t i = 0; i < Limits::message_code_points_max; ++i) longest += "é";
    EXPECT_TRUE(check_message(longest));
    const auto too_long = check_message(longest + "x");
    ASSERT_FALSE(too_long);
    EXPECT_NE(too_long.error().message.find("100000"), std::string::npos);
    EXPECT_TRUE(check_client_id(std::nullopt));
    EXPECT_FALSE(check_client_id(std::string()));
    EXPECT_FALSE(check_client_id(std::string(129, 'x')));
}

}  // namespace

}  // namespace lares::chat
