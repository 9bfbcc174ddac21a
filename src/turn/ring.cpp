#include "turn/ring.h"

#include <algorithm>
#include <vector>

namespace lares::turn {

namespace {

std::size_t size_of(const FrameBody& body) {
    struct Text {
        std::size_t operator()(const AcceptedFrame&) const { return 0; }
        std::size_t operator()(const TurnStarted& frame) const { return frame.text.size(); }
        std::size_t operator()(const Status&) const { return 0; }
        std::size_t operator()(const Token& frame) const { return frame.text.size(); }
        std::size_t operator()(const Clause& frame) const { return frame.text.size(); }
        std::size_t operator()(const Visemes& frame) const {
            return frame.track.size() * sizeof(MouthCue) + frame.words.size() * sizeof(SpokenWord);
        }
        std::size_t operator()(const Audio& frame) const { return frame.samples.size(); }
        std::size_t operator()(const Emotion&) const { return 0; }
        std::size_t operator()(const VoiceNotice& frame) const { return frame.message.size(); }
        std::size_t operator()(const Held&) const { return 0; }
        std::size_t operator()(const Resumed&) const { return 0; }
        std::size_t operator()(const TurnDone& frame) const { return frame.text.size(); }
        std::size_t operator()(const Failed& frame) const { return frame.text.size(); }
    };
    return sizeof(Frame) + 32 + std::visit(Text{}, body);
}

std::size_t samples_of(const FrameBody& body) {
    const auto* audio = std::get_if<Audio>(&body);
    return audio ? audio->samples.size() : 0;
}

class Replay final : public FrameStream {
public:
    explicit Replay(std::vector<FramePtr> frames) : frames_(std::move(frames)) {}
    Task<Result<FramePtr>> next() override {
        if (at_ == frames_.size()) co_return nullptr;
        co_return frames_[at_++];
    }

private:
    std::vector<FramePtr> frames_;
    std::size_t at_ = 0;
};

}  // namespace

class Ring::Reader final : public FrameStream {
public:
    Reader(std::shared_ptr<Ring> ring, std::int64_t after, std::list<async::Signal>::iterator signal)
        : ring_(std::move(ring)), after_(after), signal_(signal) {}
    ~Reader() override {
        std::lock_guard lock(ring_->mutex_);
        ring_->readers_.erase(signal_);
    }

    Task<Result<FramePtr>> next() override {
        for (;;) {
            {
                std::lock_guard lock(ring_->mutex_);
                if (ring_->open_) {
                    const auto first = ring_->next_ - static_cast<std::int64_t>(ring_->frames_.size());
                    if (after_ + 1 < first)
                        co_return fail(Code::conflict, "frames-gone",
                                       "Too much was missed to go on from there. Load the history again.");
                    if (after_ + 1 < ring_->next_) {
                        auto frame = ring_->frames_[static_cast<std::size_t>(after_ + 1 - first)];
                        ++after_;
                        ring_->taken(after_);
                        co_return frame;
                    }
                    if (ring_->ended_) co_return nullptr;
                }
            }
            co_await signal_->wait();
        }
    }

private:
    std::shared_ptr<Ring> ring_;
    std::int64_t after_;
    std::list<async::Signal>::iterator signal_;
};

Ring::Ring(chat::TurnId turn, Bounds bounds, std::shared_ptr<RingBytes> total)
    : turn_(turn), bounds_(bounds), total_(std::move(total)) {}

Ring::~Ring() {
    *total_ -= bytes_;
}

std::int64_t Ring::push(FrameBody body) {
    std::lock_guard lock(mutex_);
    if (auto* audio = std::get_if<Audio>(&body); audio && silenced_) audio->samples = {};
    const auto size = size_of(body);
    if (is_last(body)) ended_ = true;
    frames_.push_back(std::make_shared<const Frame>(Frame{turn_, next_, std::move(body)}));
    bytes_ += size;
    unread_bytes_ += size;
    audio_bytes_ += samples_of(frames_.back()->body);
    *total_ += size;
    drop_sound();
    trim();
    wake();
    return next_++;
}

void Ring::trim() {
    const auto too_much = [this] {
        return frames_.size() > bounds_.frames || bytes_ > bounds_.bytes ||
               (*total_ > bounds_.total_bytes && frames_.size() > Bounds::frames_min);
    };
    while (frames_.size() > 1 && too_much()) {
        const auto size = size_of(frames_.front()->body);
        bytes_ -= size;
        if (frames_.front()->number > furthest_) unread_bytes_ -= std::min(unread_bytes_, size);
        audio_bytes_ -= samples_of(frames_.front()->body);
        *total_ -= size;
        frames_.pop_front();
    }
}

// What lies between two readers' places was passed over: nobody waits for it any more.
void Ring::taken(std::int64_t number) {
    if (number <= furthest_) return;
    const auto first = next_ - static_cast<std::int64_t>(frames_.size());
    for (auto each = std::max(furthest_ + 1, first); each <= number; ++each)
        unread_bytes_ -=
            std::min(unread_bytes_, size_of(frames_[static_cast<std::size_t>(each - first)]->body));
    furthest_ = number;
    if (on_read_) on_read_();
}

// Readers that already hold a frame keep its samples.
void Ring::drop_sound() {
    const auto first = next_ + 1 - static_cast<std::int64_t>(frames_.size());
    for (auto number = std::max(first, silent_until_); audio_bytes_ > bounds_.audio_bytes && number <= next_;
         ++number) {
        quiet(frames_[static_cast<std::size_t>(number - first)]);
        silent_until_ = number + 1;
    }
}

void Ring::quiet(FramePtr& frame) {
    const auto size = samples_of(frame->body);
    if (size == 0) return;
    auto silent = std::get<Audio>(frame->body);
    silent.samples = {};
    frame = std::make_shared<const Frame>(Frame{turn_, frame->number, std::move(silent)});
    bytes_ -= size;
    audio_bytes_ -= size;
    unread_bytes_ -= frame->number > furthest_ ? std::min(unread_bytes_, size) : 0;
    *total_ -= size;
}

void Ring::silence() {
    std::lock_guard lock(mutex_);
    silenced_ = true;
    for (auto& frame : frames_) quiet(frame);
}

Ring::Unread Ring::unread() const {
    std::lock_guard lock(mutex_);
    return {unread_bytes_, readers_.size()};
}

void Ring::open(AcceptedFrame accepted) {
    std::lock_guard lock(mutex_);
    open_ = true;
    // Only when nothing was dropped is there a place for it before the others.
    if (next_ - static_cast<std::int64_t>(frames_.size()) == 2) {
        frames_.push_front(std::make_shared<const Frame>(Frame{turn_, 1, accepted}));
        const auto size = size_of(frames_.front()->body);
        bytes_ += size;
        unread_bytes_ += size;
        *total_ += size;
    }
    wake();
}

void Ring::wake() {
    for (const auto& reader : readers_) reader.notify();
}

std::int64_t Ring::next_number() const {
    std::lock_guard lock(mutex_);
    return next_;
}

std::int64_t Ring::first_number() const {
    std::lock_guard lock(mutex_);
    return next_ - static_cast<std::int64_t>(frames_.size());
}

bool Ring::ended() const {
    std::lock_guard lock(mutex_);
    return ended_;
}

std::size_t Ring::bytes() const {
    std::lock_guard lock(mutex_);
    return bytes_;
}

std::unique_ptr<FrameStream> Ring::read(std::int64_t after, Executor executor) {
    std::lock_guard lock(mutex_);
    readers_.emplace_back(std::move(executor));
    return std::make_unique<Reader>(shared_from_this(), after, std::prev(readers_.end()));
}

std::unique_ptr<FrameStream> replay(std::vector<FramePtr> frames) {
    return std::make_unique<Replay>(std::move(frames));
}

}  // namespace lares::turn
