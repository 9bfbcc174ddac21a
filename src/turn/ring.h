#pragma once
// The frames of one turn: the turn writes, any number of readers on any executors follow. Nothing can be read
// before open(): what a turn shows waits for the commit of its message. Sound is the first to go when there
// is too much: the oldest audio frames lose their samples and keep their number.
#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

#include "async/signal.h"
#include "turn/frames.h"

namespace lares::turn {

// Bytes of all rings of the process.
using RingBytes = std::atomic<std::size_t>;

class Ring : public std::enable_shared_from_this<Ring> {
public:
    struct Bounds {
        std::size_t frames = 16'384;
        std::size_t bytes = 2 * 1024 * 1024;
        std::size_t total_bytes = 64 * 1024 * 1024;
        std::size_t audio_bytes = 1024 * 1024;  // of these; samples of 20 s
        static constexpr std::size_t frames_min =
            64;  // kept even when all rings together are over total_bytes
    };
    Ring(chat::TurnId turn, Bounds bounds, std::shared_ptr<RingBytes> total);
    ~Ring();
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    // Frame 1 comes with open(), so the first pushed one is 2. The oldest go when the ring is full.
    std::int64_t push(FrameBody body);
    void open(AcceptedFrame accepted);
    void silence();  // nobody wants to hear more: its sound goes, what is not read yet and what still comes
    std::int64_t next_number() const;
    std::int64_t first_number() const;  // the oldest that is kept
    bool ended() const;                 // the last frame is in it
    std::size_t bytes() const;
    // Bytes that no reader has taken yet, and how many readers there are.
    struct Unread {
        std::size_t bytes = 0, readers = 0;
    };
    Unread unread() const;
    // Called, on the reader's thread, when a reader took something. Before the first read.
    void on_read(std::function<void()> hook) { on_read_ = std::move(hook); }

    std::unique_ptr<FrameStream> read(std::int64_t after, Executor executor);

private:
    class Reader;
    void wake();
    void trim();
    void drop_sound();
    void quiet(FramePtr& frame);
    void taken(std::int64_t number);
    const chat::TurnId turn_;
    const Bounds bounds_;
    const std::shared_ptr<RingBytes> total_;
    mutable std::mutex mutex_;
    std::deque<FramePtr> frames_;
    std::list<async::Signal> readers_;
    std::int64_t next_ = 2;
    std::size_t bytes_ = 0;
    std::size_t audio_bytes_ = 0;
    std::int64_t silent_until_ = 0;  // audio frames before this one have no samples any more
    std::int64_t furthest_ = 0;      // frame that any reader has taken
    std::size_t unread_bytes_ = 0;   // behind it
    std::function<void()> on_read_;
    bool open_ = false;
    bool ended_ = false;
    bool silenced_ = false;
};

// Frames that are all there already.
std::unique_ptr<FrameStream> replay(std::vector<FramePtr> frames);

}  // namespace lares::turn
