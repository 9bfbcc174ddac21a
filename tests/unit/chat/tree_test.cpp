#include <functional>
#include <random>

#include "fixture.h"

namespace lares::chat {

namespace {

using Texts = std::vector<std::string>;

class TreeTest : public ChatTest {
protected:
    Texts shown(ConversationId conversation) {
        Texts out;
        for (const auto& message : history(conversation).items) out.push_back(message.text);
        return out;
    }
    Message at(ConversationId conversation, std::size_t place) {
        return history(conversation).items.at(place);
    }
    Message edit(ConversationId conversation, MessageId message, std::string text, bool following = false) {
        return loop.wait(service->edit(owner, conversation, {message, std::move(text), following, {}}))
            .value();
    }
    Selected select(ConversationId conversation, MessageId message) {
        return loop.wait(service->select(owner, conversation, message)).value();
    }
    // Another answer beside the one to `question`.
    Message swipe(ConversationId conversation, MessageId question, std::string text) {
        auto accept = first_message("");
        accept.create.reset();
        accept.begin = Begin::again;
        accept.conversation_id = conversation;
        accept.message_id = question;
        const auto accepted = loop.wait(service->accept(owner, accept)).value();
        return loop.wait(service->end(owner, answer(accepted.turn_id, std::move(text)))).value();
    }
    void expect_whole() {
        EXPECT_EQ(problems(), Texts());
        ASSERT_TRUE(loop.wait(service->rebuild()));
        EXPECT_EQ(problems(), Texts());
    }
};

TEST_F(TreeTest, AnEditIsASiblingAndTheOldOneIsKept) {
    const auto conversation = talk("Hi", "Good day");
    go_on(conversation, "How are you?", "Fine");
    const auto asked = at(conversation, 1);
    const auto edited = edit(conversation, asked.id, "Hello there");
    EXPECT_EQ(edited.edit_of, asked.id);
    EXPECT_EQ(edited.parent, asked.parent);
    EXPECT_EQ(edited.role, Role::user);
    EXPECT_EQ(shown(conversation), (Texts{"Hello.", "Hello there"}));
    const auto versions = *at(conversation, 1).siblings;
    EXPECT_EQ(versions.count, 2);
    EXPECT_EQ(versions.index, 1);
    EXPECT_EQ(versions.ids, (std::vector{asked.id, edited.id}));

    // Back to the old one: the branch ends where it was last shown.
    EXPECT_EQ(select(conversation, asked.id).leaf, history(conversation).items.back().id);
    EXPECT_EQ(shown(conversation), (Texts{"Hello.", "Hi", "Good day", "How are you?", "Fine"}));
    const auto page = loop.wait(service->siblings(owner, conversation, edited.id, {}, {})).value();
    ASSERT_EQ(page.items.size(), 2u);
    EXPECT_EQ(page.items[1].text, "Hello there");
    expect_whole();
}

TEST_F(TreeTest, WhatFollowsMovesAlongWhenAskedTo) {
    const auto conversation = talk("Hi", "Good dya");
    go_on(conversation, "How are you?", "Fine");
    const auto wrong = at(conversation, 2);
    const auto right = edit(conversation, wrong.id, "Good day", true);
    EXPECT_EQ(shown(conversation), (Texts{"Hello.", "Hi", "Good day", "How are you?", "Fine"}));
    // Somebody else corrected the same slip at the same time: both are there.
    const auto other = edit(conversation, wrong.id, "Good evening", true);
    EXPECT_EQ(at(conversation, 2).siblings->count, 3);
    EXPECT_EQ(shown(conversation).back(), "Good evening");
    select(conversation, right.id);
    EXPECT_EQ(shown(conversation).back(), "Fine");
    expect_whole();
    EXPECT_EQ(other.edit_of, wrong.id);
}

TEST_F(TreeTest, AnAnswerThatMovedAlongDoesNotGoOnUnderTheOldVersion) {
    const auto asked = loop.wait(service->accept(owner, first_message("Hi"))).value();
    const auto cut = loop.wait(service->end(owner, answer(asked.turn_id, "Good", State::cut))).value();
    auto carry_on = next_message(asked.conversation_id, "Good");
    carry_on.begin = Begin::carry_on;
    carry_on.message_id = asked.message_id;
    carry_on.answer_id = cut.id;
    const auto edited = edit(asked.conversation_id, asked.message_id, "Hello", true);
    EXPECT_EQ(loop.wait(service->accept(owner, carry_on)).error().type, "conversation-changed");
    carry_on.message_id = edited.id;
    const auto more = loop.wait(service->accept(owner, carry_on)).value();
    loop.wait(service->end(owner, answer(more.turn_id, "Good day"))).value();
    EXPECT_EQ(shown(asked.conversation_id), (Texts{"Hello.", "Hello", "Good day"}));
    expect_whole();
}

TEST_F(TreeTest, AnEditThatIsSentAgainIsTheSame) {
    const auto conversation = talk("Hi", "Good day");
    const Edit what{at(conversation, 1).id, "Hello", false, "e1"};
    const auto first = loop.wait(service->edit(owner, conversation, what)).value();
    const auto second = loop.wait(service->edit(owner, conversation, what)).value();
    EXPECT_EQ(first.id, second.id);
    EXPECT_EQ(at(conversation, 1).siblings->count, 2);
}

TEST_F(TreeTest, SwipesAreSiblingsAndWhoLooksElsewhereStaysThere) {
    const auto conversation = talk("Hi", "One");
    const auto question = at(conversation, 1).id;
    const auto one = at(conversation, 2).id;
    const auto two = swipe(conversation, question, "Two");
    EXPECT_EQ(shown(conversation).back(), "Two");
    // A third is on its way, and the person goes back to the first: the third does not push itself in.
    auto accept = first_message("");
    accept.create.reset();
    accept.begin = Begin::again;
    accept.conversation_id = conversation;
    accept.message_id = question;
    const auto accepted = loop.wait(service->accept(owner, accept)).value();
    select(conversation, one);
    const auto three = loop.wait(service->end(owner, answer(accepted.turn_id, "Three"))).value();
    EXPECT_EQ(shown(conversation).back(), "One");
    EXPECT_EQ(at(conversation, 2).siblings->ids, (std::vector{one, two.id, three.id}));
    select(conversation, three.id);
    EXPECT_EQ(shown(conversation).back(), "Three");
    expect_whole();
}

TEST_F(TreeTest, AnAnswerThatGoesOnKeepsWhatItHadAfterACrash) {
    const auto conversation = talk("Hi", "Once upon");
    auto accept = first_message("Once upon");
    accept.create.reset();
    accept.begin = Begin::extend;
    accept.conversation_id = conversation;
    accept.message_id = at(conversation, 1).id;
    const auto accepted = loop.wait(service->accept(owner, accept)).value();
    EXPECT_EQ(history(conversation).running->text, "Once upon");
    append(accepted.turn_id, 0, " a time");
    EXPECT_EQ(loop.wait(service->recover()).value(), 1);
    EXPECT_EQ(shown(conversation).back(), "Once upon a time");
    EXPECT_EQ(at(conversation, 2).siblings->count, 2);
    expect_whole();
}

TEST_F(TreeTest, ADeletedMessageAndWhatFollowsComeBack) {
    const auto conversation = talk("Hi", "Good day");
    go_on(conversation, "How are you?", "Fine");
    const auto before = history(conversation);
    const auto removed =
        loop.wait(service->remove_message(owner, conversation, before.items[2].id, false)).value();
    EXPECT_EQ(removed.leaf, before.items[1].id);
    EXPECT_EQ(shown(conversation), (Texts{"Hello.", "Hi"}));
    for (std::size_t i = 2; i < 5; ++i)
        EXPECT_EQ(loop.wait(service->select(owner, conversation, before.items[i].id)).error().type,
                  "message-not-found");
    // Only the one that was deleted can be restored, and all comes back with it.
    EXPECT_EQ(loop.wait(service->restore_message(owner, conversation, before.items[3].id)).error().type,
              "parent-removed");
    ASSERT_TRUE(loop.wait(service->restore_message(owner, conversation, before.items[2].id)));
    EXPECT_EQ(shown(conversation), (Texts{"Hello.", "Hi", "Good day", "How are you?", "Fine"}));
    expect_whole();
}

TEST_F(TreeTest, DeletingAVersionShowsTheOneBefore) {
    const auto conversation = talk("Hi", "One");
    const auto question = at(conversation, 1).id;
    const auto two = swipe(conversation, question, "Two");
    const auto three = swipe(conversation, question, "Three");
    ASSERT_TRUE(loop.wait(service->remove_message(owner, conversation, three.id, false)));
    EXPECT_EQ(shown(conversation).back(), "Two");
    const auto all = loop.wait(service->remove_message(owner, conversation, two.id, true)).value();
    EXPECT_EQ(all.removed.size(), 2u);
    EXPECT_EQ(shown(conversation), (Texts{"Hello.", "Hi"}));
    ASSERT_TRUE(loop.wait(service->restore_message(owner, conversation, two.id)));
    EXPECT_EQ(at(conversation, 2).siblings->count, 2);
    ASSERT_TRUE(loop.wait(service->restore_message(owner, conversation, three.id)));
    EXPECT_EQ(shown(conversation).back(), "Three");
    expect_whole();
}

TEST_F(TreeTest, NothingIsDeletedUnderARunningAnswer) {
    const auto accepted = loop.wait(service->accept(owner, first_message("Hi"))).value();
    EXPECT_EQ(loop.wait(service->remove_message(owner, accepted.conversation_id, accepted.message_id, false))
                  .error()
                  .type,
              "turn-running");
    EXPECT_EQ(history(accepted.conversation_id).items.size(), 2u);
}

TEST_F(TreeTest, HiddenMessagesStayInTheHistoryAndOutOfPrompts) {
    const auto conversation = talk("Hi", "Good day");
    const auto said = at(conversation, 1).id;
    EXPECT_TRUE(loop.wait(service->mark(owner, conversation, said, true, true)).value().hidden);
    EXPECT_TRUE(at(conversation, 1).hidden);
    const auto context = loop.wait(service->context(owner, conversation, {})).value();
    EXPECT_TRUE(context.said[1].hidden);
    EXPECT_EQ(loop.wait(service->pins(owner, conversation)).value().front().id, said);
    const auto seq = history(conversation).seq;
    loop.wait(service->mark(owner, conversation, said, true, true)).value();
    EXPECT_EQ(history(conversation).seq, seq);  // it is so already
    loop.wait(service->mark(owner, conversation, said, false, {})).value();
    EXPECT_FALSE(at(conversation, 1).hidden);
    expect_whole();
}

TEST_F(TreeTest, AlternateGreetingsAreSiblings) {
    NewConversation what{character, "Ada", "Hello.", {"Welcome.", "Hey."}, 1};
    const auto opened = loop.wait(service->open(owner, what)).value();
    EXPECT_EQ(shown(opened.id), Texts{"Welcome."});
    const auto first = at(opened.id, 0);
    EXPECT_EQ(first.siblings->count, 3);
    EXPECT_EQ(first.siblings->index, 1);
    select(opened.id, first.siblings->ids[2]);
    EXPECT_EQ(shown(opened.id), Texts{"Hey."});
    what.chosen = 3;
    EXPECT_EQ(loop.wait(service->open(owner, what)).error().field, "greeting");
    expect_whole();
}

TEST_F(TreeTest, ABranchIsAConversationOfItsOwnWithTheTokens) {
    auto accepted = loop.wait(service->accept(owner, first_message("Hi"))).value();
    auto end = answer(accepted.turn_id, "Good day");
    end.tokens = {1, 2, 3};
    end.trace.model = "m";
    loop.wait(service->end(owner, end)).value();
    const auto conversation = accepted.conversation_id;
    go_on(conversation, "More", "Yes");
    const auto branched =
        loop.wait(service->branch(owner, conversation, {at(conversation, 2).id, "A way", "b1"})).value();
    EXPECT_EQ(branched.title, "A way");
    EXPECT_EQ(shown(branched.id), (Texts{"Hello.", "Hi", "Good day"}));
    const auto context = loop.wait(service->context(owner, branched.id, {})).value();
    EXPECT_EQ(context.said.back().tokens, (std::vector<std::int32_t>{1, 2, 3}));
    EXPECT_EQ(context.said.back().model, "m");
    go_on(branched.id, "Other", "No");
    EXPECT_EQ(shown(conversation).back(), "Yes");
    // Sent again, it is the same conversation.
    EXPECT_EQ(
        loop.wait(service->branch(owner, conversation, {at(conversation, 2).id, "A way", "b1"})).value().id,
        branched.id);
    expect_whole();
}

TEST_F(TreeTest, WhatACrashLeftOfACopyIsGoneAtTheNextStart) {
    const auto conversation = talk("Hi", "Good day");
    const auto branched =
        loop.wait(service->branch(owner, conversation, {at(conversation, 2).id, {}, "b1"})).value();
    sql("DELETE FROM events WHERE conversation_id = ?1 AND kind = 'conversation_completed'", branched.id);
    sql("UPDATE conversations SET unfinished = 1 WHERE id = ?1", branched.id);
    EXPECT_EQ(loop.wait(service->get(owner, branched.id)).error().code, Code::not_found);
    ASSERT_TRUE(loop.wait(service->recover()));
    const auto again =
        loop.wait(service->branch(owner, conversation, {at(conversation, 2).id, {}, "b1"})).value();
    EXPECT_EQ(again.id, branched.id);
    EXPECT_EQ(shown(again.id).size(), 3u);
    expect_whole();
}

TEST_F(TreeTest, ADeletedConversationIsKeptForAWhile) {
    const auto conversation = talk("Hi", "Good day");
    ASSERT_TRUE(loop.wait(service->remove(owner, conversation)));
    EXPECT_EQ(loop.wait(service->get(owner, conversation)).error().code, Code::not_found);
    EXPECT_TRUE(loop.wait(service->list(owner, {})).value().items.empty());
    EXPECT_EQ(loop.wait(service->list(owner, {.removed = true})).value().items.size(), 1u);
    EXPECT_EQ(loop.wait(service->restore(stranger, conversation)).error().code, Code::not_found);
    EXPECT_TRUE(loop.wait(service->erase_old()).value().empty());
    ASSERT_TRUE(loop.wait(service->restore(owner, conversation)));
    EXPECT_EQ(shown(conversation).back(), "Good day");
    ASSERT_TRUE(loop.wait(service->remove(owner, conversation)));
    expect_whole();
    sql("UPDATE conversations SET removed = removed - ?1", Limits::restore_ms);
    EXPECT_EQ(loop.wait(service->erase_old()).value(), std::vector{conversation});
    EXPECT_EQ(loop.wait(service->restore(owner, conversation)).error().code, Code::not_found);
    expect_whole();
}

TEST_F(TreeTest, DeletedConversationsAreListedTheLastFirst) {
    std::vector<ConversationId> all;
    for (int i = 0; i < 3; ++i) {
        all.push_back(talk("Hi", "Good day"));
        ASSERT_TRUE(loop.wait(service->remove(owner, all.back())));
        sql("UPDATE conversations SET removed = ?1 WHERE id = ?2", i < 2 ? 7 : 9,
            all[static_cast<std::size_t>(i)]);
    }
    talk("Still", "there");
    const auto ids = [&](OwnerId who, std::size_t limit, std::optional<character::RemovedPlace> before = {}) {
        std::vector<ConversationId> out;
        const auto removed = loop.wait(service->removed(who, {{}, before, limit, 0}));
        for (const auto& one : removed.value()) out.push_back(ConversationId{one.place.id});
        return out;
    };
    const std::vector newest_first{all[2], std::max(all[0], all[1]), std::min(all[0], all[1])};
    EXPECT_EQ(ids(owner, 10), newest_first);
    EXPECT_EQ(ids(owner, 1), std::vector{newest_first[0]});
    EXPECT_EQ(ids(owner, 10, character::RemovedPlace{7, newest_first[1].value}),
              std::vector{newest_first[2]});
    EXPECT_TRUE(ids(stranger, 10).empty());
    const auto first = loop.wait(service->removed(owner, {{}, {}, 1, 0})).value().front();
    EXPECT_EQ(first.kind, character::RemovedKind::conversation);
    EXPECT_EQ(first.place.at_ms, 9);
    EXPECT_EQ(first.name, loop.wait(service->restore(owner, all[2])).value().title);
    EXPECT_TRUE(first.character);
    EXPECT_EQ(ids(owner, 10).size(), 2u);
}

// Lets others in each time that the time is asked for.
class InterruptedClock final : public async::Clock {
public:
    explicit InterruptedClock(async::Clock& clock) : clock_(clock) {}
    std::int64_t unix_ms() const override {
        if (meanwhile) meanwhile();
        return clock_.unix_ms();
    }
    async::SteadyTime steady() const override { return clock_.steady(); }
    Task<void> sleep_until(async::SteadyTime when) override { return clock_.sleep_until(when); }
    std::function<void()> meanwhile;

private:
    async::Clock& clock_;
};

TEST_F(TreeTest, WhatIsRestoredOrErasedDuringTheSweepDoesNotStopIt) {
    std::vector<ConversationId> old;
    for (int i = 0; i < 3; ++i) {
        old.push_back(talk("Hi", "Good day"));
        ASSERT_TRUE(loop.wait(service->remove(owner, old.back())));
        sql("UPDATE conversations SET removed = removed - ?1 WHERE id = ?2", Limits::restore_ms + 10 - i,
            old.back());
    }
    InterruptedClock clock(loop.clock);
    Service sweeper(*database, hub, clock, ids);
    test::VirtualLoop elsewhere;
    int asked = 0;  // once for the list, then for each of it
    clock.meanwhile = [&] {
        ++asked;
        if (asked == 2) {
            ASSERT_TRUE(elsewhere.wait(service->restore(owner, old[0])));
        }
        if (asked == 3) {
            ASSERT_TRUE(elsewhere.wait(service->erase(owner, old[1])));
        }
    };
    const auto erased = loop.wait(sweeper.erase_old());
    EXPECT_EQ(asked, 4);
    ASSERT_TRUE(erased) << erased.error().message;
    EXPECT_EQ(*erased, std::vector{old[2]});
    EXPECT_EQ(shown(old[0]).back(), "Good day");
    expect_whole();
}

TEST_F(TreeTest, ATitleOfAPersonStays) {
    const auto conversation = talk("Hi", "Good day");
    EXPECT_EQ(loop.wait(service->set_title(owner, conversation, "Greetings")).value().titled, Titled::model);
    ConversationChange change;
    change.title = "Mine";
    change.pinned = true;
    change.author_note = AuthorNote{"Be brief.", 2, NoteRole::system, 1, NotePosition::in_chat};
    const auto changed = loop.wait(service->change(owner, conversation, change)).value();
    EXPECT_EQ(changed.titled, Titled::person);
    EXPECT_EQ(loop.wait(service->set_title(owner, conversation, "Other")).value().title, "Mine");
    EXPECT_EQ(loop.wait(service->list(owner, {.pinned = true})).value().items.size(), 1u);
    EXPECT_TRUE(loop.wait(service->list(owner, {.archived = true})).value().items.empty());
    EXPECT_EQ(loop.wait(service->context(owner, conversation, {})).value().conversation.author_note->depth,
              2);
    ConversationChange clear;
    clear.clear_note = true;
    EXPECT_FALSE(loop.wait(service->change(owner, conversation, clear)).value().author_note);
    change.title = std::string(201, 'x');
    EXPECT_EQ(loop.wait(service->change(owner, conversation, change)).error().field, "title");
    expect_whole();
}

// By seed: everything that can be done to a tree, in any order. The projection follows from the events, no
// version is ever lost, and the shown branch is a path of visible messages.
TEST_F(TreeTest, AnyOrderOfMovesKeepsTheTreeWhole) {
    for (unsigned seed = 1; seed <= 12; ++seed) {
        std::mt19937 random(seed);
        const auto conversation = talk("Hi", "Good day");
        std::vector<MessageId> made;
        for (const auto& message : history(conversation).items) made.push_back(message.id);
        std::size_t edits = 0;
        for (int step = 0; step < 60; ++step) {
            const auto any = made[random() % made.size()];
            switch (random() % 7) {
                case 0:
                case 1: {
                    const bool following = random() % 2;
                    auto edited = loop.wait(service->edit(owner, conversation, {any, "e", following, {}}));
                    if (edited) {
                        made.push_back(edited->id);
                        ++edits;
                    }
                    break;
                }
                case 2: {
                    const auto page = history(conversation);
                    auto accept = first_message("more");
                    accept.create.reset();
                    accept.conversation_id = conversation;
                    accept.parent = loop.wait(service->context(owner, conversation, {})).value().leaf;
                    const auto accepted = loop.wait(service->accept(owner, accept)).value();
                    made.push_back(accepted.message_id);
                    made.push_back(loop.wait(service->end(owner, answer(accepted.turn_id, "a"))).value().id);
                    break;
                }
                case 3:
                case 4:
                    (void)loop.wait(service->select(owner, conversation, any));
                    break;
                case 5:
                    (void)loop.wait(service->remove_message(owner, conversation, any, random() % 4 == 0));
                    break;
                case 6:
                    (void)loop.wait(service->restore_message(owner, conversation, any));
                    break;
            }
            const auto page = history(conversation);
            std::optional<MessageId> above;
            for (const auto& message : page.items) {
                EXPECT_EQ(message.parent, above);
                above = message.id;
            }
        }
        EXPECT_EQ(problems(), Texts()) << seed;
        const auto kept = database->read_blocking([conversation](db::Reader& reader) {
            return reader.one<std::int64_t>("SELECT count(*) FROM messages WHERE conversation_id = ?1",
                                            conversation);
        });
        EXPECT_EQ(static_cast<std::size_t>(**kept), made.size()) << seed;
        EXPECT_GT(edits, 0u);
    }
    expect_whole();
}

}  // namespace

}  // namespace lares::chat
