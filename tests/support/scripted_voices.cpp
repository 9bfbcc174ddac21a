#include "support/scripted_voices.h"

#include <algorithm>

#include "voice/utf.h"

namespace lares::test {

namespace {

std::vector<voice::TimedPhoneme> letters_of(const std::string& text) {
    std::vector<voice::TimedPhoneme> letters;
    std::int64_t at = 0;
    std::uint32_t place = 0;
    for (const auto c : voice::to_code_points(text)) {
        const auto source = voice::Span{place, place + 1};
        ++place;
        if (!voice::is_word(c)) continue;
        letters.push_back({voice::to_lower(c), source, at, at + ScriptedVoices::letter_samples});
        at += ScriptedVoices::letter_samples;
    }
    return letters;
}

class ScriptedUtterance final : public voice::Utterance {
public:
    ScriptedUtterance(ScriptedVoices& voices, async::Clock& clock, voice::Timeline timeline)
        : voices_(voices), clock_(clock), timeline_(std::move(timeline)) {
        left_ = timeline_.samples - (voices.lost_samples ? voices.lost_samples() : 0);
        voices_.speaking_most = std::max(voices_.speaking_most, ++voices_.speaking);
    }
    ~ScriptedUtterance() override { --voices_.speaking; }
    const voice::Timeline& timeline() const override { return timeline_; }
    Task<Result<std::optional<std::string>>> next() override {
        if (left_ <= 0) co_return std::nullopt;
        if (voices_.chunk_ms) co_await clock_.sleep_for(async::Milliseconds(voices_.chunk_ms()));
        const auto count = std::min(left_, ScriptedVoices::chunk_samples);
        left_ -= count;
        std::string samples(static_cast<std::size_t>(count) * 2, '\x10');
        co_return samples;
    }

private:
    ScriptedVoices& voices_;
    async::Clock& clock_;
    voice::Timeline timeline_;
    std::int64_t left_ = 0;
};

}  // namespace

class ScriptedSpeaker final : public voice::Speaker {
public:
    explicit ScriptedSpeaker(ScriptedVoices& voices) : voices_(voices) {}
    ~ScriptedSpeaker() override { voices_.give_back(); }
    Task<Result<std::unique_ptr<voice::Utterance>>> speak(std::string text, async::SteadyTime) override {
        if (voices_.timing_ms) co_await voices_.clock_.sleep_for(async::Milliseconds(voices_.timing_ms()));
        if (voices_.fails)
            if (auto error = voices_.fails(text)) co_return fail(std::move(*error));
        auto timeline = scripted_timeline(text);
        voices_.spoken.push_back(std::move(text));
        co_return std::make_unique<ScriptedUtterance>(voices_, voices_.clock_, std::move(timeline));
    }

private:
    ScriptedVoices& voices_;
};

voice::Timeline scripted_timeline(const std::string& text) {
    voice::Timeline timeline;
    timeline.sample_rate = ScriptedVoices::sample_rate;
    const auto letters = letters_of(text);
    timeline.samples = letters.empty() ? 0 : letters.back().end;
    timeline.words = voice::words_of(voice::to_code_points(text), letters);
    timeline.cues = voice::visemes_of(letters, timeline.sample_rate);
    return timeline;
}

voice::VoiceStatus ScriptedVoices::status() {
    voice::VoiceStatus status;
    status.state = missing ? voice::VoiceState::missing : voice::VoiceState::ready;
    if (missing) status.reason = missing->message;
    status.seats = seats;
    status.taken = taken;
    status.waiting = waiting;
    return status;
}

Task<Result<std::unique_ptr<voice::Speaker>>> ScriptedVoices::take(
    OwnerId, voice::Choice, std::function<void(std::size_t place)> told) {
    if (missing) co_return fail(*missing);
    struct Waits {  // also when it is cancelled
        ScriptedVoices& voices;
        std::list<async::Signal>::iterator place;
        ~Waits() {
            --voices.waiting;
            voices.queue_.erase(place);
            for (const auto& other : voices.queue_) other.notify();
        }
    };
    if (taken >= seats) {
        if (waiting >= queue_max)
            co_return fail(Code::unavailable, "voice-busy", "All voices speak. The answer comes as text.");
        ++waiting;
        queue_.emplace_back(co_await boost::asio::this_coro::executor);
        Waits waits{*this, std::prev(queue_.end())};
        for (std::size_t before = 0;;) {
            const auto place = static_cast<std::size_t>(std::distance(queue_.begin(), waits.place)) + 1;
            if (place == 1 && taken < seats) break;
            if (place != before && told) told(place);
            before = place;
            co_await waits.place->wait();
        }
        ++taken;
        co_return std::make_unique<ScriptedSpeaker>(*this);
    }
    ++taken;
    co_return std::make_unique<ScriptedSpeaker>(*this);
}

void ScriptedVoices::give_back() {
    --taken;
    for (const auto& waiting_one : queue_) waiting_one.notify();
}

}  // namespace lares::test
