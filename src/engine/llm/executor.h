#pragma once
// The thread behind Engine. One turn of its loop: take commands, admit who waits, compute one batch (a token
// of every chat that speaks, and a chunk of prompts), then save a slice of chats that have ended.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/llm/context.h"
#include "engine/llm/kv_store.h"
#include "engine/llm/model.h"
#include "engine/llm/outbox.h"
#include "engine/llm/pace.h"
#include "engine/llm/sampler.h"
#include "engine/llm/text_filter.h"

namespace lares::engine::llm {

class Executor {
public:
    explicit Executor(Options options);
    ~Executor();

    void load(std::string file, std::function<void()> settled);
    void fail_with(std::string reason, std::string remedy);
    void when_settled(std::function<void()> settled);
    std::shared_ptr<const Model> model() const;
    Status status() const;
    Result<std::shared_ptr<Outbox>> submit(Request request, std::function<void()> wake);
    void forget(std::string cache_key);

private:
    using Clock = std::chrono::steady_clock;
    using Job = std::function<void()>;

    enum class Phase : std::uint8_t { fetching, restoring, prefill, speaking };

    // A request from its arrival to its end.
    struct Chat {
        Chat(Request r, std::shared_ptr<Outbox> o)
            : request(std::move(r)), outbox(std::move(o)), filter(request.stop), arrived(Clock::now()) {}
        Request request;
        std::shared_ptr<Outbox> outbox;
        TextFilter filter;
        std::unique_ptr<Sampler> sampler;
        std::vector<Token> tokens;  // the prompt, then what was generated
        std::size_t past = 0;       // of these, how many are in the cache
        int sequence = -1;
        Phase phase = Phase::prefill;
        Slices slices;             // what is saved of the tokens already, or is being restored
        std::size_t restored = 0;  // slices
        std::size_t target = 0;    // tokens that restoring is for
        std::size_t reused = 0;
        std::size_t logits_at = 0;  // in the batch, this step
        std::size_t in_batch = 0;   // tokens of it in this step
        std::uint32_t generated = 0;
        std::size_t shown = 0;  // of these, whose text is out
        bool whole = false;     // the answer came to its end
        std::uint32_t generated_max = 0;
        std::size_t cells = 0;  // reserved
        bool crowded = false;   // others were in the context while it ran
        bool told = false;      // its place in the queue
        Clock::time_point arrived, admitted, first_token;
    };
    using ChatPtr = std::unique_ptr<Chat>;

    // A chat that has ended and is still in the context: to be saved, or to go on at once.
    struct Parked {
        std::string key, scope;
        std::vector<Token> tokens;
        std::size_t shared = 0;
        int sequence = -1;
        Slices slices;
        bool saved = false;
        bool crowded = false;
        std::size_t said = 0;      // where the answer as it was told leaves what is in the cells
        std::vector<Token> ahead;  // what the next turn goes on with there, whatever the person says
    };

    void post(Job job);
    void poke();
    bool somebody_comes();
    void run();
    void load_now(const std::string& file);
    void settle(State state, std::string reason, std::string remedy);
    void drop_cancelled();
    void admit();
    bool make_room(std::size_t cells, const Chat& chat);
    void start(ChatPtr chat);
    std::list<Parked>::iterator predecessor(const Chat& chat);
    static std::size_t known_of(const Parked& parked, const Request& request);
    void go_on(Chat& chat, std::list<Parked>::iterator before);
    void find_reuse(Chat& chat);
    bool share(Chat& chat, const std::vector<Token>& tokens, std::size_t most, std::size_t least,
               int sequence);
    bool borrow(Chat& chat);
    bool borrow_card(Chat& chat, std::size_t least);
    void begin_restore(Chat& chat, Slices slices, std::size_t target);
    bool in_foreground() const;
    bool restore_step();
    void restored(Chat& chat);
    bool step();
    Chat* alone() const;
    bool compute();
    void on_token(Chat& chat, Token token);
    void flush_text(Chat& chat, bool stopped);
    static PromptRead read_of(const Chat& chat);
    void finish(Chat& chat, Finish reason);
    void fail_chat(Chat& chat, Error error);
    void remove_ended();
    void park(Chat& chat);
    void read_ahead();
    bool save_step();
    bool save_slice(Parked& parked);
    void saved(Parked& parked);
    void drop(std::list<Parked>::iterator parked);
    void tell_places();
    int free_sequence() const;
    std::size_t cells_used() const;
    void publish();

    const Options options_;
    Plan plan_{};
    std::shared_ptr<const Model> model_;
    std::unique_ptr<Context> context_;
    std::unique_ptr<KvStore> store_;
    std::vector<ChatPtr> live_;
    std::vector<Chat*> ended_;
    std::vector<std::shared_ptr<Outbox>> to_wake_;  // who got tokens in this step
    std::deque<ChatPtr> waiting_;
    std::list<Parked> parked_;
    Pace pace_;
    std::uint64_t steps_ = 0;
    std::size_t turn_ = 0;  // whose prompt comes first in the next step

    mutable std::mutex mutex_;  // of all below
    std::condition_variable changed_;
    std::deque<Job> jobs_;
    bool poked_ = false;
    bool stopping_ = false;
    std::size_t queued_ = 0;  // requests that are not admitted yet
    Status status_;
    std::shared_ptr<const Model> published_model_;
    std::string next_file_;  // to be loaded when nobody speaks
    bool load_pending_ = false;
    std::shared_ptr<Bell> bell_;
    std::vector<std::function<void()>> settled_;
    std::thread thread_;
};

}  // namespace lares::engine::llm
