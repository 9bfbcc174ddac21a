#pragma once
// What was said. A conversation is a tree of messages; its leaf names the branch that is shown. Everything is
// changed by durable events, numbered per conversation from 1 without a gap; conversations, messages and
// turns are what the events add up to (a projection: derived, rebuildable, tested equal).
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include "base/id.h"
#include "base/result.h"
#include "character/model.h"
#include "character/persona_id.h"
#include "chat/attachment.h"
#include "json/rules.h"

namespace lares {
BOOST_DESCRIBE_STRUCT(Overflow, (), (part, tokens, remedy))
}  // namespace lares

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
using PersonaId = character::PersonaId;

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

// Why an answer was interrupted, as the person was told then: which part does not fit, by how much, what to
// do.
struct Failure {
    std::string type;
    std::string detail;
    std::optional<Overflow> overflow = {};
    bool operator==(const Failure&) const = default;
};
BOOST_DESCRIBE_STRUCT(Failure, (), (type, detail, overflow))

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
    std::optional<Failure> failure;  // of an interrupted answer; absent: the server stopped
    bool operator==(const Trace&) const = default;
};
BOOST_DESCRIBE_STRUCT(Trace, (),
                      (accepted_ms, prompt_built_ms, prefill_done_ms, first_token_ms, first_clause_ms,
                       first_sample_ms, first_audible_ms, done_ms, queued_ms, reused, prefill, model,
                       failure))

// The other versions of a message: those with the same parent that are not removed, in the order in which
// they were made.
struct Siblings {
    std::int64_t index = 0;  // of this one, from 0
    std::int64_t count = 1;
    std::vector<MessageId> ids;  // at most Limits::sibling_ids, those around this one
    bool operator==(const Siblings&) const = default;
};
BOOST_DESCRIBE_STRUCT(Siblings, (), (index, count, ids))

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
    bool hidden = false;                   // no prompt holds it
    bool pinned = false;
    std::optional<MessageId> edit_of;  // it was written in place of that one, which is kept beside it
    std::optional<Siblings> siblings;  // in the history; absent: there are none
    std::optional<std::vector<Attachment>> attachments = {};
    bool operator==(const Message&) const = default;
};
BOOST_DESCRIBE_STRUCT(Message, (),
                      (id, parent, role, text, unheard, state, created, seq, turn_id, client_id, usage, trace,
                       hidden, pinned, edit_of, siblings, attachments))

// Whose word a title is: the companion's name at first, then the model's, and a person's for good.
enum class Titled : std::uint8_t { opening, model, person };
BOOST_DESCRIBE_ENUM(Titled, opening, model, person)

// A text that the person puts into the prompt of this conversation.
enum class NoteRole : std::uint8_t { system, user, assistant };
BOOST_DESCRIBE_ENUM(NoteRole, system, user, assistant)
enum class NotePosition : std::uint8_t { in_chat, after_scenario, before_scenario };
BOOST_DESCRIBE_ENUM(NotePosition, in_chat, after_scenario, before_scenario)
struct AuthorNote {
    std::string text;
    std::int64_t depth = 4;  // messages from the end; in_chat
    NoteRole role = NoteRole::system;
    std::int64_t interval = 1;  // with every n-th message of the person; 0: never
    NotePosition position = NotePosition::in_chat;
    bool allow_scan = false;  // keys of lorebooks are looked for in it, too
    bool operator==(const AuthorNote&) const = default;
};
BOOST_DESCRIBE_STRUCT(AuthorNote, (), (text, depth, role, interval, position, allow_scan))
constexpr auto json_optional(const AuthorNote*) {
    return std::array<std::string_view, 5>{"depth", "role", "interval", "position", "allow_scan"};
}
constexpr auto json_rules(const AuthorNote*) {
    return std::array{json::length("text", 0, 20'000), json::range("depth", 0, 10'000),
                      json::range("interval", 0, 10'000)};
}

// How prompts are laid out: as SillyTavern has it, or so that the model's cache survives.
enum class Layout : std::uint8_t { compat, stable };
BOOST_DESCRIBE_ENUM(Layout, compat, stable)

// What a conversation has of its own. Absent: as the person, the character and the server have it.
struct Settings {
    std::optional<PersonaId> persona_id;
    std::optional<AuthorNote> author_note;
    std::optional<Layout> layout;
    std::optional<std::string> model;  // who answers: a name of gateway::Gateway
    bool operator==(const Settings&) const = default;
};
BOOST_DESCRIBE_STRUCT(Settings, (), (persona_id, author_note, layout, model))
constexpr bool json_omits_empty(const Settings*) {
    return true;
}

// The end of a conversation, for lists.
struct LastMessage {
    MessageId id;
    Role role = Role::user;
    std::string text;  // its first Limits::last_code_points
    std::int64_t at = 0;
    bool operator==(const LastMessage&) const = default;
};
BOOST_DESCRIBE_STRUCT(LastMessage, (), (id, role, text, at))

struct Conversation {
    ConversationId id;
    CharacterId character_id;
    std::string title;
    std::int64_t seq = 0;  // its last event
    std::int64_t created = 0, updated = 0;
    Titled titled = Titled::opening;
    bool pinned = false;
    bool archived = false;
    std::optional<PersonaId> persona_id;
    std::optional<AuthorNote> author_note;
    std::optional<Layout> layout;
    std::optional<std::string> model;
    std::optional<std::int64_t> removed;  // UTC ms when it was deleted; it can be restored for a while
    std::optional<LastMessage> last;      // in lists
    bool operator==(const Conversation&) const = default;
};
BOOST_DESCRIBE_STRUCT(Conversation, (),
                      (id, character_id, title, seq, created, updated, titled, pinned, archived, persona_id,
                       author_note, layout, model, removed, last))

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

// The versions of a message in the order in which they were made.
struct SiblingPage {
    std::vector<Message> items;
    std::int64_t count = 0;
    std::optional<MessageId> next;  // the `after` of the next page
};
BOOST_DESCRIBE_STRUCT(SiblingPage, (), (items, count, next))

// Code points of SearchHit::snippet.
struct TextRange {
    std::int64_t start = 0, end = 0;
    bool operator==(const TextRange&) const = default;
};
BOOST_DESCRIBE_STRUCT(TextRange, (), (start, end))

struct SearchHit {
    ConversationId conversation_id;
    MessageId message_id;
    CharacterId character_id;
    std::string title;  // of the conversation
    Role role = Role::user;
    std::int64_t at = 0;                         // UTC ms
    std::string snippet;                         // the words around the first match
    bool cut_before = false, cut_after = false;  // the message has more than the snippet
    std::vector<TextRange> matches;
};
BOOST_DESCRIBE_STRUCT(SearchHit, (),
                      (conversation_id, message_id, character_id, title, role, at, snippet, cut_before,
                       cut_after, matches))

// Newest first.
struct SearchPage {
    std::vector<SearchHit> items;
    std::optional<std::string> next;  // the `cursor` of the next page
};
BOOST_DESCRIBE_STRUCT(SearchPage, (), (items, next))

enum class EventKind : std::uint8_t {
    conversation_created,  // data: character_id, title
    message_added,         // data: message; nobody waits for an answer (a greeting)
    message_accepted,      // data: message, turn_id, answer_id: its answer has begun
    answer_asked,        // data: turn_id, answer_id, parent: continued or tried again, without a new message
    answer_done,         // data: message, turn_id
    answer_interrupted,  // data: message, turn_id
    answer_cut,          // data: message, turn_id
    answer_heard,    // data: message (text: what was heard; unheard: the rest), turn_id, characters, device
    message_edited,  // data: message (a sibling of edit_of), edit_of, leaf; following: what stood below moved
                     // along
    path_selected,   // data: message_id, leaf: the branch that is shown ends there now
    message_hidden,  // data: message_id, hidden
    message_pinned,  // data: message_id, pinned
    message_removed,  // data: message_id, removed (it and the versions that went with it), leaf; absent: none
                      // is left
    message_restored,        // data: message_id, leaf, when it is shown again
    conversation_changed,    // data: what is new of title, pinned, archived, settings
    conversation_removed,    // no data: it can be restored for a while
    conversation_restored,   // no data
    conversation_completed,  // data: leaf; a branch or an import is there as a whole
    conversation_deleted     // no data: everything said in it is erased
};
BOOST_DESCRIBE_ENUM(EventKind, conversation_created, message_added, message_accepted, answer_asked,
                    answer_done, answer_interrupted, answer_cut, answer_heard, message_edited, path_selected,
                    message_hidden, message_pinned, message_removed, message_restored, conversation_changed,
                    conversation_removed, conversation_restored, conversation_completed, conversation_deleted)

struct EventData {
    std::optional<Message> message;
    std::optional<TurnId> turn_id;
    std::optional<MessageId> answer_id;
    std::optional<MessageId> parent;
    std::optional<CharacterId> character_id;
    std::optional<std::string> title;
    std::optional<std::int64_t> characters;  // code points of the answer that were heard
    std::optional<std::string> device;       // that told so
    std::optional<MessageId> message_id;
    std::optional<MessageId> edit_of;
    std::optional<MessageId> leaf;  // where the shown branch ends now
    std::optional<bool> following;
    std::optional<bool> hidden, pinned, archived;
    std::optional<std::vector<MessageId>> removed;
    std::optional<Titled> titled;
    std::optional<Settings> settings;  // all of them, as they are now
};
BOOST_DESCRIBE_STRUCT(EventData, (),
                      (message, turn_id, answer_id, parent, character_id, title, characters, device,
                       message_id, edit_of, leaf, following, hidden, pinned, archived, removed, titled,
                       settings))

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
    static constexpr std::size_t messages_max = 100'000;    // of one that is imported or copied
    static constexpr std::size_t title_max = 200;           // code points
    static constexpr std::size_t last_code_points = 160;
    static constexpr std::size_t failure_max = 2'000;  // code points of a Failure's detail
    static constexpr std::size_t sibling_ids = 64;
    static constexpr std::size_t greetings_max = 64;  // of a new conversation, the first counted
    static constexpr std::size_t copy_batch = 200;    // messages of one transaction, of a branch or an import
    static constexpr std::size_t import_bytes = 96 * 1024 * 1024;  // attachments are in it, as base64
    static constexpr std::int64_t restore_ms = character::limits::restore_ms;  // a removed one is kept
    static constexpr std::size_t query_max = 200;                              // code points
    static constexpr std::size_t query_terms = 16;
    static constexpr std::size_t snippet_code_points = 240;
    static constexpr std::size_t subscription_events = 256;
    static constexpr std::size_t subscriptions_per_user = 32;
};

}  // namespace lares::chat
