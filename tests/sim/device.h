#pragma once
// A client as it should be written: sends with a client_id and tries again, follows frames and comes back,
// keeps a copy of its conversations from durable events, and complains when the protocol is broken.
#include <map>
#include <memory>
#include <string>

#include "world.h"

namespace lares::sim {

class Device {
public:
    Device(World& world, OwnerId owner, std::string name, chat::CharacterId character);

    void begin();  // starts the sender and the listener
    void check_converged();

private:
    struct Copy {
        std::int64_t seq = 0;
        std::map<chat::MessageId, chat::Message> messages;
        bool torn = false;  // another branch is shown: only the history tells all of it
    };
    struct Followed {
        std::int64_t number = 0;
        std::string text;
        bool whole = true;  // every frame so far was seen
        bool ended = false;
        std::optional<chat::MessageId> interrupted;
        // The voice.
        int generation = 0;  // of the process that began it
        bool voice = false;
        bool noticed = false;    // why there is none
        bool cancelled = false;  // by this device
        bool silenced = false;   // by any
        std::int64_t clauses = 0, clause_end = 0;
        std::int64_t complete = 0;  // clauses whose sound is all there
        std::optional<turn::Visemes> visemes;
        std::int64_t samples = 0, chunk = 0;  // of the clause that sounds
        std::vector<turn::SpokenWord> words;  // that were heard of
        std::int64_t heard = 0;               // as it was told
    };

    Task<void> talk();
    Task<void> say(turn::Request request);
    Task<void> tend();
    Task<void> edit(chat::ConversationId conversation, chat::MessageId message, std::string name);
    template <class T, class Make>
    Task<std::optional<T>> until_answered(Make make);
    Task<void> follow(chat::Accepted accepted, std::unique_ptr<turn::FrameStream> stream, bool voice);
    void see(Followed& followed, const chat::Accepted& accepted, const turn::Frame& frame);
    void see_voice(Followed& followed, const turn::Frame& frame);
    Task<void> tell_heard(Followed* followed, chat::TurnId turn);
    Task<void> maybe_cancel(Followed* followed, chat::Accepted accepted);
    Task<void> check_cut(Followed* followed, chat::Accepted accepted, std::int64_t characters,
                         ProcessPtr process);
    Task<void> listen();
    Task<bool> resync(ProcessPtr process);
    Task<bool> catch_up(ProcessPtr process, chat::ConversationId conversation);
    void apply(const chat::Event& event);

    Task<Result<turn::Started>> request_start(ProcessPtr process, turn::Request request);

    // Runs a call as a request over a connection that may break at any time.
    template <class T>
    Task<Result<T>> request(Task<Result<T>> call, bool may_break);
    ProcessPtr server() const { return world_.process; }

    World& world_;
    OwnerId owner_;
    std::string name_;
    chat::CharacterId character_;
    int sent_ = 0;
    std::optional<chat::ConversationId> home_;  // the conversation it talks in
    std::map<chat::ConversationId, Copy> copies_;
};

}  // namespace lares::sim
