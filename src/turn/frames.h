#pragma once
// What a turn shows while it runs, numbered from 1 per turn. Frames live in a bounded ring and are replayed
// to a client that comes back; what must last is a durable event of chat. Places in the text are code points
// of the shown text (TurnStarted::text and the tokens).
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/describe/class.hpp>

#include "async/task.h"
#include "base/result.h"
#include "chat/model.h"

namespace lares::turn {

// The message is stored. For its sender; the other devices get the durable event with the same seq.
struct AcceptedFrame {
    chat::ConversationId conversation_id;
    chat::MessageId message_id;
    std::int64_t seq = 0;
};
BOOST_DESCRIBE_STRUCT(AcceptedFrame, (), (conversation_id, message_id, seq))

struct TurnStarted {
    chat::TurnId turn_id;
    chat::ConversationId conversation_id;
    chat::MessageId message_id;  // of the answer
    std::string text;            // what the answer begins with: not empty when one goes on; tokens follow it
    std::int64_t offset = 0;     // where the tokens begin: code points of `text`
    chat::Role role = chat::Role::assistant;  // user: a draft of the person's own line, stored nowhere
};
BOOST_DESCRIBE_STRUCT(TurnStarted, (), (turn_id, conversation_id, message_id, text, offset, role))

// queued: it waits for room in the engine; voice_queued: the text goes on, its voice waits for a seat; place
// 1 is next. loading: the model is being loaded.
struct Status {
    std::string state = "queued";
    std::int64_t place = 0;
};
BOOST_DESCRIBE_STRUCT(Status, (), (state, place))

struct Token {
    std::string text;  // whole code points
};
BOOST_DESCRIBE_STRUCT(Token, (), (text))

// The voice cannot be had; the text goes on. kind: "voice-missing", "voice-busy", "voice-failed",
// "voice-unheard", …. Or image_described: the model does not see the picture that the message brought.
inline constexpr std::string_view image_described = "image-described";
struct VoiceNotice {
    std::string kind;
    std::string message;  // why, and what to do, for the person
};
BOOST_DESCRIBE_STRUCT(VoiceNotice, (), (kind, message))

// The model showed a feeling: from the code point `at` on.
struct Emotion {
    std::string emotion;  // neutral, happy, sad, angry, surprised, relaxed
    std::int64_t at = 0;
};
BOOST_DESCRIBE_STRUCT(Emotion, (), (emotion, at))

// A piece of the shown text that is spoken as one. Clauses are in order and do not overlap.
struct Clause {
    std::int64_t index = 0;
    std::string text;
    std::int64_t start = 0, end = 0;
};
BOOST_DESCRIBE_STRUCT(Clause, (), (index, text, start, end))

// Sound of a clause. On the socket it is a binary frame (api/chat/turn_events.h), elsewhere base64.
struct Audio {
    std::int64_t clause = 0;
    std::int64_t chunk = 0;  // from 0 in each clause
    std::int64_t sample_rate = 24'000;
    std::string samples;  // s16le, mono
};

struct MouthCue {
    double at_ms = 0, for_ms = 0;
    std::string shape;  // one of the fifteen of voice::viseme_names
    double weight = 1;
};
BOOST_DESCRIBE_STRUCT(MouthCue, (), (at_ms, for_ms, shape, weight))

struct SpokenWord {
    std::int64_t start = 0, end = 0;  // of the shown text
    double at_ms = 0, for_ms = 0;
};
BOOST_DESCRIBE_STRUCT(SpokenWord, (), (start, end, at_ms, for_ms))

// How the mouth moves to a clause, and which word is heard when: milliseconds of the clause's own sound.
// Comes before the clause's first audio.
struct Visemes {
    std::int64_t clause = 0;
    double for_ms = 0;  // of the clause's sound, exactly its samples
    std::vector<MouthCue> track;
    std::vector<SpokenWord> words;
};
BOOST_DESCRIBE_STRUCT(Visemes, (), (clause, for_ms, track, words))

// Somebody speaks over the voice: players pause where they are, and nothing more is made for a while.
struct Held {
    std::int64_t characters = 0;  // heard so far, as far as is known
};
BOOST_DESCRIBE_STRUCT(Held, (), (characters))

// It was nothing: players go on.
struct Resumed {
    std::int64_t characters = 0;
};
BOOST_DESCRIBE_STRUCT(Resumed, (), (characters))

// The answer is stored as `text`: exactly TurnStarted::text and the tokens in order; of a cut one as much as
// was heard.
struct TurnDone {
    chat::MessageId message_id;
    std::string text;
    chat::State state = chat::State::done;  // or cut
    std::optional<chat::Usage> usage;       // absent: who answered did not tell, or not yet
    chat::Trace trace;
    chat::Role role = chat::Role::assistant;  // user: a draft; it is the person's to send
};
BOOST_DESCRIBE_STRUCT(TurnDone, (), (message_id, text, state, usage, trace, role))

// The turn ended early. What was said is kept as an interrupted answer, and continuing is offered; message_id
// is absent only when even that could not be stored yet (the disk is full).
struct Failed {
    Error error;
    std::optional<chat::MessageId> message_id;
    std::string text;
};

// An error of a turn whose message is stored: to send that again would help nothing, so no time to do it is
// told, and the ids say what can be answered again.
Error of_stored(Error error, chat::ConversationId conversation, chat::MessageId message, chat::TurnId turn);

using FrameBody = std::variant<AcceptedFrame, TurnStarted, Status, Token, Clause, Visemes, Audio, Emotion,
                               VoiceNotice, Held, Resumed, TurnDone, Failed>;

struct Frame {
    chat::TurnId turn_id;
    std::int64_t number = 0;
    FrameBody body;
};
using FramePtr = std::shared_ptr<const Frame>;

// "accepted", "turn_started", "status", "token", "clause", "visemes", "audio", "emotion", "notice", "held",
// "resumed", "turn_done", "error": the SSE event and the socket's type.
std::string_view name_of(const FrameBody& body);
bool is_last(const FrameBody& body);  // turn_done and error end a turn

// "TURN/FRAME", as SSE ids carry it.
std::string frame_id(const Frame& frame);
struct FrameId {
    chat::TurnId turn_id;
    std::int64_t number = 0;
};
std::optional<FrameId> parse_frame_id(std::string_view text);

// One reader of a turn, on one executor. Destroying it does not touch the turn.
class FrameStream {
public:
    virtual ~FrameStream() = default;
    // The next frame; null after the last one. Error: "frames-gone" when the reader fell behind what the ring
    // keeps (reload the history). Cancelled: unwinds.
    virtual Task<Result<FramePtr>> next() = 0;
};

}  // namespace lares::turn
