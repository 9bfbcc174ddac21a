#pragma once
// What was said. A conversation is a tree of messages; its leaf names the branch that is shown. Everything is
// changed by durable events, numbered per conversation from 1 without a gap; conversations, messages and
// turns are what the events add up to (a projection: derived, rebuildable, tested equal).
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include "base/id.h"
#include "character/model.h"

namespace lares::chat {

struct ConversationTag {
    static constexpr std::string_view kind = "conversation";
};
struct MessageTag {
    static constexpr std::string_view kind = "message";
};
struct TurnTag {
    static constexpr std::string_view kind = "turn";
};
using ConversationId = Id<ConversationTag>;
using MessageId = Id<MessageTag>;
using TurnId = Id<TurnTag>;
using CharacterId = character::CharacterId;

enum class Role : std::uint8_t { user, assistant };
BOOST_DESCRIBE_ENUM(Role, user, assistant)

// done: complete. interrupted: the server or the engine stopped in the middle, the text so far is kept and
// the answer can be continued. cut: the person stopped it.
enum class State : std::uint8_t { done, interrupted, cut };
BOOST_DESCRIBE_ENUM(State, done, interrupted, cut)

// Tokens: of the prompt, of these found in the cache, generated.
struct Usage {
    std::int64_t prompt = 0;
    std::int64_t reused = 0;
    std::int64_t completion = 0;
    bool operator==(const Usage&) const = default;
};
BOOST_DESCRIBE_STRUCT(Usage, (), (prompt, reused, completion))

// When each stage of a turn was reached, in milliseconds after the message came in. Absent: not reached.
struct Trace {
    std::optional<double> accepted_ms;  // the commit was on the disk
    std::optional<double> prompt_built_ms;
    std::optional<double> prefill_done_ms;
    std::optional<double> first_token_ms;
    std::optional<double> first_clause_ms;   // known as such
    std::optional<double> first_sample_ms;   // sent, silence counted
    std::optional<double> first_audible_ms;  // above -45 dBFS
    std::optional<double> done_ms;
    std::optional<double> queued_ms;      // how long it waited for room in the engine
    std::optional<std::int64_t> reused;   // tokens of the prompt that were in the cache
    std::optional<std::int64_t> prefill;  // tokens of the prompt that were computed
    std::string model;
    bool operator==(const Trace&) const = default;
};
BOOST_DESCRIBE_STRUCT(Trace, (),
                      (accepted_ms, prompt_built_ms, prefill_done_ms, first_token_ms, first_clause_ms,
                       first_sample_ms, first_audible_ms, done_ms, queued_ms, reused, prefill, model))

// One message as clients see it: in history, in events.
struct Message {
    MessageId id;
    std::optional<MessageId> parent;  // absent: the first of its conversation
    Role role = Role::user;
    std::string text;
    std::optional<std::string> unheard;  // of a cut answer: what came after `text` and was not heard
    State state = State::done;
    std::int64_t created = 0;              // UTC ms
    std::int64_t seq = 0;                  // of the event that made or last changed it
    std::optional<TurnId> turn_id;         // the turn it began (user) or came from (assistant)
    std::optional<std::string> client_id;  // the sender's own name for it
    std::optional<Usage> usage;            // of an answer
    std::optional<Trace> trace;            // of an answer
    bool operator==(const Message&) const = default;
};
BOOST_DESCRIBE_STRUCT(Message, (),
                      (id, parent, role, text, unheard, state, created, seq, turn_id, client_id, usage,
                       trace))

struct Conversation {
    ConversationId id;
    CharacterId character_id;
    std::string title;
    std::int64_t seq = 0;  // its last event
    std::int64_t created = 0, updated = 0;
    bool operator==(const Conversation&) const = default;
};
BOOST_DESCRIBE_STRUCT(Conversation, (), (id, character_id, title, seq, created, updated))

// The answer that is being made now: not yet in the history. Its frames are asked of turn::Turns.
struct Running {
    TurnId turn_id;
    MessageId message_id;  // of the answer
    std::optional<MessageId> parent;
    std::string text;  // as far as the store has it: at most half a second behind
};
BOOST_DESCRIBE_STRUCT(Running, (), (turn_id, message_id, parent, text))

// Oldest first. `next` is the `before` that asks for the page above; absent: this is the beginning.
struct HistoryPage {
    ConversationId conversation_id;
    CharacterId character_id;
    std::string title;
    std::int64_t seq = 0;  // what of events() is in here
    std::vector<Message> items;
    std::optional<MessageId> next;
    std::optional<Running> running;
};
BOOST_DESCRIBE_STRUCT(HistoryPage, (), (conversation_id, character_id, title, seq, items, next, running))

// Last spoken in first.
struct ConversationPage {
    std::vector<Conversation> items;
    std::optional<ConversationId> next;  // the `before` of the page below
};
BOOST_DESCRIBE_STRUCT(ConversationPage, (), (items, next))

enum class EventKind : std::uint8_t {
    conversation_created,  // data: character_id, title
    message_added,         // data: message; nobody waits for an answer (a greeting)
    message_accepted,      // data: message, turn_id, answer_id: its answer has begun
    answer_asked,        // data: turn_id, answer_id, parent: continued or tried again, without a new message
    answer_done,         // data: message, turn_id
    answer_interrupted,  // data: message, turn_id
    answer_cut,          // data: message, turn_id
    answer_heard,  // data: message (text: what was heard; unheard: the rest), turn_id, characters, device
    conversation_deleted  // no data: everything said in it is erased
};
BOOST_DESCRIBE_ENUM(EventKind, conversation_created, message_added, message_accepted, answer_asked,
                    answer_done, answer_interrupted, answer_cut, answer_heard, conversation_deleted)

struct EventData {
    std::optional<Message> message;
    std::optional<TurnId> turn_id;
    std::optional<MessageId> answer_id;
    std::optional<MessageId> parent;
    std::optional<CharacterId> character_id;
    std::optional<std::string> title;
    std::optional<std::int64_t> characters;  // code points of the answer that were heard
    std::optional<std::string> device;       // that told so
};
BOOST_DESCRIBE_STRUCT(EventData, (),
                      (message, turn_id, answer_id, parent, character_id, title, characters, device))

// A durable event as every device of the owner gets it.
struct Event {
    ConversationId conversation_id;
    std::int64_t seq = 0;
    EventKind kind = EventKind::message_added;
    std::int64_t at = 0;  // UTC ms
    EventData data;
};
BOOST_DESCRIBE_STRUCT(Event, (), (conversation_id, seq, kind, at, data))

// Bounds of this folder.
struct Limits {
    static constexpr std::size_t message_code_points_max = 100'000;
    static constexpr std::size_t client_id_max = 128;  // code points
    static constexpr std::size_t device_max = 64;      // bytes of a device's name
    static constexpr std::size_t page_max = 200;       // items of one history or list page
    static constexpr std::size_t page_default = 50;
    static constexpr std::size_t events_max = 500;          // of one events_after()
    static constexpr std::size_t context_messages = 4'000;  // read for a prompt
    static constexpr std::size_t subscription_events = 256;
    static constexpr std::size_t subscriptions_per_user = 32;
};

}  // namespace lares::chat
