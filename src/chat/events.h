#pragma once
// A durable event from the inside: what its payload holds, how it joins the chain of hashes, and what it does
// to the projection, as data: the store writes that down, the check compares it.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "chat/journal.h"
#include "db/value.h"

namespace lares::chat {

// The payload of every kind, as JSON without its empty members. Sealed into the chain by its hash, it can be
// erased (NULL) and the chain stays whole.
struct Payload {
    std::optional<CharacterId> character_id;
    std::optional<std::string> title;
    std::optional<MessageId> message_id;
    std::optional<MessageId> parent;
    std::optional<Role> role;
    std::optional<std::string> text;
    std::optional<Begin> begin;
    std::optional<TurnId> turn_id;
    std::optional<MessageId> answer_id;
    std::optional<std::string> client_id;
    std::optional<std::string> tokens;  // base64 of pack_tokens()
    std::optional<Usage> usage;
    std::optional<Trace> trace;
    std::optional<std::int64_t> frames;
    std::optional<std::int64_t> created;  // of an answer that was there before
    std::optional<std::string> unheard;
    std::optional<std::int64_t> characters;
    std::optional<std::string> device;
};
BOOST_DESCRIBE_STRUCT(Payload, (),
                      (character_id, title, message_id, parent, role, text, begin, turn_id, answer_id,
                       client_id, tokens, usage, trace, frames, created, unheard, characters, device))

std::string write_payload(const Payload& payload);
Result<Payload> read_payload(std::string_view text);

// The link of an event: over the link before it, its place, kind, time, owner and the payload's hash.
std::string chain_hash(std::string_view before, ConversationId conversation, std::int64_t seq, EventKind kind,
                       std::int64_t at, OwnerId owner, std::string_view payload_hash);

std::string pack_tokens(const std::vector<std::int32_t>& tokens);  // 4 bytes each, little-endian
std::vector<std::int32_t> unpack_tokens(std::string_view bytes);

// Rows of the projection; members stand in the order of the columns that store.cpp names.
struct MessageRow {
    MessageId id;
    ConversationId conversation_id;
    std::optional<MessageId> parent;
    Role role = Role::user;
    std::string text;
    State state = State::done;
    std::int64_t created = 0;
    std::int64_t seq = 0;
    std::optional<TurnId> turn_id;
    std::optional<std::string> client_id;
    db::Blob tokens;
    std::optional<std::int64_t> usage_prompt, usage_reused, usage_completion;
    std::optional<std::string> trace;
    std::optional<std::string> unheard;
    bool operator==(const MessageRow&) const = default;
};

struct TurnRow {
    TurnId id;
    OwnerId owner;
    ConversationId conversation_id;
    Begin begin = Begin::message;
    MessageId message_id;
    MessageId answer_id;
    std::optional<std::string> client_id;
    std::int64_t seq = 0;
    TurnState state = TurnState::running;
    std::int64_t frames = 0;
    bool operator==(const TurnRow&) const = default;
};

// A conversation's row, and what the next event is linked to.
struct Head {
    ConversationId id;
    OwnerId owner;
    CharacterId character_id;
    std::string title;
    std::int64_t seq = 0;
    std::optional<MessageId> leaf;
    db::Blob chain_hash;
    std::int64_t created = 0;
    std::int64_t updated = 0;
    bool operator==(const Head&) const = default;
};

struct EventRow {
    ConversationId conversation_id;
    std::int64_t seq = 0;
    OwnerId owner;
    EventKind kind = EventKind::message_added;
    std::int64_t at = 0;
    std::optional<std::string> payload;
    db::Blob payload_hash;
    db::Blob chain_hash;
};

// What one event does to the projection, beside the head.
struct Effect {
    std::optional<MessageRow> message;
    std::optional<TurnRow> turn_begun;
    struct TurnEnded {
        TurnId id;
        TurnState state;
        std::int64_t frames;
    };
    std::optional<TurnEnded> turn_ended;
    bool deleted = false;  // the conversation and all its rows go
};

// Moves the head (all but its chain_hash) and says the rest. Error: the payload lacks what its kind needs.
Result<Effect> effect_of(Head& head, std::int64_t seq, EventKind kind, std::int64_t at,
                         const Payload& payload);

Message message_of(const MessageRow& row);
Event event_of(const EventRow& row, const Payload& payload);

}  // namespace lares::chat
