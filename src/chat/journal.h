#pragma once
// What a turn writes down and reads: the narrow face of chat that turn stands on. chat::Service is the one;
// tests put faults between. Nothing here is undone by cancelling the caller: a write that was queued is done.
#include "async/task.h"
#include "base/result.h"
#include "chat/model.h"

namespace lares::chat {

// What a message leaves for the prompts after it: JSON, opaque here.
struct LeftState {
    std::string chat;
    std::optional<std::string> globals;  // set: the person's variables changed
};

// The conversation that a first message opens.
struct NewConversation {
    CharacterId character_id;
    std::string title;
    std::string greeting;                      // the companion's first message; empty: none
    std::vector<std::string> alternates = {};  // other greetings, siblings of the first
    std::size_t chosen = 0;                    // which of them is shown: 0 is `greeting`
    std::optional<ConversationId> id = {};     // known before: chance in its greetings hangs on it
    std::vector<std::string> states = {};      // what each greeting left; empty: nothing
};

// Why a turn begins. message: the person said something. carry_on: goes on with an answer that was
// interrupted or cut. again: another answer beside an earlier one. extend: an answer beside an earlier one
// that holds its text and goes on. impersonate: the model writes the person's line; nothing of it is stored.
enum class Begin : std::uint8_t { message, carry_on, again, extend, impersonate };
BOOST_DESCRIBE_ENUM(Begin, message, carry_on, again, extend, impersonate)

struct Accept {
    Begin begin = Begin::message;
    ConversationId conversation_id;
    std::optional<NewConversation> create;  // the conversation does not exist yet
    TurnId turn_id;
    MessageId message_id;             // message: the new message; else the one that is answered
    MessageId answer_id;              // carry_on: the answer that goes on
    std::optional<MessageId> parent;  // message: the leaf as the caller read it
    std::string text;  // message: what is said; carry_on, extend: the answer as the caller read it
    std::optional<std::string> client_id;
    std::vector<AttachmentId> attachments = {};  // message: what it carries
    std::optional<LeftState> left = {};          // message: what its macros set
};

// What the sender is told. The same again for a repeated client_id, with `repeated` set and the turn it
// began.
struct Accepted {
    ConversationId conversation_id;
    MessageId message_id;
    std::int64_t seq = 0;  // of the event
    TurnId turn_id;
    bool repeated = false;
};

enum class TurnState : std::uint8_t { running, done, interrupted, cut };
BOOST_DESCRIBE_ENUM(TurnState, running, done, interrupted, cut)

// How far an answer was heard before it was cut.
struct Heard {
    std::int64_t characters = 0;       // code points of the shown text
    std::string device;                // that told so; empty: nobody did, it was reckoned
    std::vector<std::int32_t> tokens;  // the ids of exactly these characters; empty: not known
};

struct AnswerEnd {
    TurnId turn_id;
    State state = State::done;
    std::string text;                  // the whole answer as shown
    std::vector<std::int32_t> tokens;  // done: the ids that the model generated for it; else empty
    std::optional<Usage> usage;        // absent: who answered did not tell
    Trace trace;
    std::int64_t frames = 0;     // the number of the turn's last frame
    std::optional<Heard> heard;  // cut: the answer ends there, the rest is kept aside
};

// A turn as the store has it.
struct TurnRecord {
    TurnId turn_id;
    ConversationId conversation_id;
    Begin begin = Begin::message;
    MessageId message_id;
    MessageId answer_id;
    std::int64_t seq = 0;  // of the event that began it
    TurnState state = TurnState::running;
    std::int64_t frames = 0;        // of an ended one
    std::optional<Message> answer;  // of an ended one
};

// What a message carries, as the prompt needs it.
struct SaidFile {
    Attachment about;
    std::string text;  // of a text: its words, cut to AttachmentLimits::prompt_code_points
};

// A message as the prompt needs it.
struct Said {
    MessageId id;
    std::optional<MessageId> parent;
    Role role = Role::user;
    std::string text;
    State state = State::done;
    std::vector<std::int32_t> tokens;
    std::string model;    // whose tokens
    bool hidden = false;  // not for prompts
    std::vector<SaidFile> files = {};
    std::string name = {};  // who spoke, where a file said so; empty: the persona or the character
    bool narrator = false;  // nobody's words
};

// The branch that ends in `leaf`, oldest first, cut to Limits::context_messages at its beginning.
struct Context {
    Conversation conversation;
    std::optional<MessageId> leaf;
    std::vector<Said> said;
    std::optional<ConversationId> branched_from = {};  // one of the same owner
};

class Journal {
public:
    virtual ~Journal() = default;

    // Errors: not_found "conversation-not-found"; conflict "conversation-changed" (the leaf is another one).
    virtual Task<Result<Accepted>> accept(OwnerId owner, Accept what) = 0;

    // Appends to the text so far of a running turn. Parts are numbered from 0 and may be written again.
    virtual Task<Result<void>> append(TurnId turn, std::int64_t part, std::string text) = 0;

    // Once per turn: a second call answers the first one's message and changes nothing.
    virtual Task<Result<Message>> end(OwnerId owner, AnswerEnd what) = 0;

    // An answer that has ended was heard only so far: it is cut there, as an event of its own, and what was
    // not heard is kept aside. Answers the message as it is then; unchanged when more than that was heard
    // already, or when the conversation has gone on since.
    virtual Task<Result<Message>> heard(OwnerId owner, TurnId turn, Heard what) = 0;

    // until: the branch that ends there; absent: the conversation's leaf.
    virtual Task<Result<Context>> context(OwnerId owner, ConversationId conversation,
                                          std::optional<MessageId> until) = 0;

    // Uploaded files of this person; invalid_field "attachments" where one is not theirs.
    virtual Task<Result<std::vector<SaidFile>>> files(OwnerId owner, std::vector<AttachmentId> ids) = 0;

    virtual Task<Result<std::optional<TurnRecord>>> find_turn(OwnerId owner, TurnId turn) = 0;
    virtual Task<Result<std::optional<TurnRecord>>> find_client_id(OwnerId owner, std::string client_id) = 0;
};

}  // namespace lares::chat
