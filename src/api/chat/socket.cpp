#include "api/chat/socket.h"

#include <atomic>
#include <unordered_map>

#include "api/access.h"
#include "api/caller.h"
#include "api/chat/routes.h"
#include "api/chat/turn_events.h"
#include "async/clock.h"

namespace lares::api {

namespace {

std::atomic<std::uint64_t> sockets = 0;
constexpr std::size_t queued_max = 256 * 1024;  // sound waits while more is on its way to this client
constexpr async::Milliseconds queued_poll{10};

// An answer to a message, an edit or a wish has begun with it.
bool begins_turn(const chat::Event& event) {
    return event.data.turn_id && event.data.answer_id;
}

}  // namespace

// The answers that go on after a row of events: one at a time in a conversation.
class ChatSocket::Running {
public:
    void take(const chat::Event& event) {
        if (begins_turn(event))
            turns_.insert_or_assign(event.conversation_id, *event.data.turn_id);
        else if (const auto of = turns_.find(event.conversation_id);
                 of != turns_.end() && event.data.turn_id == of->second)
            turns_.erase(of);
    }
    const std::unordered_map<chat::ConversationId, chat::TurnId>& turns() const { return turns_; }

private:
    std::unordered_map<chat::ConversationId, chat::TurnId> turns_;
};

ChatSocket::ChatSocket(http::Socket& socket, Services services)
    : socket_(socket), services_(std::move(services)), number_(++sockets), scope_(socket.executor()) {}

void ChatSocket::add_to(http::Routes& routes, Services services) {
    const auto chat_ids = {
        touch<chat::CharacterId>(Relation::viewer), touch<chat::ConversationId>(Relation::owner),
        touch<chat::MessageId>(Relation::owner), touch<chat::AttachmentId>(Relation::owner)};
    std::vector<http::Message> messages = {
        http::message<&ChatSocket::on_hello>(
            {.name = "hello",
             .access = person(auth::Scope::chat),
             .touches = {touch<chat::ConversationId>(Relation::owner), touch<chat::TurnId>(Relation::owner)},
             .summary = "First message: a ticket, for a client without cookie or bearer; what this device "
                        "has already seen. What it missed comes first, then each durable event, in order and "
                        "once. It may be said again, to be told again from there."}),
        http::message<&ChatSocket::on_message>({.name = "message",
                                                .access = person(auth::Scope::chat),
                                                .touches = chat_ids,
                                                .weight = 5,
                                                .summary = "Say something."}),
        http::message<&ChatSocket::on_cancel>({.name = "cancel",
                                               .access = person(auth::Scope::chat),
                                               .touches = {touch<chat::TurnId>(Relation::owner)},
                                               .summary = "Stop an answer. It is kept as far as it was heard "
                                                          "(characters, in code points), or was shown."}),
        http::message<&ChatSocket::on_heard>({.name = "heard",
                                              .access = person(auth::Scope::chat),
                                              .touches = {touch<chat::TurnId>(Relation::owner)},
                                              .summary =
                                                  "How far this device has played an answer, while it "
                                                  "plays: in code points of the shown text. At most two "
                                                  "clauses are made beyond it."}),
        http::message<&ChatSocket::on_hold>({.name = "hold",
                                             .access = person(auth::Scope::chat),
                                             .touches = {touch<chat::TurnId>(Relation::owner)},
                                             .summary = "Somebody speaks over the voice: it waits."}),
        http::message<&ChatSocket::on_resume>({.name = "resume",
                                               .access = person(auth::Scope::chat),
                                               .touches = {touch<chat::TurnId>(Relation::owner)},
                                               .summary = "It was nothing: the voice goes on."}),
        http::message<&ChatSocket::on_ping>(
            {.name = "ping", .access = person(auth::Scope::chat), .summary = "Answered by notice pong."}),
    };
    std::vector<http::Event> events = {
        http::event<Ready>("ready", "The socket is signed in."),
        http::event<SocketAccepted>("accepted", "To the sender: the message is stored."),
        http::event<Stopped>("stopped",
                             "To who sent cancel: it has arrived, and what was heard is stored. Without it, "
                             "send cancel again, over a new socket or by request."),
        http::event<turn::TurnStarted>("turn_started", "An answer begins."),
        http::event<turn::Status>("status", "An answer waits for room in the engine."),
        http::event<turn::Token>("token", "The next words of the answer."),
        http::event<turn::Clause>("clause", "A piece of the shown text that is spoken next."),
        http::event<turn::Visemes>("visemes", "Mouth shapes and words of a clause, in its own time."),
        http::event<AudioData>(
            "audio",
            "Sound of a clause. On this socket it is no JSON but a binary frame: 16 bytes "
            "turn id (the UUID, most significant byte first), then frame number, clause, "
            "chunk and sample rate (32 bit each, little-endian), then s16le mono samples."),
        http::event<turn::Emotion>("emotion", "The companion shows a feeling, from a code point on."),
        http::event<turn::Held>("held", "Players pause where they are."),
        http::event<turn::Resumed>("resumed", "Players go on."),
        http::event<turn::TurnDone>("turn_done", "The answer is stored."),
        http::event<chat::Event>("event", "A durable event of a conversation, on every device."),
        http::event<Notice>("notice",
                            "resync: reload the history; pong: answers ping; voice-off, voice-missing, "
                            "voice-busy, voice-failed, voice-unheard: the text goes on without a "
                            "voice, and why."),
    };
    routes.push_back(http::socket(
        {.method = http::Method::get,
         .path = "/api/v1/chat",
         .access = person(auth::Scope::chat),
         .summary = "The chat socket (WebSocket).",
         .tag = "chat"},
        [services](http::Socket& socket) { return std::make_unique<ChatSocket>(socket, services); },
        std::move(messages), std::move(events)));
}

UserId ChatSocket::user() const {
    return socket_.principal().as<Caller>()->user_id;
}

Task<Result<void>> ChatSocket::opened() {
    LARES_CO_TRY(live_, services_.hub.subscribe(user(), socket_.executor()));
    send("ready", Ready{user(), services_.version});
    scope_.spawn(follow_events());
    co_return Result<void>();
}

Task<void> ChatSocket::closed() {
    scope_.cancel();
    co_await scope_.join();
}

Task<void> ChatSocket::follow_events() {
    while (!socket_.closed()) {
        const auto item = co_await live_->next();
        if (item.closed) {
            socket_.close(1008, "signed out");
            co_return;
        }
        if (!item.event) {
            send("notice", Notice{"resync", "Reload the history."});
            continue;
        }
        if (resuming_)
            hold(item.event);
        else if (send_event(*item.event) && begins_turn(*item.event))
            follow_new_turn(*item.event->data.turn_id);
    }
}

// Live events wait for what was missed before them; until the first hello all do, for only that tells what
// the device has.
void ChatSocket::hold(chat::EventPtr event) {
    if (held_.size() == chat::Limits::subscription_events) {
        held_.clear();
        send("notice", Notice{"resync", "Reload the history."});
    }
    held_.push_back(std::move(event));
}

// A turn that some device began: its frames come here too. While a message of this device is being stored the
// turn may be its own, and `accepted` has to go first: it waits.
void ChatSocket::follow_new_turn(chat::TurnId turn) {
    if (starting_)
        begun_meanwhile_.push_back(turn);
    else if (begin_following(turn))
        scope_.spawn(follow_turn(turn, 1));
}

bool ChatSocket::begin_following(chat::TurnId turn) {
    return followed_.insert(turn).second;
}

Task<void> ChatSocket::follow_turn(chat::TurnId turn, std::int64_t after) {
    auto frames = co_await services_.turns.frames(user(), turn, after);
    if (frames) {
        co_await send_frames(turn, std::move(*frames));
    } else {
        followed_.erase(turn);
        socket_.send("error", http::problem_json(frames.error()));
    }
}

Task<void> ChatSocket::send_frames(chat::TurnId turn, std::unique_ptr<turn::FrameStream> frames) {
    while (!socket_.closed()) {
        const auto frame = co_await frames->next();
        if (!frame) {
            socket_.send("error", http::problem_json(frame.error()));
            break;
        }
        if (!*frame) break;
        if (std::holds_alternative<turn::AcceptedFrame>((*frame)->body)) continue;
        if (const auto* audio = std::get_if<turn::Audio>(&(*frame)->body)) {
            co_await until_room();
            socket_.send_binary(to_binary(**frame, *audio));
            continue;
        }
        const auto wire = to_wire(**frame);
        socket_.send(wire.name, wire.json, wire.id);
    }
    followed_.erase(turn);
}

// The voice waits for a client that reads slowly; so does what makes it (turn::Speech).
Task<void> ChatSocket::until_room() {
    async::SystemClock clock;
    while (!socket_.closed() && socket_.queued() > queued_max) co_await clock.sleep_for(queued_poll);
}

std::string ChatSocket::device(std::optional<std::string> named) const {
    return std::move(named).value_or("socket-" + std::to_string(number_));
}

// In order and once, also when a live event overtakes a missed one. False: the device has it.
bool ChatSocket::send_event(const chat::Event& event) {
    const auto resumed = resumed_.find(event.conversation_id);
    if (resumed != resumed_.end()) {
        if (event.seq <= resumed->second) return false;
        resumed->second = event.seq;
    }
    send("event", event);
    return true;
}

Task<Result<void>> ChatSocket::send_missed(SeenConversation seen, Running& running) {
    resumed_[seen.conversation_id] = seen.seq;
    for (bool more = true; more && !socket_.closed();) {
        const auto missed = co_await services_.chats.events_after(user(), seen.conversation_id, seen.seq);
        if (!missed && missed.error().type == "seq-ahead") {
            resumed_.erase(seen.conversation_id);
            send("notice", Notice{"resync", "Reload the history."});
            co_return Result<void>();
        }
        if (!missed) co_return fail(missed.error());
        for (const auto& event : *missed) {
            send_event(event);
            running.take(event);
            seen.seq = event.seq;
        }
        more = missed->size() == chat::Limits::events_max;
    }
    co_return Result<void>();
}

Task<Result<void>> ChatSocket::on_hello(http::Call&, Hello hello) {
    struct Resuming {  // also when the message's deadline unwinds this
        ChatSocket& socket;
        Running running;  // began before this socket listened, or while it resumed
        explicit Resuming(ChatSocket& of) : socket(of) { socket.resuming_ = true; }
        ~Resuming() {
            socket.resuming_ = false;
            for (const auto& event : std::exchange(socket.held_, {}))
                if (socket.send_event(*event)) running.take(*event);
            for (const auto& [conversation, turn] : running.turns()) socket.follow_new_turn(turn);
        }
    } resuming(*this);
    for (const auto& seen : hello.conversations) LARES_CO_CHECK(co_await send_missed(seen, resuming.running));
    for (const auto& seen : hello.turns)
        if (begin_following(seen.turn_id)) scope_.spawn(follow_turn(seen.turn_id, seen.frame));
    co_return Result<void>();
}

Task<Result<void>> ChatSocket::on_message(http::Call&, ChatRequest request) {
    struct Starting {  // also when the message's deadline unwinds this, the socket goes on hearing
        ChatSocket& socket;
        explicit Starting(ChatSocket& of) : socket(of) { socket.starting_ = true; }
        ~Starting() {
            socket.starting_ = false;
            for (const auto turn : std::exchange(socket.begun_meanwhile_, {})) socket.follow_new_turn(turn);
        }
    } starting(*this);
    const auto client_id = request.client_id;
    LARES_CO_TRY(auto started,
                 co_await services_.turns.start(
                     user(), to_turn_request(std::move(request), *socket_.principal().as<Caller>())));
    const auto& accepted = started.accepted;
    send("accepted", SocketAccepted{accepted.conversation_id, accepted.message_id, accepted.seq,
                                    accepted.turn_id, client_id});
    if (begin_following(accepted.turn_id))
        scope_.spawn(send_frames(accepted.turn_id, std::move(started.frames)));
    co_return Result<void>();
}

Task<Result<void>> ChatSocket::on_cancel(http::Call&, CancelRequest request) {
    LARES_CO_CHECK(co_await services_.turns.cancel(user(), request.turn_id, request.characters,
                                                   device(std::move(request.device))));
    send("stopped", Stopped{request.turn_id});
    co_return Result<void>();
}

Task<Result<void>> ChatSocket::on_heard(http::Call&, HeardRequest request) {
    co_return co_await services_.turns.heard(user(), request.turn_id, request.characters,
                                             device(std::move(request.device)));
}

Task<Result<void>> ChatSocket::on_hold(http::Call&, TurnQuery query) {
    co_return co_await services_.turns.hold(user(), query.turn_id);
}

Task<Result<void>> ChatSocket::on_resume(http::Call&, TurnQuery query) {
    co_return co_await services_.turns.go_on(user(), query.turn_id);
}

Task<Result<void>> ChatSocket::on_ping(http::Call&, Ping) {
    send("notice", Notice{"pong", ""});
    co_return Result<void>();
}

}  // namespace lares::api
