#include "turn/speech.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "observe/log.h"
#include "observe/metrics.h"
#include "voice/speech_text.h"
#include "voice/utf.h"

namespace lares::turn {

namespace {

constexpr std::int64_t poll_ms = 250;    // for room that no news tells of
constexpr std::int64_t margin_ms = 250;  // a later clause is wanted so long before the voice falls silent
constexpr int audible = 184;             // -45 dBFS

bool is_audible(std::string_view s16le) {
    for (std::size_t i = 0; i + 1 < s16le.size(); i += 2) {
        const auto low = static_cast<unsigned char>(s16le[i]);
        const auto high = static_cast<unsigned char>(s16le[i + 1]);
        const auto sample = static_cast<std::int16_t>(static_cast<std::uint16_t>(low | high << 8));
        if (std::abs(static_cast<int>(sample)) > audible) return true;
    }
    return false;
}

metrics::Histogram& first_audible_seconds() {
    static auto& histogram = metrics::histogram("lares_turn_first_audible_seconds", {},
                                                "From the message to the first audible sample that was sent",
                                                metrics::turn_seconds);
    return histogram;
}

metrics::Counter& clauses_total() {
    static auto& counter = metrics::counter("lares_turn_clauses_total", {}, "Clauses that were spoken");
    return counter;
}

// Something to say: a letter or a digit.
bool has_words(std::u32string_view text) {
    return std::ranges::any_of(text, voice::is_word);
}

}  // namespace

Speech::Speech(Parts parts, Executor executor)
    : parts_(std::move(parts)),
      news_(executor),
      made_(executor),
      resumed_(executor),
      splitter_(parts_.limits.rules) {
    parts_.ring.on_read([news = news_] { news.notify(); });
}

std::int64_t Speech::now_ms() const {
    return std::chrono::duration_cast<async::Milliseconds>(parts_.clock.steady().time_since_epoch()).count();
}

// A clock that stands while the voice is held: nobody hears a gap then, and no clause is cut for one.
std::int64_t Speech::voice_ms() const {
    const auto now = held_ ? held_since_ : parts_.clock.steady();
    return std::chrono::duration_cast<async::Milliseconds>((now - held_for_).time_since_epoch()).count();
}

void Speech::push(FrameBody body) {
    if (!silent_) parts_.ring.push(std::move(body));
}

void Speech::begin(async::TaskScope& scope, std::size_t offset) {
    scope_ = &scope;
    offset_ = static_cast<std::int64_t>(offset);
    scope.spawn(run());
}

void Speech::shown(std::string_view text) {
    if (held_) held_text_ += text.size();
    if (ended_) return;
    splitter_.feed(text, voice_ms());
    news_.notify();
}

void Speech::complete() {
    no_more_text_ = true;
    splitter_.finish();
    news_.notify();
}

void Speech::wake() {
    news_.notify();
}

void Speech::release() {
    queue_.clear();
    speaker_.reset();
}

// While the first clause becomes sound nobody waits for the words behind it, and whoever waits for the sound
// waits for the processors that the model takes.
void Speech::rest_for_sound() {
    if (rest_ != Rest::not_yet) return;
    rest_ = Rest::now;
    parts_.rest(true);
    scope_->spawn(end_rest(this));
}

void Speech::rest_no_more() {
    if (rest_ != Rest::now) return;
    rest_ = Rest::over;
    parts_.rest(false);
}

// Whatever has become of the voice.
Task<void> Speech::end_rest(Speech* self) {
    co_await self->parts_.clock.sleep_for(async::Milliseconds(self->parts_.limits.rest_ms));
    self->rest_no_more();
}

void Speech::notice(const Error& error) {
    push(VoiceNotice{error.type, error.message});
}

Task<void> Speech::run() {
    struct Ended {
        Speech& speech;
        ~Ended() {
            speech.go_on();  // the model waits for nobody
            speech.rest_no_more();
            speech.ended_ = true;
            speech.parts_.hearing.complete();
            speech.parts_.ended();
        }
    } ended{*this};
    if (!parts_.voices) {
        push(VoiceNotice{"voice-off", "This server speaks with no voice."});
        co_return;
    }
    auto told = [this, watched = false](std::size_t place) mutable {
        if (!std::exchange(watched, true)) scope_->spawn(watch_readers(this));
        push(Status{"voice_queued", static_cast<std::int64_t>(place)});
    };
    auto choice = co_await parts_.choose();
    auto seat = co_await parts_.voices->take(parts_.owner, std::move(choice), std::move(told));
    if (!seat) {
        notice(seat.error());
        co_return;
    }
    speaker_ = std::move(*seat);
    scope_->spawn(send());
    co_await speak();
    composed_ = true;
    made_.notify();
    while (!queue_.empty() || held_) co_await news_.wait();  // who was told "held" is told "resumed"
    speaker_.reset();
}

Task<void> Speech::speak() {
    while (!gave_up_) {
        auto clause = co_await next_clause();
        if (!clause) co_return;
        if (index_ >= static_cast<std::int64_t>(parts_.limits.clauses)) co_return;
        if (!co_await until_room(index_)) co_return;
        if (!co_await compose(std::move(*clause))) co_return;
    }
}

Task<std::optional<voice::Clause>> Speech::next_clause() {
    for (;;) {
        if (sent_ == index_ && first_audio_) {  // the voice falls silent when what is out has been heard
            splitter_.hurry_at(*first_audio_ + static_cast<std::int64_t>(audio_out_ms_) - margin_ms);
        }
        const auto now = voice_ms();
        if (auto clause = splitter_.next(now)) {
            if (!parts_.trace.first_clause_ms) parts_.trace.first_clause_ms = parts_.since_ms();
            co_return clause;
        }
        if (no_more_text_ || gave_up_) co_return std::nullopt;
        if (const auto deadline = splitter_.deadline_ms(); deadline && *deadline > now && !held_)
            arm(now_ms() + *deadline - now);
        co_await news_.wait();
    }
}

// One alarm at a time that matters; those that come too soon cost a look.
void Speech::arm(std::int64_t at_ms) {
    const auto now = now_ms();
    if (armed_ms_ > now && armed_ms_ <= at_ms) return;
    armed_ms_ = at_ms;
    scope_->spawn(alarm(this, parts_.clock.steady() + async::Milliseconds(at_ms - now)));
}

Task<void> Speech::alarm(Speech* self, async::SteadyTime when) {
    co_await self->parts_.clock.sleep_until(when);
    self->news_.notify();
}

// A hold that nobody ends ends by itself, whatever the composer waits for.
Task<void> Speech::end_hold(Speech* self, async::SteadyTime since) {
    const auto& limits = self->parts_.limits;
    const auto left = async::Milliseconds(limits.held_ms) - self->held_for_;
    co_await self->parts_.clock.sleep_until(
        since + std::min<async::SteadyTime::duration>(async::Milliseconds(limits.hold_ms), left));
    if (self->held_since_ == since) self->go_on();
}

// Who waits for a seat may be left alone meanwhile.
Task<void> Speech::watch_readers(Speech* self) {
    while (!self->speaker_ && !self->ended_) {
        (void)self->is_alone();
        co_await self->parts_.clock.sleep_for(async::Milliseconds(poll_ms));
    }
}

// Nobody has read for long.
bool Speech::is_alone() {
    const auto now = parts_.clock.steady();
    if (parts_.ring.unread().readers > 0)
        alone_since_.reset();
    else if (!alone_since_)
        alone_since_ = now;
    return alone_since_ && now - *alone_since_ > async::Milliseconds(parts_.limits.alone_ms);
}

// At most so many clauses beyond the one that is heard (where players tell how far they are) or sent, and no
// more than readers take. False: nobody has read for long.
Task<bool> Speech::until_room(std::int64_t index) {
    for (;;) {
        if (gave_up_) co_return false;
        if (is_alone()) {  // who comes back reads on, and is told why nobody speaks
            push(VoiceNotice{"voice-unheard", "Nobody listened for a while, so the rest was not spoken."});
            co_return false;
        }
        const auto now = parts_.clock.steady();
        const auto unread = parts_.ring.unread();
        const auto base = std::min(sent_, parts_.hearing.clauses_heard(now));
        const bool room = index <= base + parts_.limits.ahead && unread.bytes <= parts_.limits.unread_bytes;
        if (room && !held_) co_return true;
        arm(now_ms() + poll_ms);
        co_await news_.wait();
    }
}

// False: the voice failed; the text goes on.
Task<bool> Speech::compose(voice::Clause clause) {
    Item item;
    auto spoken = clause.code ? voice::SpeechText{} : voice::speech_text(clause.text);
    push(Clause{index_, voice::to_utf8(clause.text), offset_ + static_cast<std::int64_t>(clause.start),
                offset_ + static_cast<std::int64_t>(clause.end)});
    item.index = index_++;
    if (has_words(spoken.text)) {
        rest_for_sound();
        auto sound = co_await speaker_->speak(voice::to_utf8(spoken.text),
                                              std::max(silent_at_, parts_.clock.steady()));
        if (!sound) {
            rest_no_more();
            log::warn("a clause was not spoken",
                      {{"error", sound.error().type}, {"detail", sound.error().detail}});
            notice(sound.error());
            co_return false;
        }
        item.sound = std::move(*sound);
        const auto& made = item.sound->timeline();
        silent_at_ = std::max(silent_at_, parts_.clock.steady()) +
                     async::Milliseconds(made.samples * 1000 / made.sample_rate);
        item.places = std::move(spoken.places);
        clauses_total().add();
    }
    item.clause = std::move(clause);
    queue_.push_back(std::move(item));
    made_.notify();
    co_return true;
}

Visemes Speech::visemes_of(const Item& item) const {
    const auto& timeline = item.sound->timeline();
    const double per_ms = timeline.sample_rate / 1000.0;
    Visemes out;
    out.clause = item.index;
    out.for_ms = static_cast<double>(timeline.samples) / per_ms;
    for (const auto& cue : timeline.cues)
        out.track.push_back({cue.at_ms, cue.for_ms, std::string(voice::name_of(cue.shape)), cue.weight});
    const auto start = offset_ + static_cast<std::int64_t>(item.clause.start);
    for (const auto& word : timeline.words) {
        if (word.source.end > item.places.size() || word.source.begin >= word.source.end) continue;
        out.words.push_back(
            {start + item.places[word.source.begin], start + item.places[word.source.end - 1] + 1,
             static_cast<double>(word.begin) / per_ms, static_cast<double>(word.end - word.begin) / per_ms});
    }
    return out;
}

Task<void> Speech::send() {
    for (;;) {
        while (queue_.empty()) {
            if (composed_) co_return;
            co_await made_.wait();
        }
        if (!gave_up_) co_await send(queue_.front());
        if (queue_.front().sound) rest_no_more();
        queue_.pop_front();
        ++sent_;
        news_.notify();
    }
}

Task<void> Speech::send(Item& item) {
    Visemes visemes;
    visemes.clause = item.index;
    if (item.sound) visemes = visemes_of(item);
    const auto rate = item.sound ? item.sound->timeline().sample_rate : 0;
    parts_.hearing.sent(visemes, offset_ + static_cast<std::int64_t>(item.clause.end), parts_.clock.steady());
    if (!item.sound || item.sound->timeline().samples == 0) co_return;
    push(std::move(visemes));
    for (std::int64_t chunk = 0;; ++chunk) {
        auto samples = co_await item.sound->next();
        if (!samples) {
            notice(samples.error());
            gave_up_ = true;
            co_return;
        }
        if (!*samples) co_return;
        auto& trace = parts_.trace;
        if (!first_audio_) {
            first_audio_ = voice_ms();
            trace.first_sample_ms = parts_.since_ms();
        }
        if (!trace.first_audible_ms && is_audible(**samples)) {
            trace.first_audible_ms = parts_.since_ms();
            first_audible_seconds().observe(*trace.first_audible_ms / 1000);
        }
        audio_out_ms_ += static_cast<double>((*samples)->size()) / 2 * 1000 / rate;
        push(Audio{item.index, chunk, static_cast<std::int64_t>(rate), std::move(**samples)});
        rest_no_more();
    }
}

void Speech::hold() {
    if (held_ || ended_ || !may_hold_) return;
    held_ = true;
    held_since_ = parts_.clock.steady();
    held_text_ = 0;
    parts_.hearing.hold(held_since_);
    const auto far = parts_.hearing.far(held_since_, false);
    push(Held{far ? far->characters : 0});
    scope_->spawn(end_hold(this, held_since_));
}

void Speech::go_on() {
    if (!held_) return;
    held_ = false;
    const auto now = parts_.clock.steady();
    held_for_ += now - held_since_;
    silent_at_ += now - held_since_;
    const auto& limits = parts_.limits;
    may_hold_ = ++holds_ < limits.holds && held_for_ < async::Milliseconds(limits.held_ms);
    parts_.hearing.go_on(now);
    const auto far = parts_.hearing.far(now, true);
    push(Resumed{far ? far->characters : 0});
    news_.notify();
    resumed_.notify();
}

Task<void> Speech::until_heard_on() {
    while (held_ && held_text_ > parts_.limits.held_text_bytes) co_await resumed_.wait();
}

}  // namespace lares::turn
