#pragma once
#include <gtest/gtest.h>

#include "chat/migrations.h"
#include "chat/prompts.h"
#include "chat/service.h"
#include "support/virtual_loop.h"

namespace lares::chat {

// A chat service on a database in memory.
class ChatTest : public testing::Test {
protected:
    ChatTest() {
        db::Options options;
        options.file = ":memory:";
        options.inline_mode = true;
        options.migrations = {{"chat", migrations}, {"prompts", prompt_migrations}};
        auto opened = db::Database::open(std::move(options));
        if (!opened) throw std::runtime_error(opened.error().message + opened.error().detail);
        database = std::move(*opened);
        service.emplace(*database, hub, loop.clock, ids);
    }

    template <class IdType>
    IdType make() {
        return ids.make<IdType>(loop.clock.unix_ms());
    }

    Accept first_message(std::string text, std::optional<std::string> client_id = {}) {
        Accept accept;
        accept.conversation_id = make<ConversationId>();
        accept.create = NewConversation{character, "Ada", "Hello."};
        accept.turn_id = make<TurnId>();
        accept.message_id = make<MessageId>();
        accept.answer_id = make<MessageId>();
        accept.text = std::move(text);
        accept.client_id = std::move(client_id);
        return accept;
    }

    Accept next_message(ConversationId conversation, std::string text) {
        auto accept = first_message(std::move(text));
        accept.create.reset();
        accept.conversation_id = conversation;
        accept.parent = loop.wait(service->context(owner, conversation, {})).value().leaf;
        return accept;
    }

    AnswerEnd answer(TurnId turn, std::string text, State state = State::done) {
        return {turn, state, std::move(text), {}, Usage{12, 3, 4}, {}, 7, {}};
    }

    // One whole exchange; answers the conversation.
    ConversationId talk(std::string said, std::string answered) {
        auto accepted = loop.wait(service->accept(owner, first_message(std::move(said)))).value();
        loop.wait(service->end(owner, answer(accepted.turn_id, std::move(answered)))).value();
        return accepted.conversation_id;
    }
    void go_on(ConversationId conversation, std::string said, std::string answered) {
        auto accepted =
            loop.wait(service->accept(owner, next_message(conversation, std::move(said)))).value();
        loop.wait(service->end(owner, answer(accepted.turn_id, std::move(answered)))).value();
    }

    void append(TurnId turn, std::int64_t part, std::string text) {
        ASSERT_TRUE(loop.wait(service->append(turn, part, std::move(text))));
    }

    HistoryPage history(ConversationId conversation) {
        HistoryQuery query;
        query.conversation_id = conversation;
        return loop.wait(service->history(owner, query)).value();
    }

    std::vector<std::string> problems() { return loop.wait(service->check_projection()).value().problems; }

    template <class... Args>
    void sql(db::Sql statement, Args... args) {
        ASSERT_TRUE(database->write_blocking([=](db::Tx& tx) { return tx.run(statement, args...); }));
    }

    test::VirtualLoop loop;
    IdSource ids{7};
    Hub hub;
    std::unique_ptr<db::Database> database;
    std::optional<Service> service;
    OwnerId owner = make<OwnerId>();
    OwnerId stranger = make<OwnerId>();
    CharacterId character = make<CharacterId>();
};

}  // namespace lares::chat
