#pragma once
// The chat socket of one device: what it says goes to Turns, what happens on any device of its person comes
// back. Frames of every running turn are sent to every device, so a second window sees an answer as it is
// made.
#include <unordered_map>
#include <unordered_set>

#include "api/chat/model.h"
#include "async/scope.h"
#include "chat/service.h"
#include "http/route.h"
#include "turn/turns.h"

namespace lares::api {

struct Ping {
    std::optional<std::string> note;
};
BOOST_DESCRIBE_STRUCT(Ping, (), (note))

class ChatSocket final : public http::SocketHandler {
public:
    struct Services {
        chat::Service& chats;
        chat::Hub& hub;
        turn::Turns& turns;
        std::string version;
    };
    ChatSocket(http::Socket& socket, Services services);
    static void add_to(http::Routes& routes, Services services);

    Task<Result<void>> opened() override;
    Task<void> closed() override;

    Task<Result<void>> on_hello(http::Call& call, Hello hello);
    Task<Result<void>> on_message(http::Call& call, ChatRequest request);
    Task<Result<void>> on_cancel(http::Call& call, CancelRequest request);
    Task<Result<void>> on_heard(http::Call& call, HeardRequest request);
    Task<Result<void>> on_hold(http::Call& call, TurnQuery query);
    Task<Result<void>> on_resume(http::Call& call, TurnQuery query);
    Task<Result<void>> on_ping(http::Call& call, Ping ping);

private:
    class Running;

    UserId user() const;
    Task<void> follow_events();
    Task<void> follow_turn(chat::TurnId turn, std::int64_t after);
    Task<void> until_room();
    std::string device(std::optional<std::string> named) const;
    Task<void> send_frames(chat::TurnId turn, std::unique_ptr<turn::FrameStream> frames);
    void hold(chat::EventPtr event);
    bool send_event(const chat::Event& event);
    Task<Result<void>> send_missed(SeenConversation seen, Running& running);
    void follow_new_turn(chat::TurnId turn);
    bool begin_following(chat::TurnId turn);
    template <class T>
    void send(std::string_view name, const T& data) {
        socket_.send(name, json::write(data));
    }

    http::Socket& socket_;
    Services services_;
    const std::uint64_t number_;  // of this socket, where a device has no name of its own
    async::TaskScope scope_;
    std::unique_ptr<chat::Subscription> live_;
    std::unordered_set<chat::TurnId> followed_;  // turns whose frames are being sent
    std::unordered_map<chat::ConversationId, std::int64_t>
        resumed_;                       // last event sent, where hello named one
    bool resuming_ = true;              // missed events are being sent, or the first hello is still to come
    std::vector<chat::EventPtr> held_;  // live ones meanwhile
    bool starting_ = false;             // a message of this device is being stored
    std::vector<chat::TurnId> begun_meanwhile_;  // turns whose events came while it was
};

}  // namespace lares::api
