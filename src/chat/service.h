#pragma once
// Conversations: their rules over their store. Every call is scoped to its owner: what belongs to another
// person is not_found "conversation-not-found", as if it did not exist.
#include <cstddef>
#include <optional>
#include <string>

#include "async/clock.h"
#include "chat/hub.h"
#include "chat/journal.h"
#include "db/database.h"

namespace lares::chat {

// One of the two names the conversation; character_id: the one last spoken in with this companion.
struct HistoryQuery {
    std::optional<ConversationId> conversation_id;
    std::optional<CharacterId> character_id;
    std::optional<MessageId> before;
    std::optional<std::int64_t> limit;  // 1..Limits::page_max, else invalid_field
};
BOOST_DESCRIBE_STRUCT(HistoryQuery, (), (conversation_id, character_id, before, limit))

// What doctor and tests want to know: does the projection equal the events, is the chain whole?
struct CheckReport {
    std::int64_t conversations = 0, events = 0, messages = 0;
    std::vector<std::string> problems;  // at most 100, each names its conversation
};

class Service final : public Journal {
public:
    // All outlive the service.
    Service(db::Database& database, Hub& hub, async::Clock& clock, IdSource& ids);

    // Before the first turn of a process: answers that a crash cut off become interrupted, with the text that
    // was stored. Answers how many.
    Task<Result<std::int64_t>> recover();

    Task<Result<Conversation>> open(OwnerId owner, NewConversation what);
    Task<Result<Conversation>> get(OwnerId owner, ConversationId conversation);
    // Whether this message stands in a conversation of theirs.
    Task<Result<bool>> owns_message(OwnerId owner, MessageId message);
    Task<Result<ConversationPage>> list(OwnerId owner, std::optional<CharacterId> character,
                                        std::optional<ConversationId> before,
                                        std::optional<std::int64_t> limit);
    Task<Result<HistoryPage>> history(OwnerId owner, HistoryQuery query);

    // At most Limits::events_max after `seq`, in order. A device asks again until it has HistoryPage::seq.
    Task<Result<std::vector<Event>>> events_after(OwnerId owner, ConversationId conversation,
                                                  std::int64_t seq);

    // Erases all that was said in it; the chain of hashes stays. conflict "turn-running" while one runs.
    Task<Result<void>> remove(OwnerId owner, ConversationId conversation);

    // Every event is applied anew beside the projection and compared. Reads only.
    Task<Result<CheckReport>> check_projection();
    // Throws the projection away and makes it from the events. For the command line, with no turn running.
    Task<Result<void>> rebuild();

    Task<Result<Accepted>> accept(OwnerId owner, Accept what) override;
    Task<Result<void>> append(TurnId turn, std::int64_t part, std::string text) override;
    Task<Result<Message>> end(OwnerId owner, AnswerEnd what) override;
    Task<Result<Message>> heard(OwnerId owner, TurnId turn, Heard what) override;
    Task<Result<Context>> context(OwnerId owner, ConversationId conversation,
                                  std::optional<MessageId> until) override;
    Task<Result<std::optional<TurnRecord>>> find_turn(OwnerId owner, TurnId turn) override;
    Task<Result<std::optional<TurnRecord>>> find_client_id(OwnerId owner, std::string client_id) override;

private:
    void publish(OwnerId owner, std::vector<Event> events);
    db::Database& database_;
    Hub& hub_;
    async::Clock& clock_;
    IdSource& ids_;
};

// The rules of a message: not empty after trimming, at most Limits::message_code_points_max, valid UTF-8, no
// NUL. invalid_field("message", …).
Result<void> check_message(std::string_view text);
Result<void> check_client_id(const std::optional<std::string>& client_id);

}  // namespace lares::chat
