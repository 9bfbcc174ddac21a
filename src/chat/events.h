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

// Of the children of `parent` this one is on the path that was last shown.
struct Choice {
    MessageId parent;
    std::optional<MessageId> child;
    bool operator==(const Choice&) const = default;
};
BOOST_DESCRIBE_STRUCT(Choice, (), (parent, child))

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
    std::optional<MessageId> leaf;
    std::optional<std::vector<Choice>> choices;  // which pointers of the tree move
    std::optional<bool> aside;                   // a sibling that is not shown
    std::optional<bool> following;               // message_edited: what stood below edit_of moves along
    std::optional<MessageId> edit_of;
    std::optional<MessageId> chosen;  // of a message: its child that is shown
    std::optional<State> state;       // of a message that was copied
    std::optional<bool> hidden, pinned, archived;
    std::optional<MessageId> removed_by;
    std::optional<std::vector<MessageId>> removed;  // message_removed: it and the versions that go with it
    std::optional<Titled> titled;
    std::optional<Settings> settings;
    std::optional<std::string> extra;     // what another program keeps with a message, a JSON object
    std::optional<std::string> metadata;  // the same with a conversation
    std::optional<bool> unfinished;       // conversation_created: its messages are on their way
    std::optional<ConversationId> from_conversation;  // conversation_created: the one it branched from
    std::optional<MessageId> from_message;
    std::optional<std::vector<Attachment>> attachments;
};
BOOST_DESCRIBE_STRUCT(Payload, (),
                      (character_id, title, message_id, parent, role, text, begin, turn_id, answer_id,
                       client_id, tokens, usage, trace, frames, created, unheard, characters, device, leaf,
                       choices, aside, following, edit_of, chosen, state, hidden, pinned, archived,
                       removed_by, removed, titled, settings, extra, metadata, unfinished, from_conversation,
                       from_message, attachments))

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
    // What stays when an answer is written anew.
    std::int64_t place = 0;  // the seq of the event that made it: the order of siblings
    bool hidden = false, pinned = false;
    std::optional<MessageId> removed_by;  // it is not shown: that message was removed, with what follows it
    std::optional<MessageId> edit_of;
    std::optional<MessageId> chosen;  // its child on the path that was last shown
    std::optional<std::string> extra;
    std::optional<std::string> attachments;  // JSON list of Attachment
    bool operator==(const MessageRow&) const = default;
};

// The fields of `row` that outlive a new text, from the row that was there before.
void keep_standing(MessageRow& row, const MessageRow& before);

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
    Titled titled = Titled::opening;
    bool pinned = false, archived = false;
    std::optional<std::string> settings;  // Settings as JSON
    std::optional<std::int64_t> removed;  // UTC ms
    bool unfinished = false;              // not shown: its messages are on their way
    std::optional<std::string> metadata;
    std::optional<ConversationId> from_conversation;
    std::optional<MessageId> from_message;
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
    // In this order, after the message.
    struct Mark {
        MessageId id;
        std::int64_t seq;
        std::optional<bool> hidden, pinned;
    };
    std::optional<Mark> mark;
    struct Rehang {
        MessageId from, to;
    };
    std::optional<Rehang> rehang;  // the children of `from` become those of `to`
    struct Removal {
        MessageId by;
        std::vector<MessageId> roots;  // with all below that is not removed yet
    };
    std::optional<Removal> removal;
    std::optional<MessageId> restored;  // what was removed by it is back
    std::vector<Choice> choices;
    bool deleted = false;  // the conversation and all its rows go
};

// Moves the head (all but its chain_hash) and says the rest. Error: the payload lacks what its kind needs.
Result<Effect> effect_of(Head& head, std::int64_t seq, EventKind kind, std::int64_t at,
                         const Payload& payload);

std::vector<Attachment> attachments_of(const MessageRow& row);
Message message_of(const MessageRow& row);
Conversation conversation_of(const Head& head);
Settings settings_of(const Head& head);
Event event_of(const EventRow& row, const Payload& payload);

}  // namespace lares::chat
