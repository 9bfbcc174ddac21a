#include "api/voice/routes.h"

#include "api/access.h"
#include "api/caller.h"
#include "api/voice/pronunciations.h"
#include "base/text.h"
#include "character/card.h"
#include "voice/wav.h"

namespace lares::api {
namespace {

constexpr std::size_t generated_bytes_max = std::size_t{300} * 24'000 * 2;  // five minutes in one answer
constexpr std::string_view too_long = "the answer ends after five minutes: use the stream for longer texts";

VoiceSettings to_wire(const voice::settings::Settings& settings) {
    return {settings.spoken, settings.voice,   settings.speed,
            settings.volume, settings.in_step, settings.captions};
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

// Of s16le samples at 24 kHz.
double ms_of(std::size_t bytes) {
    return static_cast<double>(bytes) / 48;
}

// A clause that begins at this time of the whole sound.
void add_mouth(const Reading::Clause& clause, double at_ms, std::vector<VisemeCue>& track,
               std::vector<WordCue>& words) {
    for (const auto& cue : clause.sound->timeline().cues)
        track.push_back({at_ms + cue.at_ms, cue.for_ms, std::string(voice::name_of(cue.shape)), cue.weight});
    for (auto word : clause.words) {
        word.at_ms += at_ms;
        words.push_back(word);
    }
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
            .touches = method == http::Method::post
                           ? std::vector{touch<character::CharacterId>(Relation::viewer)}
                           : std::vector<http::Touch>{},
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
    const auto chosen = [](http::Method method, std::string_view path, std::string_view summary) {
        return http::Row{.method = method,
                         .path = path,
                         .access = person(),
                         .summary = summary,
                         .tag = "voice",
                         .errors = method == get ? std::vector<Code>{} : std::vector{Code::storage_full}};
    };
    routes.push_back(http::route<&VoiceRoutes::settings>(
        chosen(get, "/api/v1/voice/settings", "How you hear your companions."), *this));
    routes.push_back(http::route<&VoiceRoutes::change_settings>(
        chosen(patch, "/api/v1/voice/settings", "Change how you hear your companions, on every device."),
        *this));
    const auto of_one = [&chosen](http::Method method, std::string_view summary) {
        auto made = chosen(method, "/api/v1/voice/settings/{character_id}", summary);
        made.touches = {touch<character::CharacterId>(Relation::viewer)};
        return made;
    };
    routes.push_back(http::route<&VoiceRoutes::companion>(
        of_one(get, "How one companion speaks to you, where that is not as all others."), *this));
    routes.push_back(http::route<&VoiceRoutes::set_companion>(
        of_one(put, "How one companion speaks to you; nothing set: as all others."), *this));
}

Result<void> VoiceRoutes::check_voice(const std::optional<std::string>& voice) const {
    if (!voice || voice->empty()) return {};
    for (const auto& each : parts_.voices.voices())
        if (each.id == *voice) return {};
    return invalid_field("voice", "there is no voice '" + *voice + "'");
}

// What the request says, before what the companion is set to.
template <class Request>
Task<Result<voice::Choice>> VoiceRoutes::choice_of(http::Call& call, Request request) {
    voice::Choice choice;
    if (request.pronunciations) LARES_CO_CHECK(readable(*request.pronunciations));
    if (request.character_id) {
        const auto id = *request.character_id;
        LARES_CO_TRY(choice, co_await parts_.settings.choice(user_of(call), id.value));
        if (!request.pronunciations) {
            LARES_CO_TRY(const auto found, co_await parts_.characters.get(user_of(call), id));
            for (auto& each : character::pronunciations_of(found.card))
                choice.pronunciations.push_back(
                    {std::move(each.word), std::move(each.phonemes), std::move(each.respelling)});
        }
    }
    if (request.voice) choice.voice = *request.voice;
    choice.speed = request.speed.value_or(choice.speed);
    choice.volume = request.volume.value_or(choice.volume);
    if (request.pronunciations) choice.pronunciations = to_voice(*request.pronunciations);
    co_return choice;
}

template <class Request>
Task<Result<std::unique_ptr<Reading>>> VoiceRoutes::begin(http::Call& call, Request request) {
    auto text = std::move(request.text);
    LARES_CO_TRY(auto choice, co_await choice_of(call, std::move(request)));
    co_return co_await Reading::begin(parts_.voices, user_of(call), std::move(choice), std::move(text));
}

Task<Result<VoiceSettings>> VoiceRoutes::settings(http::Call& call) {
    LARES_CO_TRY(const auto found, co_await parts_.settings.get(user_of(call)));
    co_return to_wire(found);
}

Task<Result<VoiceSettings>> VoiceRoutes::change_settings(http::Call& call, VoiceSettingsChange change) {
    LARES_CO_CHECK(check_voice(change.voice));
    LARES_CO_TRY(const auto now, co_await parts_.settings.change(
                                     user_of(call), {change.spoken, std::move(change.voice), change.speed,
                                                     change.volume, change.text_in_step, change.captions}));
    co_return to_wire(now);
}

Task<Result<CompanionVoice>> VoiceRoutes::companion(http::Call& call, CharacterPath path) {
    LARES_CO_TRY(auto found, co_await parts_.settings.companion(user_of(call), path.character_id.value));
    co_return CompanionVoice{std::move(found.voice), found.speed, found.volume};
}

Task<Result<CompanionVoice>> VoiceRoutes::set_companion(http::Call& call, CompanionVoiceRequest request) {
    LARES_CO_CHECK(check_voice(request.voice));
    LARES_CO_CHECK(co_await parts_.settings.set_companion(user_of(call), request.character_id.value,
                                                          {request.voice, request.speed, request.volume}));
    co_return CompanionVoice{std::move(request.voice), request.speed, request.volume};
}

Result<VoiceHealth> VoiceRoutes::health(http::Call& call) {
    const auto status = parts_.voices.status();
    VoiceHealth health{std::string(to_text(status.state)),
                       {},
                       static_cast<std::int64_t>(status.seats),
                       static_cast<std::int64_t>(status.taken),
                       static_cast<std::int64_t>(status.waiting)};
    if (!status.reason.empty())
        health.reason = is_admin(call) ? status.reason : std::string(voice::voice_unusable);
    return health;
}

Result<VoiceList> VoiceRoutes::voices(http::Call&) {
    VoiceList list;
    for (auto& each : parts_.voices.voices())
        list.items.push_back({std::move(each.id), std::move(each.name), std::move(each.language),
                              std::move(each.gender), std::move(each.licence), each.sample_rate,
                              each.is_default});
    return list;
}

Task<Result<SpeechAnswer>> VoiceRoutes::generate(http::Call& call, SpeechRequest request) {
    const bool visemes = request.visemes.value_or(false);
    LARES_CO_TRY(const auto reading, co_await begin(call, std::move(request)));
    SpeechAnswer answer;
    std::string samples;
    if (visemes) {
        answer.track.emplace();
        answer.words.emplace();
    }
    for (;;) {
        LARES_CO_TRY(auto clause, co_await reading->next());
        if (!clause) break;
        // How long it sounds is known before it is made: what does not fit is left out as a whole, and named.
        const auto length = static_cast<std::size_t>(clause->sound->timeline().samples) * 2;
        if (samples.size() + length > generated_bytes_max) {
            reading->end(clause->start, std::string(too_long));
            break;
        }
        if (visemes) add_mouth(*clause, ms_of(samples.size()), *answer.track, *answer.words);
        for (;;) {
            LARES_CO_TRY(const auto chunk, co_await clause->sound->next());
            if (!chunk) break;
            samples += *chunk;
        }
    }
    answer.for_ms = ms_of(samples.size());
    answer.audio =
        to_base64(voice::wav_head(static_cast<std::uint32_t>(answer.sample_rate), samples.size()) + samples);
    answer.left_out = reading->left_out();
    co_return answer;
}

Task<Result<void>> VoiceRoutes::stream(http::Call& call, SpeechStreamRequest request, http::ByteStream& out) {
    const bool wav = request.format == SoundForm::wav;
    const std::string_view type = wav ? "audio/wav" : "audio/pcm;rate=24000;channels=1";
    LARES_CO_TRY(const auto reading, co_await begin(call, std::move(request)));
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
    LARES_CO_TRY(const auto reading, co_await begin(call, std::move(request)));
    VisemesAnswer answer;
    answer.shapes = all_shapes();
    for (;;) {
        LARES_CO_TRY(auto clause, co_await reading->next());
        if (!clause) break;
        const auto& timeline = clause->sound->timeline();
        add_mouth(*clause, answer.for_ms, answer.track, answer.words);
        answer.for_ms += static_cast<double>(timeline.samples) * 1000 / timeline.sample_rate;
    }
    answer.left_out = reading->left_out();
    co_return answer;
}

}  // namespace lares::api
