#include "api/voice/routes.h"

#include "api/access.h"
#include "api/caller.h"
#include "api/voice/reading.h"
#include "base/text.h"
#include "voice/wav.h"

namespace lares::api {
namespace {

constexpr std::size_t generated_bytes_max = std::size_t{300} * 24'000 * 2;  // five minutes in one answer
constexpr std::string_view too_long = "the answer ends after five minutes: use the stream for longer texts";

template <class Request>
voice::Choice choice_of(const Request& request) {
    return {.voice = request.voice.value_or(""), .speed = request.speed, .volume = request.volume};
}

std::string_view to_text(voice::VoiceState state) {
    switch (state) {
        case voice::VoiceState::off:
            return "off";
        case voice::VoiceState::loading:
            return "loading";
        case voice::VoiceState::ready:
            return "ready";
        case voice::VoiceState::missing:
            return "missing";
        case voice::VoiceState::failed:
            break;
    }
    return "failed";
}

std::vector<MouthShape> all_shapes() {
    std::vector<MouthShape> shapes;
    for (std::size_t i = 0; i < voice::viseme_names.size(); ++i) {
        const auto shape = static_cast<voice::Viseme>(i);
        const auto vrm = voice::vrm_mouth(shape);
        const auto live2d = voice::live2d_mouth(shape);
        shapes.push_back({std::string(voice::name_of(shape)), vrm.aa, vrm.ih, vrm.ou, vrm.ee, vrm.oh,
                          live2d.open, live2d.form});
    }
    return shapes;
}

}  // namespace

void VoiceRoutes::add_to(http::Routes& routes) {
    const auto row = [](http::Method method, std::string_view path, std::string_view summary) {
        return http::Row{
            .method = method,
            .path = path,
            .access = person(),
            .weight = method == http::Method::post ? 5u : 1u,
            .body_cap = 256 * 1024,  // 20,000 code points, escaped
            .summary = summary,
            .tag = "voice",
            .errors = method == http::Method::post ? std::vector{Code::unavailable} : std::vector<Code>{},
            .deadline_ms = 120'000};
    };
    using enum http::Method;
    routes.push_back(http::route<&VoiceRoutes::health>(
        row(get, "/api/v1/tts/health", "Whether the voice is loaded, and how many speak."), *this));
    routes.push_back(http::route<&VoiceRoutes::voices>(
        row(get, "/api/v1/tts/voices", "The voices that can be chosen."), *this));
    routes.push_back(http::route<&VoiceRoutes::voices>(
        row(get, "/api/v1/voice/models", "The voices that can be chosen."), *this));
    routes.push_back(http::route<&VoiceRoutes::generate>(
        row(post, "/api/v1/tts/generate", "A text as sound (WAV in base64), and what of it was not spoken."),
        *this));
    for (const std::string_view path : {"/api/v1/tts/stream", "/api/v1/voice/stream"})
        routes.push_back(http::route<&VoiceRoutes::stream>(
            row(post, path, "A text as sound while it is made: audio/wav, or audio/pcm."), *this));
    routes.push_back(http::route<&VoiceRoutes::visemes>(
        row(post, "/api/v1/tts/visemes",
            "How a mouth moves to a text and which word is heard when, from the lengths of its sounds."),
        *this));
}

// Its reason names folders: for who may look into the machine.
Result<VoiceHealth> VoiceRoutes::health(http::Call& call) {
    const auto status = voices_.status();
    VoiceHealth health{std::string(to_text(status.state)),
                       {},
                       static_cast<std::int64_t>(status.seats),
                       static_cast<std::int64_t>(status.taken),
                       static_cast<std::int64_t>(status.waiting)};
    if (!status.reason.empty())
        health.reason = caller_of(call).role == auth::Role::admin
                            ? status.reason
                            : "The voice of this server cannot be used; its administrator sees why.";
    return health;
}

Result<VoiceList> VoiceRoutes::voices(http::Call&) {
    VoiceList list;
    for (auto& each : voices_.voices())
        list.items.push_back({std::move(each.id), std::move(each.name), std::move(each.language),
                              std::move(each.gender), std::move(each.licence), each.sample_rate,
                              each.is_default});
    return list;
}

Task<Result<SpeechAnswer>> VoiceRoutes::generate(http::Call& call, SpeechRequest request) {
    LARES_CO_TRY(const auto reading, co_await Reading::begin(voices_, user_of(call), choice_of(request),
                                                             std::move(request.text)));
    SpeechAnswer answer;
    std::string samples;
    while (samples.size() < generated_bytes_max) {
        LARES_CO_TRY(auto clause, co_await reading->next());
        if (!clause) break;
        while (samples.size() < generated_bytes_max) {
            LARES_CO_TRY(const auto chunk, co_await clause->sound->next());
            if (!chunk) break;
            samples += *chunk;
        }
    }
    if (samples.size() >= generated_bytes_max) reading->end(std::string(too_long));
    answer.for_ms = static_cast<double>(samples.size()) / 2 * 1000 / static_cast<double>(answer.sample_rate);
    answer.audio =
        to_base64(voice::wav_head(static_cast<std::uint32_t>(answer.sample_rate), samples.size()) + samples);
    answer.left_out = reading->left_out();
    co_return answer;
}

Task<Result<void>> VoiceRoutes::stream(http::Call& call, SpeechStreamRequest request, http::ByteStream& out) {
    const bool wav = request.format == SoundForm::wav;
    const std::string_view type = wav ? "audio/wav" : "audio/pcm;rate=24000;channels=1";
    LARES_CO_TRY(const auto reading, co_await Reading::begin(voices_, user_of(call), choice_of(request),
                                                             std::move(request.text)));
    std::string head = wav ? voice::wav_head(24'000, std::nullopt) : std::string();
    bool begun = false;
    for (;;) {
        LARES_CO_TRY(auto clause, co_await reading->next());
        if (!clause) break;
        for (;;) {
            LARES_CO_TRY(auto chunk, co_await clause->sound->next());
            if (!chunk) break;
            begun = true;
            LARES_CO_CHECK(co_await out.write(std::exchange(head, {}) + *chunk, type));
        }
    }
    if (!begun) {  // an empty sound is an answer, too
        http::Answer empty;
        empty.content_type = std::string(type);
        if (wav) empty.body = voice::wav_head(24'000, 0);
        out.answer(std::move(empty));
    }
    co_return Result<void>();
}

Task<Result<VisemesAnswer>> VoiceRoutes::visemes(http::Call& call, SpeechRequest request) {
    LARES_CO_TRY(const auto reading, co_await Reading::begin(voices_, user_of(call), choice_of(request),
                                                             std::move(request.text)));
    VisemesAnswer answer;
    answer.shapes = all_shapes();
    for (;;) {
        LARES_CO_TRY(auto clause, co_await reading->next());
        if (!clause) break;
        const auto& timeline = clause->sound->timeline();
        for (const auto& cue : timeline.cues)
            answer.track.push_back(
                {answer.for_ms + cue.at_ms, cue.for_ms, std::string(voice::name_of(cue.shape)), cue.weight});
        for (auto& word : clause->words) {
            word.at_ms += answer.for_ms;
            answer.words.push_back(word);
        }
        answer.for_ms += static_cast<double>(timeline.samples) * 1000 / timeline.sample_rate;
    }
    answer.left_out = reading->left_out();
    co_return answer;
}

}  // namespace lares::api
