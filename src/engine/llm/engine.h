#pragma once
// The one place where the language model computes: a thread that owns the context, batches all live chats
// into each step and keeps what idle chats may reuse. Every call here returns at once and may come from any
// thread.
#include <functional>
#include <memory>
#include <string>

#include "engine/llm/types.h"

namespace lares::engine::llm {

class Executor;
class Outbox;

// One answer while it is made. Destroyed: the chat leaves the batch at the next step.
class Generation {
public:
    explicit Generation(std::shared_ptr<Outbox> outbox);
    ~Generation();
    Generation(const Generation&) = delete;
    Generation& operator=(const Generation&) = delete;

    // What has come since the last call, or an empty output. After one with `end` or `error` nothing follows.
    // What is not taken is bounded (unread_tokens_max): the chat pauses until it is.
    Output take();

    // True: nothing more is wanted for the moment, and what computes is wanted elsewhere. False: it goes on.
    void rest(bool on);

private:
    std::shared_ptr<Outbox> outbox_;
};

class Engine {
public:
    explicit Engine(Options options);
    ~Engine();  // ends every generation with an error, then joins
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    // Loads this file when nobody speaks any more; what was loaded is gone then. `settled` (may be empty) is
    // called on the engine's thread when the model is ready or has failed.
    void load(std::string file, std::function<void()> settled = {});

    // Says why there is no model: status() answers failed with these two, chats are refused with them.
    void fail_with(std::string reason, std::string remedy);

    // Calls `settled` once the engine is not loading; at once when it is not.
    void when_settled(std::function<void()> settled);

    std::shared_ptr<const Model> model() const;  // null unless ready
    Status status() const;

    // `wake` is called on the engine's thread whenever take() would find something new after it found
    // nothing. Errors: unavailable "engine-busy" (with retry_after_ms), conflict "model-not-loaded".
    Result<std::unique_ptr<Generation>> submit(Request request, std::function<void()> wake);

    // Nothing of this conversation stays in the context, in RAM or on disk.
    void forget(std::string cache_key);

private:
    std::unique_ptr<Executor> executor_;
};

}  // namespace lares::engine::llm
