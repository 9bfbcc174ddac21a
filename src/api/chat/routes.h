#pragma once
// Talking: plain, streamed (SSE), and the history. The socket is in socket.h, conversations in
// conversations.h.
#include "api/caller.h"
#include "api/chat/model.h"
#include "chat/service.h"
#include "http/route.h"
#include "turn/turns.h"

namespace lares::api {

class ChatRoutes {
public:
    ChatRoutes(chat::Service& chats, chat::Hub& hub, turn::Turns& turns)
        : chats_(chats), hub_(hub), turns_(turns) {}
    void add_to(http::Routes& routes);

    Task<Result<ChatAnswer>> post(http::Call& call, ChatRequest request);
    Task<Result<void>> stream(http::Call& call, ChatRequest request, http::EventStream& events);
    Task<Result<void>> resume(http::Call& call, TurnQuery query, http::EventStream& events);
    Task<Result<void>> cancel(http::Call& call, CancelRequest request);
    Task<Result<void>> heard(http::Call& call, HeardRequest request);
    Task<Result<void>> events(http::Call& call, EventsQuery query, http::EventStream& events);
    Task<Result<chat::HistoryPage>> history(http::Call& call, chat::HistoryQuery query);

private:
    chat::Service& chats_;
    chat::Hub& hub_;
    turn::Turns& turns_;
};

// The same request from a route and from a socket message.
turn::Request to_turn_request(ChatRequest request, const Caller& caller);

}  // namespace lares::api
