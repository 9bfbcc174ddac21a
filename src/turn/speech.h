#pragma once
// The voice of one turn: what is shown becomes clauses, clauses become sound, in order and overlapped: while
// one is sent, at most two more are made. Belongs to the turn and its executor; stop() and hold() come
// through the turn.
#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "async/clock.h"
#include "async/scope.h"
#include "async/signal.h"
#include "turn/hearing.h"
#include "turn/ring.h"
#include "voice/clauses.h"
#include "voice/speaker.h"

namespace lares::turn {

// Bounds of speaking.
struct SpeechLimits {
    std::int64_t ahead = 2;                 // clauses made beyond the one that is sent or heard
    std::size_t unread_bytes = 384 * 1024;  // sound that nobody has taken: past it no more is made
    std::int64_t alone_ms = 10'000;         // without a reader: past it nothing more is spoken
    std::int64_t hold_ms = 15'000;          // a hold that nobody ends ends by itself
    std::int64_t held_ms = 60'000;          // of one answer, all holds together: past it none is left
    std::size_t holds = 64;                 // of one answer
    std::size_t held_text_bytes = 1'000;    // written while it is held: past it the model waits
    std::size_t clauses = 4'096;            // of one answer; what follows is shown, not spoken
    std::int64_t rest_ms = 250;             // the model rests for the first sound; so long at most
    voice::ClauseRules rules;
};

class Speech {
public:
    struct Parts {
        voice::Voices* voices;  // null: this server has none
        async::Clock& clock;
        Ring& ring;
        Hearing& hearing;
        SpeechLimits limits;
        OwnerId owner;
        std::function<Task<voice::Choice>()> choose;
        std::function<double()> since_ms;  // of the turn
        chat::Trace& trace;
        std::function<void()> ended;        // all is sent, or there is no voice
        std::function<void(bool on)> rest;  // of the model
    };
    Speech(Parts parts, Executor executor);

    // Before the first word: waits for a seat beside the model. offset: code points that are shown already.
    void begin(async::TaskScope& scope, std::size_t offset);
    void shown(std::string_view text);  // the next words, whole code points
    void complete();                    // no more words
    bool ended() const { return ended_; }
    void silence() { silent_ = true; }  // any thread: from now on not a frame more

    void release();  // nothing of it runs any more: the seat is free
    void hold();
    void go_on();
    bool held() const { return held_; }
    bool may_hold() const { return may_hold_; }  // any thread: not all holds of this answer are used up
    Task<void> until_heard_on();  // the model waits here while much is written and the voice is held
    void wake();                  // somebody read, or reported

private:
    struct Item {
        std::int64_t index = 0;
        voice::Clause clause;
        std::vector<std::uint32_t> places;  // of the spoken text, in the clause
        std::unique_ptr<voice::Utterance> sound;
    };
    Task<void> run();
    Task<void> speak();
    Task<void> send();
    Task<void> send(Item& item);
    Task<std::optional<voice::Clause>> next_clause();
    Task<bool> until_room(std::int64_t index);
    Task<bool> compose(voice::Clause clause);
    Visemes visemes_of(const Item& item) const;
    void push(FrameBody body);
    void arm(std::int64_t at_ms);
    static Task<void> alarm(Speech* self, async::SteadyTime when);
    static Task<void> end_hold(Speech* self, async::SteadyTime since);
    static Task<void> watch_readers(Speech* self);
    bool is_alone();
    std::int64_t now_ms() const;
    std::int64_t voice_ms() const;
    void notice(const Error& error);
    void rest_for_sound();
    void rest_no_more();
    static Task<void> end_rest(Speech* self);

    Parts parts_;
    async::TaskScope* scope_ = nullptr;
    std::int64_t offset_ = 0;
    async::Signal news_;     // of the composer: words, room, time
    async::Signal made_;     // of the sender
    async::Signal resumed_;  // of the model
    voice::ClauseSplitter splitter_;
    std::unique_ptr<voice::Speaker> speaker_;
    std::deque<Item> queue_;
    std::int64_t index_ = 0;
    std::int64_t sent_ = 0;  // clauses whose sound is out
    bool no_more_text_ = false;
    bool composed_ = false;  // no more clauses
    bool gave_up_ = false;
    enum class Rest : std::uint8_t { not_yet, now, over };
    Rest rest_ = Rest::not_yet;  // of the model, once
    bool ended_ = false;
    std::atomic<bool> silent_ = false;
    bool held_ = false;
    async::SteadyTime held_since_;
    async::SteadyTime::duration held_for_ = {};  // all holds that are over
    std::size_t holds_ = 0;
    std::atomic<bool> may_hold_ = true;
    std::size_t held_text_ = 0;
    std::optional<async::SteadyTime> alone_since_;
    std::int64_t armed_ms_ = 0;
    async::SteadyTime silent_at_ = {};         // when all that is made has been heard
    double audio_out_ms_ = 0;                  // sound that is out
    std::optional<std::int64_t> first_audio_;  // when its first sample went out, by voice_ms()
};

}  // namespace lares::turn
