#pragma once
// Requests and answers of the chat routes, as they stand on the wire.
#include <array>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>

#include "chat/model.h"
#include "json/json.h"
#include "turn/frames.h"
#include "turn/turns.h"

namespace lares::api {

// What a person says, or what is asked about an answer. One of message, action, continue_message_id,
// retry_message_id. action: regenerate (another answer beside message_id: a swipe), continue (an answer
// beside message_id that holds its text and goes on; turn_started says where the new text begins),
// impersonate (the model writes the person's next line: turn_done has the role user, and nothing is stored).
// Without message_id: the last message.
struct ChatRequest {
    std::optional<chat::CharacterId> character_id;        // begins a conversation with this companion
    std::optional<chat::ConversationId> conversation_id;  // absent: a new one
    std::optional<std::uint32_t> greeting;             // it begins with this one; 0 is the companion's first
    std::optional<std::string> message;                // may be absent where there are attachments
    std::vector<chat::AttachmentId> attachments = {};  // uploaded before: POST /attachments
    std::optional<turn::Action> action;
    std::optional<chat::MessageId> message_id;
    std::optional<chat::MessageId>
        continue_message_id;  // an answer that was cut or interrupted, in its place
    std::optional<chat::MessageId> retry_message_id;
    std::optional<std::string> client_id;  // the sender's own name: sent again, it is the same message
    std::optional<std::uint32_t> max_tokens;
    std::optional<double> temperature;
    std::optional<std::uint32_t> seed;
    std::vector<std::string> stop;
    bool voice = true;  // false: text only
};
BOOST_DESCRIBE_STRUCT(ChatRequest, (),
                      (character_id, conversation_id, greeting, message, attachments, action, message_id,
                       continue_message_id, retry_message_id, client_id, max_tokens, temperature, seed, stop,
                       voice))
constexpr auto json_optional(const ChatRequest*) {
    return std::array<std::string_view, 3>{"attachments", "stop", "voice"};
}
constexpr auto json_rules(const ChatRequest*) {
    return std::array{json::range("greeting", 0, static_cast<double>(chat::Limits::greetings_max - 1)),
                      json::items("attachments", 0, chat::AttachmentLimits::per_message),
                      json::range("max_tokens", 1, turn::Limits::max_tokens_max),
                      json::range("temperature", 0, 2), json::items("stop", 0, 8)};
}

struct Reply {
    chat::MessageId id;
    std::string text;
    chat::State state = chat::State::done;
    chat::Role role = chat::Role::assistant;  // user: a draft of the person's own line, stored nowhere
};
BOOST_DESCRIBE_STRUCT(Reply, (), (id, text, state, role))

// Sound as it stands in JSON: of a turn's frame one chunk, of a whole answer one clause. On the socket it is
// a binary frame instead (turn_events.h).
struct AudioData {
    chat::TurnId turn_id;
    std::int64_t clause = 0;
    std::int64_t chunk = 0;
    std::int64_t sample_rate = 24'000;
    std::string format = "s16le";
    std::string data;  // base64 of mono samples
};
BOOST_DESCRIBE_STRUCT(AudioData, (), (turn_id, clause, chunk, sample_rate, format, data))

struct ChatAnswer {
    chat::ConversationId conversation_id;
    chat::MessageId message_id;  // of what the person said
    chat::TurnId turn_id;
    Reply reply;
    std::optional<chat::Usage> usage;  // absent: who answered did not tell
    chat::Trace trace;
    // Unless voice was false. One entry of audio and visemes for each clause that is spoken.
    std::vector<turn::Clause> clauses;
    std::vector<turn::Visemes> visemes;
    std::vector<AudioData> audio;
    std::optional<std::string> voice_notice;  // why there is no voice, or not of all
    std::optional<std::string> notice = {};   // a picture was described to a model that cannot see it
};
BOOST_DESCRIBE_STRUCT(ChatAnswer, (),
                      (conversation_id, message_id, turn_id, reply, usage, trace, clauses, visemes, audio,
                       voice_notice, notice))

struct TurnQuery {
    chat::TurnId turn_id;
};
BOOST_DESCRIBE_STRUCT(TurnQuery, (), (turn_id))

// characters: of the shown text, in code points, as far as this device has played it.
struct CancelRequest {
    chat::TurnId turn_id;
    std::optional<std::int64_t> characters;
    std::optional<std::string> device;
};
BOOST_DESCRIBE_STRUCT(CancelRequest, (), (turn_id, characters, device))
struct HeardRequest {
    chat::TurnId turn_id;
    std::int64_t characters = 0;
    std::optional<std::string> device;
};
BOOST_DESCRIBE_STRUCT(HeardRequest, (), (turn_id, characters, device))

// Durable events of one conversation after a number; absent: only what happens from now on, in all
// conversations.
struct EventsQuery {
    std::optional<chat::ConversationId> conversation_id;
    std::optional<std::int64_t> after;  // only with conversation_id
};
BOOST_DESCRIBE_STRUCT(EventsQuery, (), (conversation_id, after))

// The sender's own word that its message is stored. On a socket it also names the turn and the sender's
// client_id, because several turns share the socket.
struct SocketAccepted {
    chat::ConversationId conversation_id;
    chat::MessageId message_id;
    std::int64_t seq = 0;
    chat::TurnId turn_id;
    std::optional<std::string> client_id;
};
BOOST_DESCRIBE_STRUCT(SocketAccepted, (), (conversation_id, message_id, seq, turn_id, client_id))

struct Stopped {
    chat::TurnId turn_id;
};
BOOST_DESCRIBE_STRUCT(Stopped, (), (turn_id))

struct SeenConversation {
    chat::ConversationId conversation_id;
    std::int64_t seq = 0;  // the last event this device has
};
BOOST_DESCRIBE_STRUCT(SeenConversation, (), (conversation_id, seq))

struct SeenTurn {
    chat::TurnId turn_id;
    std::int64_t frame = 0;  // the last frame this device has
};
BOOST_DESCRIBE_STRUCT(SeenTurn, (), (turn_id, frame))

// The first message of a socket. `ticket` signs in a client that has neither cookie nor bearer; the rest
// names what a device that comes back has already seen.
struct Hello {
    std::optional<SecretText> ticket;
    std::vector<SeenConversation> conversations;
    std::vector<SeenTurn> turns;
};
BOOST_DESCRIBE_STRUCT(Hello, (), (ticket, conversations, turns))
constexpr auto json_optional(const Hello*) {
    return std::array<std::string_view, 2>{"conversations", "turns"};
}
constexpr auto json_rules(const Hello*) {
    return std::array{json::items("conversations", 0, 64), json::items("turns", 0, 16)};
}

struct Ready {
    UserId user_id;
    std::string version;
};
BOOST_DESCRIBE_STRUCT(Ready, (), (user_id, version))

// resync: events were dropped for this slow device, or it says that it has seen what is not there; it reloads
// the history. pong: answers ping. listening: an
// event stream hears everything from now on.
struct Notice {
    std::string kind;
    std::string message;
};
BOOST_DESCRIBE_STRUCT(Notice, (), (kind, message))

}  // namespace lares::api
