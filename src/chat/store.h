#pragma once
// The SQL of chat. Functions of one transaction; Service says when.
#include <optional>
#include <vector>

#include "base/result.h"
#include "character/removed_list.h"
#include "chat/events.h"
#include "db/tx.h"

namespace lares::chat::store {

// Conversations. Those with an owner answer only the owner's. One that is removed or not finished yet is none
// but for any_head and what asks for these.
Result<std::optional<Head>> head(db::Reader& reader, OwnerId owner, ConversationId conversation);
Result<std::optional<Head>> any_head(db::Reader& reader, OwnerId owner, ConversationId conversation);
Result<std::optional<Head>> latest_with(db::Reader& reader, OwnerId owner, CharacterId character);
struct HeadsQuery {
    std::optional<CharacterId> character;
    std::optional<bool> pinned, archived;
    bool removed = false;
    std::optional<Head> before;
    std::int64_t limit = 0;
};
Result<std::vector<Head>> heads(db::Reader& reader, OwnerId owner, const HeadsQuery& query);
// Those that can be restored, the one that was removed last first.
struct RemovedHead {
    ConversationId id;
    CharacterId character_id;
    std::string title;
    std::int64_t removed = 0;
};
Result<std::vector<RemovedHead>> removed_heads(db::Reader& reader, OwnerId owner,
                                               const character::RemovedQuery& query);
Result<std::optional<LastMessage>> last_of(db::Reader& reader, const Head& head);
Result<std::vector<ConversationId>> removed_before(db::Reader& reader, std::int64_t at, std::int64_t limit);
Result<std::vector<ConversationId>> unfinished(db::Reader& reader, std::int64_t limit);
// Conversations whose projection is older than its columns.
Result<std::vector<ConversationId>> waiting_for_rebuild(db::Reader& reader, std::int64_t limit);
Result<bool> waits_for_rebuild(db::Reader& reader, ConversationId conversation);
Result<void> rebuilt(db::Tx& tx, ConversationId conversation);
// In order of id, of every owner: for the check.
Result<std::vector<ConversationId>> conversations_after(db::Reader& reader, ConversationId after,
                                                        std::int64_t limit);
Result<std::optional<Head>> head_of(db::Reader& reader, ConversationId conversation);

// Numbers the event, links it to the chain, writes it and what it does to the projection. The head moves with
// it and must be saved after the last event of the transaction.
Result<Event> append(db::Tx& tx, Head& head, EventKind kind, std::int64_t at, const Payload& payload);
Result<void> save(db::Tx& tx, const Head& head);
Result<void> apply(db::Tx& tx, const Effect& effect, const Head& head);
Result<std::vector<EventRow>> events_after(db::Reader& reader, ConversationId conversation, std::int64_t seq,
                                           std::int64_t limit);
Result<void> erase_payloads(db::Tx& tx, ConversationId conversation);
// Messages, turns, parts and the conversation's row.
Result<void> drop_projection(db::Tx& tx, ConversationId conversation, bool with_parts);
// Of a conversation that nobody was told of: its events, too.
Result<void> drop_wholly(db::Tx& tx, ConversationId conversation);

// Messages.
Result<std::optional<MessageRow>> message(db::Reader& reader, ConversationId conversation, MessageId message);
Result<std::optional<MessageRow>> message_by_client_id(db::Reader& reader, ConversationId conversation,
                                                       std::string_view client_id);
Result<bool> owns_message(db::Reader& reader, OwnerId owner, MessageId message);
// From `leaf` towards the beginning, at most `limit`: newest first.
Result<std::vector<MessageRow>> branch(db::Reader& reader, ConversationId conversation, MessageId leaf,
                                       std::int64_t limit);
Result<std::vector<MessageRow>> messages_of(db::Reader& reader, ConversationId conversation);
Result<std::vector<MessageRow>> pinned(db::Reader& reader, ConversationId conversation, std::size_t limit);

// Turns.
Result<std::optional<TurnRow>> turn(db::Reader& reader, OwnerId owner, TurnId turn);
Result<std::optional<TurnRow>> turn_by_client_id(db::Reader& reader, OwnerId owner,
                                                 std::string_view client_id);
Result<std::optional<TurnRow>> running_turn(db::Reader& reader, ConversationId conversation);
Result<std::vector<TurnRow>> running_turns(db::Reader& reader, std::int64_t limit);
Result<std::vector<TurnRow>> turns_of(db::Reader& reader, ConversationId conversation);

Result<void> append_part(db::Tx& tx, TurnId turn, std::int64_t part, std::string_view text);
Result<std::string> text_so_far(db::Reader& reader, TurnId turn);

}  // namespace lares::chat::store
