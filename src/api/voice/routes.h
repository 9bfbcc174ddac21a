#pragma once
// Text to speech beside the chat: a text as sound, as a stream of sound, as movements of a mouth; the voices;
// how each person wants to hear them.
#include <memory>

#include "api/voice/model.h"
#include "api/voice/reading.h"
#include "character/service.h"
#include "http/route.h"
#include "voice/local/voices.h"
#include "voice/settings/settings.h"

namespace lares::api {

class VoiceRoutes {
public:
    struct Parts {
        voice::LocalVoices& voices;
        voice::settings::Service& settings;
        character::Service& characters;
    };
    explicit VoiceRoutes(Parts parts) : parts_(parts) {}
    void add_to(http::Routes& routes);

    Result<VoiceHealth> health(http::Call& call);
    Result<VoiceList> voices(http::Call& call);
    Task<Result<SpeechAnswer>> generate(http::Call& call, SpeechRequest request);
    Task<Result<void>> stream(http::Call& call, SpeechStreamRequest request, http::ByteStream& out);
    Task<Result<VisemesAnswer>> visemes(http::Call& call, SpeechRequest request);
    Task<Result<VoiceSettings>> settings(http::Call& call);
    Task<Result<VoiceSettings>> change_settings(http::Call& call, VoiceSettingsChange change);
    Task<Result<CompanionVoice>> companion(http::Call& call, CharacterPath path);
    Task<Result<CompanionVoice>> set_companion(http::Call& call, CompanionVoiceRequest request);

private:
    template <class Request>
    Task<Result<voice::Choice>> choice_of(http::Call& call, Request request);
    template <class Request>
    Task<Result<std::unique_ptr<Reading>>> begin(http::Call& call, Request request);
    Result<void> check_voice(const std::optional<std::string>& voice) const;

    Parts parts_;
};

}  // namespace lares::api
