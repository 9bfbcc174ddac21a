#include "api/chat/routes.h"

#include <charconv>

#include "api/access.h"
#include "api/caller.h"
#include "api/chat/spoken_answer.h"
#include "api/chat/turn_events.h"
#include "api/usage/payer.h"
#include "base/text.h"

namespace lares::api {
namespace {

// Sends frames until the turn ends. A client that goes away ends only this.
Task<Result<void>> send_frames(std::unique_ptr<turn::FrameStream> frames, http::EventStream& events) {
    for (;;) {
        LARES_CO_TRY(const auto frame, co_await frames->next());
        if (!frame) co_return Result<void>();
        auto wire = to_wire(*frame);
        LARES_CO_CHECK(
            co_await events.send(std::string(wire.name), std::move(wire.json), std::move(wire.id)));
    }
}

// Last-Event-ID is TURN/FRAME of this turn, or only the number; anything else begins at the first frame.
std::int64_t frame_after(std::string_view last_event_id, chat::TurnId turn) {
    if (const auto id = turn::parse_frame_id(last_event_id)) return id->turn_id == turn ? id->number : 0;
    std::int64_t number = 0;
    const auto* end = last_event_id.data() + last_event_id.size();
    const auto parsed = std::from_chars(last_event_id.data(), end, number);
    return parsed.ec == std::errc() && parsed.ptr == end && number > 0 ? number : 0;
}

ChatAnswer to_answer(const chat::Accepted& accepted, const turn::TurnDone& done) {
    return {accepted.conversation_id,
            accepted.message_id,
            accepted.turn_id,
            {done.message_id, done.text, done.state, done.role},
            done.usage,
            done.trace,
            {},
            {},
            {},
            {}};
}

}  // namespace

turn::Request to_turn_request(ChatRequest request, const Caller& caller) {
    return {.character_id = request.character_id,
            .conversation_id = request.conversation_id,
            .greeting = request.greeting,
            .message = std::move(request.message).value_or(std::string()),
            .attachments = std::move(request.attachments),
            .carry_on = request.continue_message_id,
            .again = request.retry_message_id,
            .action = request.action,
            .action_on = request.message_id,
            .client_id = std::move(request.client_id),
            .max_tokens = request.max_tokens,
            .temperature = request.temperature,
            .seed = request.seed,
            .stop = std::move(request.stop),
            .voice = request.voice,
            .payer = payer_of(caller, "chat")};
}

void ChatRoutes::add_to(http::Routes& routes) {
    const std::vector<http::Touch> names_chat = {
        touch<chat::CharacterId>(Relation::viewer), touch<chat::ConversationId>(Relation::owner),
        touch<chat::MessageId>(Relation::owner), touch<chat::AttachmentId>(Relation::owner)};
    const std::vector<Code> turn_errors = {Code::conflict, Code::unprocessable, Code::unavailable,
                                           Code::storage_full};
    const std::size_t message_cap = 1024 * 1024;  // 100,000 code points of four bytes, escaped

    routes.push_back(
        http::route<&ChatRoutes::post>({.method = http::Method::post,
                                        .path = "/api/v1/chat",
                                        .access = person(auth::Scope::chat),
                                        .touches = names_chat,
                                        .weight = 5,
                                        .body_cap = message_cap,
                                        .summary = "Say something and wait for the whole answer.",
                                        .tag = "chat",
                                        .errors = turn_errors,
                                        .deadline_ms = 0},
                                       *this));
    routes.push_back(
        http::route<&ChatRoutes::stream>({.method = http::Method::post,
                                          .path = "/api/v1/chat/stream",
                                          .access = person(auth::Scope::chat),
                                          .touches = names_chat,
                                          .weight = 5,
                                          .body_cap = message_cap,
                                          .summary = "Say something and read the answer as it is made (SSE). "
                                                     "A client that goes away does not stop it.",
                                          .tag = "chat",
                                          .errors = turn_errors,
                                          .deadline_ms = 0},
                                         *this));
    routes.push_back(http::route<&ChatRoutes::resume>(
        {.method = http::Method::get,
         .path = "/api/v1/chat/stream",
         .access = person(auth::Scope::chat),
         .touches = {touch<chat::TurnId>(Relation::owner)},
         .summary = "The frames of a turn after Last-Event-ID (SSE), also when it has ended.",
         .tag = "chat",
         .deadline_ms = 0},
        *this));
    routes.push_back(
        http::route<&ChatRoutes::cancel>({.method = http::Method::post,
                                          .path = "/api/v1/chat/cancel",
                                          .access = person(auth::Scope::chat),
                                          .touches = {touch<chat::TurnId>(Relation::owner)},
                                          .success = 204,
                                          .summary = "Stop an answer. It is kept as far as it was "
                                                     "heard (characters), or was shown.",
                                          .tag = "chat"},
                                         *this));
    routes.push_back(
        http::route<&ChatRoutes::heard>({.method = http::Method::post,
                                         .path = "/api/v1/chat/heard",
                                         .access = person(auth::Scope::chat),
                                         .touches = {touch<chat::TurnId>(Relation::owner)},
                                         .success = 204,
                                         .summary = "Tell how far a device has played an answer.",
                                         .tag = "chat"},
                                        *this));
    routes.push_back(
        http::route<&ChatRoutes::events>({.method = http::Method::get,
                                          .path = "/api/v1/chat/events",
                                          .access = person(auth::Scope::chat),
                                          .touches = {touch<chat::ConversationId>(Relation::owner)},
                                          .summary = "Durable events as they happen on any device (SSE); "
                                                     "with conversation_id and after, first those missed.",
                                          .tag = "chat",
                                          .deadline_ms = 0},
                                         *this));
    routes.push_back(http::route<&ChatRoutes::history>(
        {.method = http::Method::get,
         .path = "/api/v1/chat/history",
         .access = person(auth::Scope::chat),
         .touches = {touch<chat::CharacterId>(Relation::viewer), touch<chat::ConversationId>(Relation::owner),
                     touch<chat::MessageId>(Relation::owner)},
         .summary = "What was said, newest page first, each page oldest first.",
         .tag = "chat"},
        *this));
}

Task<Result<ChatAnswer>> ChatRoutes::post(http::Call& call, ChatRequest request) {
    LARES_CO_TRY(auto started,
                 co_await turns_.start(user_of(call), to_turn_request(std::move(request), caller_of(call))));
    SpokenAnswer spoken;
    for (;;) {
        LARES_CO_TRY(const auto frame, co_await started.frames->next());
        if (!frame) co_return fail(Code::internal, "internal", "The turn ended without an answer.");
        spoken.take(*frame);
        if (const auto* done = std::get_if<turn::TurnDone>(&frame->body)) {
            auto answer = to_answer(started.accepted, *done);
            spoken.give(answer);
            co_return answer;
        }
        if (const auto* failed = std::get_if<turn::Failed>(&frame->body)) co_return fail(failed->error);
    }
}

Task<Result<void>> ChatRoutes::stream(http::Call& call, ChatRequest request, http::EventStream& events) {
    LARES_CO_TRY(auto started,
                 co_await turns_.start(user_of(call), to_turn_request(std::move(request), caller_of(call))));
    co_return co_await send_frames(std::move(started.frames), events);
}

Task<Result<void>> ChatRoutes::resume(http::Call& call, TurnQuery query, http::EventStream& events) {
    const auto after = frame_after(call.head().header("last-event-id"), query.turn_id);
    LARES_CO_TRY(auto frames, co_await turns_.frames(user_of(call), query.turn_id, after));
    co_return co_await send_frames(std::move(frames), events);
}

Task<Result<void>> ChatRoutes::cancel(http::Call& call, CancelRequest request) {
    co_return co_await turns_.cancel(user_of(call), request.turn_id, request.characters,
                                     std::move(request.device).value_or("http"));
}

Task<Result<void>> ChatRoutes::heard(http::Call& call, HeardRequest request) {
    co_return co_await turns_.heard(user_of(call), request.turn_id, request.characters,
                                    std::move(request.device).value_or("http"));
}

// Subscribed before the store is read, so that nothing falls between; what comes twice has the same number
// and is dropped.
Task<Result<void>> ChatRoutes::events(http::Call& call, EventsQuery query, http::EventStream& events) {
    const auto user = user_of(call);
    if (query.after && !query.conversation_id)
        co_return invalid_field("after", "belongs to a conversation_id");
    const Notice resync{"resync", "Reload the history."};
    LARES_CO_TRY(auto live, hub_.subscribe(user, call.executor()));
    LARES_CO_CHECK(co_await events.send("notice", json::write(Notice{"listening", ""})));
    std::int64_t sent = query.after.value_or(0);
    for (bool more = query.after.has_value(); more;) {
        const auto missed = co_await chats_.events_after(user, *query.conversation_id, sent);
        if (!missed && missed.error().type == "seq-ahead") {
            sent = 0;
            LARES_CO_CHECK(co_await events.send("notice", json::write(resync)));
            break;
        }
        if (!missed) co_return fail(missed.error());
        for (const auto& event : *missed) {
            LARES_CO_CHECK(co_await events.send("event", json::write(event)));
            sent = event.seq;
        }
        more = missed->size() == chat::Limits::events_max;
    }
    for (;;) {
        const auto item = co_await live->next();
        if (item.closed) co_return Result<void>();
        if (!item.event) {
            LARES_CO_CHECK(co_await events.send("notice", json::write(resync)));
            continue;
        }
        if (query.conversation_id && item.event->conversation_id != *query.conversation_id) continue;
        if (query.conversation_id && item.event->seq <= sent) continue;
        LARES_CO_CHECK(co_await events.send("event", json::write(*item.event)));
    }
}

Task<Result<chat::HistoryPage>> ChatRoutes::history(http::Call& call, chat::HistoryQuery query) {
    co_return co_await chats_.history(user_of(call), query);
}

}  // namespace lares::api
