#pragma once
// One turn and its life: prepare (reads), then the commit beside the work, then the end. Turns keeps the
// register; this is what runs.
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/scope.h"
#include "async/signal.h"
#include "turn/ring.h"
#include "turn/settled.h"
#include "turn/text_filter.h"
#include "turn/turns.h"

namespace lares::turn {

struct Tools {
    chat::Journal& journal;
    Companions& companions;
    gateway::Provider& provider;
    async::Clock& clock;
    IdSource& ids;
    Limits limits;
    voice::Voices* voices = nullptr;
    Turns::Admit admit = {};
};

// Why a turn ends before its answer is complete.
enum class Stop : std::uint8_t { none, cut, shutdown, too_slow };

class Turn : public std::enable_shared_from_this<Turn> {
public:
    // `released`: the conversation is free again; before the last frame is shown. `left`: nothing of the turn
    // runs any more.
    struct Hooks {
        std::function<void()> released;
        std::function<void()> left;
        std::function<void()> answered;  // a whole answer is stored
    };
    Turn(Tools tools, OwnerId owner, Request request, chat::ConversationId conversation, Executor executor,
         std::shared_ptr<RingBytes> ring_bytes);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    void begin(Hooks hooks);  // once, on the executor
    void stop(Stop why);      // any thread; the first reason counts
    // Any thread. A report of a device; cut() is stop() with where.
    void heard(const std::string& device, std::int64_t characters);
    void cut(std::optional<std::int64_t> characters, const std::string& device);
    // Error: rate_limited "too-many-holds".
    Result<void> hold(bool held);
    // Of a turn that has ended: nobody hears more of it from here on. How far it was heard, when that is less
    // than all of it: as the devices told when one told where it was cut, else with the time since.
    std::optional<chat::Heard> heard_part();

    chat::TurnId id() const { return id_; }
    OwnerId owner() const { return owner_; }
    chat::ConversationId conversation() const { return conversation_; }
    const std::optional<std::string>& client_id() const { return request_.client_id; }
    const std::shared_ptr<Ring>& ring() const { return ring_; }
    bool spoken() const { return request_.voice; }

    std::atomic<bool> begun = false;           // begin() is called by the one who set it
    Settled<Result<chat::Accepted>> accepted;  // the message is stored, or why not
    Settled<Result<void>> ended;               // the end is stored, or why not (yet)
    Settled<bool> gone;                        // nothing of it runs any more

private:
    static Task<void> run(std::shared_ptr<Turn> self);
    Task<Result<chat::Accepted>> live(async::TaskScope* scope);
    Task<Result<void>> prepare();
    Task<Result<void>> read_message();
    Result<void> begin_with_last();
    Task<void> until_loaded();
    Task<Result<void>> build_prompt();
    Task<Result<void>> answer();
    Task<Result<void>> keep();
    Task<void> work();
    Task<void> append();
    Task<void> watch();
    bool is_draft() const { return accept_.begin == chat::Begin::impersonate; }
    Task<Result<void>> finish();
    void finish_draft(chat::State state, const std::optional<Error>& error);
    Task<Result<chat::Message>> store_end(chat::AnswerEnd end);
    void take_prompt(const gateway::PromptRead& read, double asked_ms);
    std::optional<Error> why_not_done() const;
    Error about(Error error) const;
    void show(std::string text);
    void speak(std::string_view text);
    void feel(std::int64_t shown_before);  // what the text just told of feelings
    std::optional<chat::Heard> heard_of(std::string_view text) const;
    std::vector<std::int32_t> tokens_of(std::size_t bytes) const;
    bool talks() const { return speech_ && !speech_->ended(); }
    double since_ms() const;

    Tools tools_;
    const OwnerId owner_;
    Request request_;
    const chat::ConversationId conversation_;
    const chat::TurnId id_;
    const Executor executor_;
    const std::shared_ptr<Ring> ring_;
    std::shared_ptr<async::TaskScope> scope_;
    async::Signal changed_;  // the work is done, or stop() was called
    std::atomic<Stop> stop_ = Stop::none;
    std::atomic<bool> cut_exactly_ = false;  // whoever cut it told where
    enum class Hold : std::uint8_t { as_it_is, hold, go_on };
    std::atomic<Hold> hold_ = Hold::as_it_is;  // asked for
    std::atomic<bool> closing_ = false;        // the process ends: nothing is tried again for long
    Hooks hooks_;

    // On the executor only.
    chat::Accept accept_;
    std::optional<chat::Accepted> known_;  // the client_id was there already
    bool ours_ = false;                    // it was accepted, and must be ended
    std::unique_ptr<Companion> companion_;
    chat::Context context_;
    std::vector<chat::SaidFile> files_;  // of the new message
    bool unseen_ = false;                // its picture was only described
    std::optional<chat::ConversationId> branched_from_;
    std::optional<gateway::ChatRequest> prompt_;  // built before the commit
    const async::SteadyTime started_;
    async::SteadyTime last_news_;  // a token, a place in the queue
    TextFilter filter_;
    std::string before_;                       // carry_on, extend: what the answer has already
    std::vector<std::int32_t> before_tokens_;  // exactly these; empty: not known
    std::string before_model_;                 // whose tokens
    bool joint_kept_ = true;                   // the joint is as the model has it
    std::string text_;                         // what was added to it
    std::vector<std::int32_t> tokens_;
    struct Mark {
        std::size_t bytes, tokens;
    };
    std::vector<Mark> marks_;  // so many tokens are exactly so much text
    std::int64_t shown_ = 0;   // code points
    Hearing hearing_;
    std::unique_ptr<Speech> speech_;
    gateway::ChatStream* stream_ = nullptr;  // the answer's, while it lives
    bool here_ = true;                       // the model of this process may answer
    bool asked_ = false;                     // the model was sent the prompt
    bool kept_ = false;                      // and what it was sent is kept
    bool written_ = false;                   // the model is done
    std::string stored_;                     // the answer as it ended
    std::optional<chat::Usage> usage_;
    chat::Trace trace_;
    std::optional<Result<void>> work_;  // its outcome
};

}  // namespace lares::turn
