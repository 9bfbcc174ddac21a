#pragma once
// One seed's world: a database that survives, processes that crash and come back, and what was promised to
// clients. Everything runs on one loop in virtual time, so a seed is one history.
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "chat/service.h"
#include "faults.h"
#include "random.h"
#include "support/scripted_companions.h"
#include "support/scripted_provider.h"
#include "support/scripted_voices.h"
#include "support/virtual_loop.h"
#include "turn/turns.h"

namespace lares::sim {

class World;

// The journal of one process: takes time, fails now and then, and does nothing any more once its process is
// dead. Also where faults of the store are planted.
class SimJournal final : public chat::Journal {
public:
    SimJournal(World& world, chat::Service& service) : world_(world), service_(service) {}

    Task<Result<chat::Accepted>> accept(OwnerId owner, chat::Accept what) override;
    Task<Result<void>> append(chat::TurnId turn, std::int64_t part, std::string text) override;
    Task<Result<chat::Message>> end(OwnerId owner, chat::AnswerEnd what) override;
    Task<Result<chat::Message>> heard(OwnerId owner, chat::TurnId turn, chat::Heard what) override;
    Task<Result<chat::Context>> context(OwnerId owner, chat::ConversationId conversation,
                                        std::optional<chat::MessageId> until) override;
    Task<Result<std::vector<chat::SaidFile>>> files(OwnerId owner,
                                                    std::vector<chat::AttachmentId> ids) override {
        return service_.files(owner, std::move(ids));
    }
    Task<Result<std::optional<chat::TurnRecord>>> find_turn(OwnerId owner, chat::TurnId turn) override;
    Task<Result<std::optional<chat::TurnRecord>>> find_client_id(OwnerId owner,
                                                                 std::string client_id) override;

    bool dead = false;

private:
    Task<void> check_heard(OwnerId owner, chat::TurnId turn, std::int64_t characters);
    Task<Result<void>> before_write();
    Task<Result<void>> after_write();
    Task<Result<chat::Accepted>> accept_early(OwnerId owner, chat::Accept what);
    static Task<void> commit_later(SimJournal* self, OwnerId owner, chat::Accept what);
    World& world_;
    chat::Service& service_;
};

// What dies in a crash.
struct Process {
    explicit Process(World& world);
    chat::Hub hub;
    chat::Service service;
    SimJournal journal;
    test::ScriptedCompanions companions;
    test::ScriptedProvider provider;
    test::ScriptedVoices voices;
    turn::Turns turns;
    std::vector<std::function<void()>> connections;  // called when it dies
};
using ProcessPtr = std::shared_ptr<Process>;

// What somebody was shown of a turn, to be held against what is stored in the end.
struct ShownTurn {
    OwnerId owner;
    chat::ConversationId conversation;
    std::vector<std::pair<async::SteadyTime, std::string>> text;  // as it grew
    std::string must_keep;                                        // shown long enough before a crash
    std::optional<std::string> final_text;                        // told by the last frame, as stored
    bool store_failed = false;                                    // then half a second is not promised
    int generation = 0;                                           // of the process that showed it
};

class World {
public:
    World(std::uint64_t seed, Fault fault);
    ~World();

    // Runs the history to its end; nullopt: nothing is wrong with it.
    std::optional<std::string> run();

    turn::Limits limits() const;
    void fail(std::string problem);  // the first one counts
    bool failed() const { return problem_.has_value(); }
    bool over() const { return over_ || failed(); }
    bool planted(Fault fault, double probability) { return fault_ == fault && random.chance(probability); }
    Task<void> pause(std::int64_t low_ms, std::int64_t high_ms);

    test::VirtualLoop loop;
    Random random;
    IdSource ids;
    std::unique_ptr<db::Database> database;
    async::TaskScope scope;
    async::TaskScope graves;  // what unwinds of dead processes
    int generation = 0;
    ProcessPtr process;     // null while it is down
    bool stopping = false;  // a restart in good order
    bool settling = false;  // no more faults of the environment: everything must come to rest
    int writers = 0;        // that still have something to say

    struct Promise {  // accepted was told to the sender
        OwnerId owner;
        std::string text;  // of the message; empty: asked for an answer again
        std::optional<chat::Accepted> accepted;
    };
    std::map<std::string, Promise> promises;  // by client_id
    std::map<chat::TurnId, ShownTurn> shown;
    std::map<chat::ConversationId, OwnerId> owner_of;
    struct Told {  // by devices, of one answer
        std::int64_t characters = 0;
        bool cut = false;  // there, and they were answered
    };
    std::map<chat::TurnId, Told> told;
    struct Edited {
        OwnerId owner;
        chat::ConversationId conversation;
        std::optional<chat::MessageId> made;  // acknowledged
    };
    std::map<std::string, Edited> edits;  // by text
    struct Branched {
        OwnerId owner;
        std::optional<chat::ConversationId> id;
    };
    std::map<std::string, Branched> branches;  // by title
    std::set<chat::TurnId> cancelled;
    std::map<std::string, std::string> unheard;  // answers that were cut: all of the text, and what is kept

private:
    friend struct Process;
    static Task<void> disasters(World* world);
    static Task<void> bury(ProcessPtr process);
    void start_process();
    void die();
    void remember_what_must_be_kept(bool clean);
    void check_end();
    void check_garden();
    void check_promises(const std::vector<chat::Event>& events, std::map<std::string, int>& said);
    test::Script write_script(const gateway::ChatRequest& request);
    void script_voices(test::ScriptedVoices& voices);

    Fault fault_;
    std::optional<std::string> problem_;
    bool over_ = false;
    async::SteadyTime began_;
    std::vector<OwnerId> owners_;
    std::vector<std::unique_ptr<class Device>> devices_;
    int word_ = 0;
};

}  // namespace lares::sim
