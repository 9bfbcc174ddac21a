#pragma once
// What a turn shows while it runs, numbered from 1 per turn. Frames live in a bounded ring and are replayed
// to a client that comes back; what must last is a durable event of chat. Voice joins as further alternatives
// (clause, audio, visemes).
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

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
    std::string text;            // what the answer begins with: not empty when one is carried on
};
BOOST_DESCRIBE_STRUCT(TurnStarted, (), (turn_id, conversation_id, message_id, text))

// It waits for room in the engine; place 1 is next.
struct Status {
    std::string state = "queued";
    std::int64_t place = 0;
};
BOOST_DESCRIBE_STRUCT(Status, (), (state, place))

struct Token {
    std::string text;  // whole code points
};
BOOST_DESCRIBE_STRUCT(Token, (), (text))

// The answer is stored as `text`: exactly TurnStarted::text and the tokens in order.
struct TurnDone {
    chat::MessageId message_id;
    std::string text;
    chat::State state = chat::State::done;  // or cut
    chat::Usage usage;
    chat::Trace trace;
};
BOOST_DESCRIBE_STRUCT(TurnDone, (), (message_id, text, state, usage, trace))

// The turn ended early. What was said is kept as an interrupted answer, and continuing is offered; message_id
// is absent only when even that could not be stored yet (the disk is full).
struct Failed {
    Error error;
    std::optional<chat::MessageId> message_id;
    std::string text;
};

using FrameBody = std::variant<AcceptedFrame, TurnStarted, Status, Token, TurnDone, Failed>;

struct Frame {
    chat::TurnId turn_id;
    std::int64_t number = 0;
    FrameBody body;
};
using FramePtr = std::shared_ptr<const Frame>;

// "accepted", "turn_started", "status", "token", "turn_done", "error": the SSE event and the socket's type.
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
