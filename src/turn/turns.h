#pragma once
// Turns: from what a person says to the last frame of the answer. The commit of the message and the work
// (prompt, prefill) start together; nothing is shown before the commit. A turn runs on the executor it was
// asked on and belongs to no connection: a client that goes away changes nothing, cancel() ends it.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/enum.hpp>

#include "async/clock.h"
#include "async/task.h"
#include "base/id.h"
#include "base/result.h"
#include "chat/journal.h"
#include "gateway/provider.h"
#include "turn/companion.h"
#include "turn/frames.h"
#include "turn/speech.h"

namespace lares::turn {

// Bounds of this folder.
struct Limits {
    std::size_t running_max = 256;  // turns at once in this process; past it unavailable "server-busy"
    std::size_t running_per_user = 8;
    std::size_t model_queue_max = 32;  // of the model inside: past it unavailable "engine-busy"
    std::size_t ring_frames = 16'384;  // of one turn
    std::size_t ring_bytes = 2 * 1024 * 1024;
    std::size_t rings_bytes = 64 * 1024 * 1024;  // of all turns; ended ones go first, the oldest first
    std::int64_t keep_ms = 60'000;               // an ended turn's frames, when there is room
    std::int64_t append_ms = 400;                // text so far goes to the store at least this often
    std::int64_t first_token_ms = 300'000;       // deadlines: from start to the first token,
    std::int64_t token_gap_ms = 60'000;          // between two,
    std::int64_t turn_ms = 1'800'000;            // and for all of it
    std::size_t prompt_first_bytes = 2'000;      // a longer message must fit the model before it is stored
    std::size_t answer_bytes = 1024 * 1024;      // an answer that grows past it is ended
    std::uint32_t max_tokens_default = 512;
    static constexpr std::uint32_t max_tokens_max = 131'072;
    SpeechLimits speech;
    std::size_t stop_max = 8;         // of the request
    std::size_t stop_bytes_max = 64;  // each
};

// What is asked besides a new message. regenerate: another answer beside this one (a swipe). continue_: an
// answer beside this one that holds its text and goes on. impersonate: the model writes the person's next
// line, a draft that is stored nowhere.
enum class Action : std::uint8_t { regenerate, continue_, impersonate };
BOOST_DESCRIBE_ENUM(Action, regenerate, continue_, impersonate)

// Exactly one of: a message; carry_on (an answer that was interrupted or cut goes on, in its place); again
// (another answer beside this one); action.
struct Request {
    std::optional<chat::CharacterId> character_id;        // of a new conversation
    std::optional<chat::ConversationId> conversation_id;  // absent: a new one with character_id
    std::optional<std::size_t> greeting;                  // which of the companion's a new one begins with
    std::string message;                                  // may be empty where there are attachments
    std::vector<chat::AttachmentId> attachments = {};     // of the message
    std::optional<chat::MessageId> carry_on;
    std::optional<chat::MessageId> again;
    std::optional<Action> action;
    std::optional<chat::MessageId> action_on;  // absent: the last message
    std::optional<std::string> client_id;      // the same one again is the same message
    std::optional<std::uint32_t> max_tokens;
    std::optional<double> temperature;
    std::optional<std::uint32_t> seed;
    std::vector<std::string> stop;
    bool voice = false;         // the answer is spoken, too
    gateway::Payer payer = {};  // of an access key: what it may cost and name; the rest is filled in
};

struct Started {
    chat::Accepted accepted;
    std::unique_ptr<FrameStream> frames;  // from frame 1 (accepted) on
};

struct Stats {
    std::size_t running = 0, kept = 0, ring_bytes = 0;
};

class Turns {
public:
    // All outlive it. voices: null where nothing is spoken.
    Turns(chat::Journal& journal, Companions& companions, gateway::Provider& provider, async::Clock& clock,
          IdSource& ids, Limits limits = {}, voice::Voices* voices = nullptr);
    ~Turns();  // stop() came first
    Turns(const Turns&) = delete;
    Turns& operator=(const Turns&) = delete;

    // Called after each whole answer, on its turn's executor. Set before the first turn.
    using Answered = std::function<void(OwnerId, chat::ConversationId, Executor)>;
    void on_answered(Answered answered);
    // Before each question to a model: an error refuses it. Set before the first turn.
    using Admit = std::function<Result<void>(gateway::ChatRequest&)>;
    void on_ask(Admit admit);

    // Returns when the message is stored. Errors, with nothing stored: invalid_field (message, max_tokens,
    // …); not_found "conversation-not-found", "character-not-found", "message-not-found"; conflict
    // "turn-running" (its message names the turn); unavailable "server-busy", "stopping"; those
    // of the store. What fails later is the stream's `error` frame. A caller that is cancelled meanwhile
    // changes nothing.
    Task<Result<Started>> start(OwnerId owner, Request request);

    // The turn's frames after number `after` (0: all), also of a turn that ended: from the ring while it is
    // kept, then from the store (accepted, turn_started, one token with the whole text, turn_done).
    // not_found "turn-not-found".
    Task<Result<std::unique_ptr<FrameStream>>> frames(OwnerId owner, chat::TurnId turn, std::int64_t after);

    // Cuts the answer where it was heard; returns when that is stored. characters: as far as this device
    // heard it, in code points of the shown text; absent: as the reports and the time since tell, or all that
    // was shown where nobody ever reported. An answer that has ended is cut, too, while the conversation has
    // not gone on: the event answer_heard. not_found "turn-not-found".
    Task<Result<void>> cancel(OwnerId owner, chat::TurnId turn, std::optional<std::int64_t> characters = {},
                              std::string device = {});

    // How far a device has played the answer: bounds what is made ahead, and is what counts as heard when the
    // answer is cut. Of a turn that is not kept here any more it says nothing new. not_found
    // "turn-not-found".
    Task<Result<void>> heard(OwnerId owner, chat::TurnId turn, std::int64_t characters, std::string device);

    // Somebody speaks over the voice: nothing more is spoken, and little more is written, until go_on() or
    // SpeechLimits::hold_ms. Every reader is told (held, resumed). Nothing for a turn that is silent. Past
    // SpeechLimits::holds or held_ms, rate_limited "too-many-holds".
    Task<Result<void>> hold(OwnerId owner, chat::TurnId turn);
    Task<Result<void>> go_on(OwnerId owner, chat::TurnId turn);

    // Whether it is a turn of theirs: one that is kept here, or that the store has.
    Task<Result<bool>> owns(OwnerId owner, chat::TurnId turn);

    // The conversation is deleted: the model keeps nothing of it. After chat::Service::remove.
    void forget(chat::ConversationId conversation);

    // Refuses new turns, ends the running ones as interrupted with their text kept, and returns when the last
    // has left. Once, before the loops stop.
    Task<void> stop();

    Stats stats();

private:
    struct State;
    Task<Result<void>> set_held(OwnerId owner, chat::TurnId turn, bool held);
    std::shared_ptr<State> state_;
};

}  // namespace lares::turn
