#include "engine/tts/voice.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <mutex>
#include <numeric>
#include <optional>

#include "base/text.h"
#include "engine/tts/onnx.h"
#include "engine/tts/waveform.h"
#include "json/parse.h"

namespace lares::engine::tts {
namespace {

constexpr std::size_t vocabulary_bytes_max = 1u << 20;
constexpr std::int32_t samples_per_unit = 600;   // of the network's durations
constexpr std::int64_t units_max = 200;          // of one symbol: 5 s; more is a broken model
constexpr std::size_t block_frames = 16;         // 200 ms between two looks at the sink's answer
constexpr float audible = 0.0017783f;            // -55 dB of full scale
constexpr std::int32_t kept_before_sound = 240;  // 10 ms, faded in
constexpr std::string_view durations = "/Cast_32_output_0";
// Breaks and marks: nothing is heard of these alone.
constexpr std::u32string_view silent = U" ;:,.!?—…\"()“”ˈˌː→↗↘↓";
constexpr std::u32string_view breaks = U";:,.!?—…";

// Of text that is exactly one code point (valid UTF-8), else nothing.
std::optional<char32_t> only_code_point(std::string_view text) {
    if (!is_utf8(text) || count_code_points(text) != 1) return std::nullopt;
    auto c = static_cast<char32_t>(static_cast<unsigned char>(text.front()));
    if (text.size() > 1) c &= 0x7fu >> text.size();
    for (const auto byte : text.substr(1)) c = c << 6 | (static_cast<unsigned char>(byte) & 0x3fu);
    return c;
}

Result<std::map<char32_t, std::int64_t>> read_vocabulary(const std::filesystem::path& file) {
    LARES_TRY(const auto text, read_asset(file, vocabulary_bytes_max));
    const auto parsed = json::parse_value(text);
    if (!parsed || !parsed->is_object()) return broken(file, "it is no JSON object");
    std::map<char32_t, std::int64_t> ids;
    for (const auto& [key, value] : parsed->as_object()) {
        const auto symbol = only_code_point(key);
        if (!symbol || !value.is_int64()) return broken(file, "it maps no symbols to numbers");
        ids.emplace(*symbol, value.as_int64());
    }
    return ids;
}

std::uint64_t seed_of(std::u32string_view text) {  // FNV-1a: the same text sounds the same
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const auto c : text) hash = (hash ^ c) * 0x100000001b3;
    return hash;
}

struct Nothing final : Sink {
    bool timing(Timing) override { return true; }
    bool samples(std::span<const std::int16_t>) override { return true; }
};

// Samples on their way to the sink: silence before the first sound is cut, then the timing is known and goes
// first.
class Delivery {
public:
    Delivery(Timing timing, double volume, Sink& sink)
        : timing_(std::move(timing)), volume_(static_cast<float>(volume) * 32'767), sink_(sink) {}

    bool take(std::span<const float> block) {
        if (begun_) return send(block);
        held_.insert(held_.end(), block.begin(), block.end());
        const auto first = std::find_if(held_.begin() + static_cast<std::ptrdiff_t>(searched_), held_.end(),
                                        [](float sample) { return std::fabs(sample) > audible; });
        searched_ = held_.size();
        if (first == held_.end()) return true;
        const auto cut = std::max<std::ptrdiff_t>(0, first - held_.begin() - kept_before_sound);
        return begin(cut);
    }

    // All samples were taken: when none was audible, nothing is said.
    bool finish() { return begun_ || begin(static_cast<std::ptrdiff_t>(held_.size())); }

private:
    bool begin(std::ptrdiff_t cut) {
        begun_ = true;
        auto left = static_cast<std::int32_t>(cut);
        const auto shorten = [&left](std::int32_t& length) {
            const auto part = std::min(left, length);
            length -= part;
            left -= part;
        };
        shorten(timing_.lead);
        std::ranges::for_each(timing_.samples, shorten);
        shorten(timing_.tail);
        if (!sink_.timing(std::move(timing_))) return false;
        const std::span<float> kept(held_.begin() + cut, held_.end());
        const auto fade = std::min<std::size_t>(cut > 0 ? kept_before_sound : 0, kept.size());
        for (std::size_t i = 0; i < fade; ++i) kept[i] *= static_cast<float>(i) / kept_before_sound;
        return kept.empty() || send(kept);
    }

    bool send(std::span<const float> block) {
        pcm_.resize(block.size());
        for (std::size_t i = 0; i < block.size(); ++i)
            pcm_[i] =
                static_cast<std::int16_t>(std::min(std::max(block[i] * volume_, -32'768.0f), 32'767.0f));
        return sink_.samples(pcm_);
    }

    Timing timing_;
    float volume_;
    Sink& sink_;
    bool begun_ = false;
    std::size_t searched_ = 0;
    std::vector<float> held_;
    std::vector<std::int16_t> pcm_;
};

double within(double value, double low, double high, double otherwise) {
    return std::isfinite(value) ? std::clamp(value, low, high) : otherwise;
}

}  // namespace

std::int64_t Timing::total() const {
    return std::accumulate(samples.begin(), samples.end(), std::int64_t{lead} + tail);
}

struct Voice::Parts {
    std::shared_ptr<const Model> model;
    std::map<char32_t, std::int64_t> vocabulary;
    mutable std::mutex mutex;
    mutable std::vector<std::unique_ptr<Waveform>> idle;  // as many as ever spoke at once

    std::unique_ptr<Waveform> waveform() const {
        std::lock_guard lock(mutex);
        if (idle.empty()) return std::make_unique<Waveform>();
        auto taken = std::move(idle.back());
        idle.pop_back();
        return taken;
    }
    void give_back(std::unique_ptr<Waveform> waveform) const {
        std::lock_guard lock(mutex);
        idle.push_back(std::move(waveform));
    }
};

Voice::Voice(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Voice::~Voice() = default;

Result<std::shared_ptr<const Voice>> Voice::open(const std::filesystem::path& folder) {
    auto parts = std::make_unique<Parts>();
    LARES_TRY(parts->vocabulary, read_vocabulary(folder / "vocab.json"));
    LARES_TRY(parts->model, Model::open(folder / "hibari.onnx", durations));
    const std::shared_ptr<const Voice> voice(new Voice(std::move(parts)));
    Nothing nobody;  // the first run chooses the model's kernels, and shows whether it is one of these
    if (const auto spoken = voice->speak({U"wˈɔɹm ˈʌp.", 1, 1}, nobody); !spoken)
        return broken(folder / "hibari.onnx", spoken.error().detail);
    return voice;
}

Result<void> Voice::speak(const Request& request, Sink& sink) const {
    if (request.phonemes.size() > symbols_max)
        return fail(Code::too_large, "too-many-phonemes",
                    "At most " + std::to_string(symbols_max) + " phonemes are spoken at once.");
    Timing timing;
    timing.samples.assign(request.phonemes.size(), 0);
    std::vector<std::int64_t> ids = {0};  // a pause before and after
    std::vector<std::size_t> places;      // in the request, of each id between them
    bool heard = false;
    for (std::size_t i = 0; i < request.phonemes.size(); ++i) {
        const auto known = parts_->vocabulary.find(request.phonemes[i]);
        if (known == parts_->vocabulary.end()) continue;
        heard = heard || silent.find(request.phonemes[i]) == std::u32string_view::npos;
        ids.push_back(known->second);
        places.push_back(i);
    }
    if (!heard) return sink.timing(std::move(timing)), Result<void>();
    ids.push_back(0);

    const std::array<float, 1> speed = {static_cast<float>(within(request.speed, speed_min, speed_max, 1))};
    const std::array<Input, 2> inputs = {
        Input{"ids", std::span<const std::int64_t>(ids), {1, static_cast<std::int64_t>(ids.size())}},
        Input{"speed", std::span<const float>(speed), {1}}};
    LARES_TRY(const auto outputs, parts_->model->run(inputs));
    const auto units = outputs.ints(durations);
    const auto f0 = outputs.floats("f0");
    Spectrum spectrum{.f0 = f0.data(), .frames = f0.size()};
    const auto unlike = [] {
        Error error{Code::internal, "voice-failed", "The voice could not speak this.", {}, {}, {}};
        error.detail = "its outputs are not those of hibari";
        return fail(std::move(error));
    };
    const std::array<std::pair<const char*, const float**>, 5> planes = {{{"lh", &spectrum.lh},
                                                                          {"theta", &spectrum.theta},
                                                                          {"ln", &spectrum.ln},
                                                                          {"lr", &spectrum.lr},
                                                                          {"phi", &spectrum.phi}}};
    for (const auto& [name, place] : planes) {
        const auto values = outputs.floats(name);
        if (values.size() != bins * f0.size()) return unlike();
        *place = values.data();
    }
    std::int64_t total = 0;
    for (const auto each : units) {
        if (each < 0 || each > units_max) return unlike();
        total += each * samples_per_unit;
    }
    if (units.size() != ids.size() || total != static_cast<std::int64_t>(f0.size() * hop)) return unlike();
    timing.lead = static_cast<std::int32_t>(units.front()) * samples_per_unit;
    timing.tail = static_cast<std::int32_t>(units.back()) * samples_per_unit;
    for (std::size_t i = 0; i < places.size(); ++i)
        timing.samples[places[i]] = static_cast<std::int32_t>(units[i + 1]) * samples_per_unit;

    auto waveform = parts_->waveform();
    waveform->begin(spectrum, seed_of(request.phonemes));
    Delivery delivery(std::move(timing), within(request.volume, 0, 1, 1), sink);
    bool wanted = true;
    for (auto block = waveform->next(block_frames); wanted && !block.empty();
         block = waveform->next(block_frames))
        wanted = delivery.take(block);
    if (wanted) delivery.finish();
    parts_->give_back(std::move(waveform));
    return {};
}

std::vector<std::size_t> pieces_of(std::u32string_view phonemes) {
    std::vector<std::size_t> pieces;
    while (phonemes.size() > symbols_max) {
        const auto head = phonemes.substr(0, symbols_max);
        auto cut = head.find_last_of(breaks);
        if (cut == std::u32string_view::npos || cut < symbols_max / 4) cut = head.rfind(U' ');
        const auto length = cut == std::u32string_view::npos || cut == 0 ? symbols_max : cut + 1;
        pieces.push_back(length);
        phonemes.remove_prefix(length);
    }
    if (!phonemes.empty()) pieces.push_back(phonemes.size());
    return pieces;
}

}  // namespace lares::engine::tts
