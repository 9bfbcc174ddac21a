#include "voice/local/voices.h"

#include <bit>
#include <cstring>
#include <future>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "async/one_shot.h"
#include "async/pool.h"
#include "voice/local/reading.h"
#include "voice/utf.h"

namespace lares::voice {
namespace {

namespace tts = engine::tts;
static_assert(std::endian::native == std::endian::little, "samples leave as they lie in memory");

constexpr std::string_view package = "hibari";  // the folder of its files
constexpr std::string_view heart = "heart";

struct Loaded {
    std::shared_ptr<const tts::Voice> voice;
    std::shared_ptr<const english::Phonemizer> phonemizer;
};

Result<Loaded> load_from(const std::vector<std::filesystem::path>& folders) {
    LARES_TRY(const auto folder, tts::find_voice(std::string(package), folders));
    Loaded loaded;
    // Beside each other: neither waits for the other's files.
    auto reading = std::async(std::launch::async, open_reading, folder);
    auto voice = tts::Voice::open(folder);
    LARES_TRY(loaded.phonemizer, reading.get());
    LARES_TRY(loaded.voice, std::move(voice));
    return loaded;
}

Result<Loaded> load(const std::vector<std::filesystem::path>& folders) {
    try {
        return load_from(folders);
    } catch (const std::exception& problem) {
        return fail(Code::unavailable, "voice-failed",
                    std::string("The voice could not be loaded: ") + problem.what() + ".");
    }
}

bool is_absent(const Error& error) {
    return error.type == "voice-missing";
}

std::string to_bytes(const std::vector<std::int16_t>& samples) {
    std::string bytes(samples.size() * sizeof(std::int16_t), '\0');
    std::memcpy(bytes.data(), samples.data(), bytes.size());
    return bytes;
}

class LocalUtterance final : public Utterance {
public:
    LocalUtterance(Timeline timeline, std::vector<std::unique_ptr<tts::Speech>> pieces)
        : timeline_(std::move(timeline)), pieces_(std::move(pieces)) {}

    const Timeline& timeline() const override { return timeline_; }

    Task<Result<std::optional<std::string>>> next() override {
        for (; at_ < pieces_.size(); ++at_) {
            LARES_CO_TRY(const auto samples, co_await pieces_[at_]->next());
            if (samples) co_return to_bytes(*samples);
        }
        co_return std::nullopt;
    }

private:
    Timeline timeline_;
    std::vector<std::unique_ptr<tts::Speech>> pieces_;
    std::size_t at_ = 0;
};

// The lengths of consecutive pieces become places in the whole clause. Silence around a piece is a pause of
// its own.
class Clock {
public:
    explicit Clock(const std::vector<Phoneme>& phonemes) : phonemes_(phonemes) {}

    void add(const tts::Timing& timing) {
        const auto here = at_ < phonemes_.size() ? phonemes_[at_].source.begin : 0;
        pause(timing.lead, here);
        for (const auto length : timing.samples) {
            const auto& phoneme = phonemes_[at_++];
            timed_.push_back({phoneme.symbol, phoneme.source, now_, now_ + length});
            now_ += length;
        }
        pause(timing.tail, at_ > 0 ? phonemes_[at_ - 1].source.end : 0);
    }

    Timeline timeline(const std::string& text) const {
        Timeline made;
        made.sample_rate = tts::sample_rate;
        made.samples = now_;
        made.words = words_of(to_code_points(text), timed_);
        made.cues = visemes_of(timed_, tts::sample_rate);
        return made;
    }

private:
    void pause(std::int32_t length, std::uint32_t place) {
        if (length <= 0) return;
        timed_.push_back({U' ', {place, place}, now_, now_ + length});
        now_ += length;
    }

    const std::vector<Phoneme>& phonemes_;
    std::size_t at_ = 0;
    std::int64_t now_ = 0;
    std::vector<TimedPhoneme> timed_;
};

}  // namespace

struct LocalVoices::State {
    explicit State(Options with)
        : options(std::move(with)), pool(options.pool), reading({.name = "phonemes", .threads = 1}) {}

    const Options options;
    tts::VoicePool pool;
    async::Pool reading;  // text to phonemes: mostly far below a millisecond, unknown words take one each
    std::thread loader;

    std::mutex mutex;
    VoiceState state = VoiceState::off;
    std::optional<Error> problem;
    Loaded loaded;
    std::vector<async::OneShot<bool>> waiting;  // for the end of loading

    void settle(Result<Loaded> result) {
        std::vector<async::OneShot<bool>> told;
        {
            std::lock_guard lock(mutex);
            if (result) {
                loaded = std::move(*result);
                state = VoiceState::ready;
            } else {
                state = is_absent(result.error()) ? VoiceState::missing : VoiceState::failed;
                problem = std::move(result.error());
                problem->code = Code::unavailable;
            }
            told.swap(waiting);
        }
        for (const auto& each : told) each.set(true);
    }

    // The loaded voice, once it is settled.
    static Task<Result<Loaded>> ready(std::shared_ptr<State> self) {
        const auto executor = co_await boost::asio::this_coro::executor;
        async::OneShot<bool> settled(executor);
        bool wait = false;
        {
            std::lock_guard lock(self->mutex);
            wait = self->state == VoiceState::loading;
            if (wait) self->waiting.push_back(settled);
        }
        if (wait) co_await settled.take();
        std::lock_guard lock(self->mutex);
        if (self->state == VoiceState::ready) co_return self->loaded;
        if (self->problem) {
            Error told = *self->problem;
            told.detail = std::exchange(told.message, std::string(voice_unusable));
            co_return fail(std::move(told));
        }
        co_return fail(Code::unavailable, "voice-off",
                       "This server speaks no answers: VOICE_ENABLED is off.");
    }
};

namespace {

// One who may speak: the seat is given back with this.
template <class State>
class LocalSpeaker final : public Speaker {
public:
    LocalSpeaker(std::shared_ptr<State> state, Loaded loaded, std::unique_ptr<tts::Seat> seat, Choice choice)
        : state_(std::move(state)),
          loaded_(std::move(loaded)),
          seat_(std::move(seat)),
          choice_(std::move(choice)),
          dictionary_(std::make_shared<const english::Dictionary>(
              english::Dictionary::of_readable(choice_.pronunciations))) {}

    Task<Result<std::unique_ptr<Utterance>>> speak(std::string text, async::SteadyTime wanted_by) override {
        const auto executor = co_await boost::asio::this_coro::executor;
        co_await seat_->share();
        const auto phonemizer = loaded_.phonemizer;
        LARES_CO_TRY(auto spoken, co_await state_->reading.run(
                                      [phonemizer, dictionary = dictionary_, text]() -> Result<Spoken> {
                                          return phonemizer->speak(text, *dictionary);
                                      }));
        std::u32string symbols;
        for (const auto& phoneme : spoken.phonemes) symbols += phoneme.symbol;
        std::vector<std::unique_ptr<tts::Speech>> pieces;
        std::size_t at = 0;
        for (const auto length : tts::pieces_of(symbols)) {
            if (pieces.size() == LocalVoices::pieces_max) {
                const auto from = spoken.phonemes[at].source.begin;
                spoken.left_out.push_back(
                    {{from, spoken.phonemes.back().source.end}, "the end of a very long clause"});
                break;
            }
            tts::Request request{symbols.substr(at, length), choice_.speed, choice_.volume};
            LARES_CO_TRY(auto piece,
                         state_->pool.say(loaded_.voice, std::move(request), wanted_by, executor));
            pieces.push_back(std::move(piece));
            at += length;
        }
        Clock clock(spoken.phonemes);
        for (const auto& piece : pieces) {
            LARES_CO_TRY(const auto timing, co_await piece->timing());
            clock.add(timing);
        }
        auto timeline = clock.timeline(text);
        timeline.left_out = std::move(spoken.left_out);
        co_return std::make_unique<LocalUtterance>(std::move(timeline), std::move(pieces));
    }

private:
    std::shared_ptr<State> state_;
    Loaded loaded_;
    std::unique_ptr<tts::Seat> seat_;
    Choice choice_;
    std::shared_ptr<const english::Dictionary> dictionary_;
};

}  // namespace

LocalVoices::LocalVoices(Options options) : state_(std::make_shared<State>(std::move(options))) {}

LocalVoices::~LocalVoices() {
    if (state_->loader.joinable()) state_->loader.join();
}

void LocalVoices::start() {
    if (!state_->options.enabled) return;
    {
        std::lock_guard lock(state_->mutex);
        if (state_->state != VoiceState::off) return;
        state_->state = VoiceState::loading;
    }
    state_->loader = std::thread([state = state_.get()] { state->settle(load(state->options.folders)); });
}

VoiceStatus LocalVoices::status() {
    const auto stats = state_->pool.stats();
    std::lock_guard lock(state_->mutex);
    return {.state = state_->state,
            .reason = state_->problem ? state_->problem->message : "",
            .seats = stats.seats,
            .taken = stats.taken,
            .waiting = stats.waiting,
            .threads = stats.threads};
}

std::vector<VoiceInfo> LocalVoices::voices() const {
    return {{.id = std::string(heart),
             .name = "Heart",
             .language = "en-US",
             .gender = "female",
             .licence = "Apache-2.0",
             .sample_rate = tts::sample_rate,
             .is_default = true}};
}

Task<Result<std::unique_ptr<Speaker>>> LocalVoices::take(OwnerId owner, Choice choice,
                                                         std::function<void(std::size_t place)> told) {
    const auto state = state_;
    if (!choice.voice.empty() && choice.voice != heart)
        co_return invalid_field("voice", "there is no voice '" + choice.voice + "'");
    LARES_CO_TRY(auto loaded, co_await State::ready(state));
    LARES_CO_TRY(auto seat, co_await state->pool.take(owner, std::move(told)));
    co_return std::make_unique<LocalSpeaker<State>>(state, std::move(loaded), std::move(seat),
                                                    std::move(choice));
}

Result<void> check_voice(const std::vector<std::filesystem::path>& folders) {
    LARES_TRY(const auto loaded, load(folders));
    return {};
}

}  // namespace lares::voice
