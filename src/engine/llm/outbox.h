#pragma once
// Between the engine's thread, which fills it, and whoever reads the answer.
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

#include "engine/llm/types.h"

namespace lares::engine::llm {

inline constexpr std::size_t unread_tokens_max = 256;  // past it the chat pauses until they are taken

// Calls the engine; answers that outlive it ring in vain.
class Bell {
public:
    explicit Bell(std::function<void()> poke) : poke_(std::move(poke)) {}
    void ring() {
        std::lock_guard lock(mutex_);
        if (poke_) poke_();
    }
    void silence() {
        std::lock_guard lock(mutex_);
        poke_ = nullptr;
    }

private:
    std::mutex mutex_;
    std::function<void()> poke_;
};

class Outbox {
public:
    Outbox(std::function<void()> wake, std::shared_ptr<Bell> bell)
        : wake_(std::move(wake)), bell_(std::move(bell)) {}

    // Engine's thread. `change` adds to what is pending.
    template <class F>
    void add(F change) {
        if (put(change)) wake();
    }
    // The same; true: the reader has to be woken.
    template <class F>
    bool put(F change) {
        std::lock_guard lock(mutex_);
        const bool was_empty = pending_.empty();
        change(pending_);
        unread_.store(pending_.tokens.size(), std::memory_order_relaxed);
        return was_empty;
    }
    void wake() {
        if (wake_) wake_();
    }
    bool full() const { return unread_.load(std::memory_order_relaxed) >= unread_tokens_max; }
    bool rests() const { return rests_.load(std::memory_order_acquire); }
    bool cancelled() const { return cancelled_.load(std::memory_order_acquire); }

    // Reader.
    Output take() {
        Output out;
        bool was_full = false;
        {
            std::lock_guard lock(mutex_);
            out = std::move(pending_);
            pending_ = Output{};
            was_full = unread_.exchange(0, std::memory_order_relaxed) >= unread_tokens_max;
        }
        if (was_full) bell_->ring();
        return out;
    }
    void rest(bool on) {
        if (rests_.exchange(on, std::memory_order_acq_rel) != on) bell_->ring();
    }
    void cancel() {
        cancelled_.store(true, std::memory_order_release);
        bell_->ring();
    }

private:
    const std::function<void()> wake_;  // the reader may look
    const std::shared_ptr<Bell> bell_;  // the engine may look
    std::mutex mutex_;
    Output pending_;
    std::atomic<std::size_t> unread_ = 0;
    std::atomic<bool> rests_ = false, cancelled_ = false;
};

}  // namespace lares::engine::llm
