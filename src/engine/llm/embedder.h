#pragma once
// Texts to vectors that stand near each other where the texts mean the same. One model, loaded by the first
// request and dropped when nobody has asked for a while; one thread of its own, less urgent than who speaks,
// that puts pieces of several requests into each batch. Every call here returns at once and may come from any
// thread.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "engine/llm/types.h"

namespace lares::engine::llm {

struct EmbedJob {
    // A text, or tokens of this model without the special ones at both ends.
    using Input = std::variant<std::string, std::vector<Token>>;
    std::vector<Input> inputs;  // at most EmbedderOptions::inputs_max; none may be empty of tokens
    bool truncate = false;      // cut what is longer than the model reads; else it is refused
};

struct Embedded {
    std::uint32_t dimensions = 0;
    std::vector<float> values;  // one vector of length 1 after the other, in the inputs' order
    std::uint64_t tokens = 0;   // that were read, special ones too
};

struct EmbedderOptions {
    std::uint32_t threads = 0;  // auto: a quarter of the cores, at least 1, at most 4
    std::size_t queue_max = 64;
    std::size_t inputs_max = 2048;
    std::uint64_t tokens_max = 300'000;  // of one request
    std::chrono::milliseconds keep{600'000};
};

class Embedder {
public:
    using Options = EmbedderOptions;
    using Done = std::function<void(Result<Embedded>)>;  // called once, on the embedder's thread

    explicit Embedder(std::string file, Options options = {});
    ~Embedder();  // tells everybody who waits, then joins
    Embedder(const Embedder&) = delete;
    Embedder& operator=(const Embedder&) = delete;

    // Destroyed before it is done: the rest of the work is dropped and `done` is not called, unless that is
    // happening now.
    class Ticket {
    public:
        ~Ticket() { *wanted_ = false; }
        Ticket(const Ticket&) = delete;
        Ticket& operator=(const Ticket&) = delete;

    private:
        friend class Embedder;
        explicit Ticket(std::shared_ptr<std::atomic<bool>> wanted) : wanted_(std::move(wanted)) {}
        std::shared_ptr<std::atomic<bool>> wanted_;
    };

    // Errors here: unavailable "engine-busy" (with retry_after_ms); bad_request "invalid-field": too many
    // inputs. Errors of `done`: unprocessable "context-overflow", bad_request "invalid-field" with the
    // input's place ("input[3]"), unprocessable "model-broken".
    Result<std::unique_ptr<Ticket>> submit(EmbedJob job, Done done);

    const std::string& file() const { return file_; }
    Status status() const;  // state (empty: not loaded now), reason, context, threads, waiting, steps

private:
    struct Work;
    struct Parts;  // of llama.cpp
    void run();
    bool load();
    Result<void> tokenize(Work& work) const;
    void step();
    void finish(const std::shared_ptr<Work>& work, Result<Embedded> result);
    void set_state(State state, std::string reason);

    const std::string file_;
    const Options options_;
    std::unique_ptr<Parts> parts_;               // the thread's
    std::deque<std::shared_ptr<Work>> working_;  // the thread's: one input of each in turn

    mutable std::mutex mutex_;  // of all below
    std::condition_variable changed_;
    std::deque<std::shared_ptr<Work>> queue_;
    bool stopping_ = false;
    Status status_;
    std::thread thread_;  // since the first request
};

}  // namespace lares::engine::llm
