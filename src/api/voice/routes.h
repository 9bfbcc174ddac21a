#pragma once
// Text to speech beside the chat: a text as sound, as a stream of sound, as movements of a mouth; the voices.
#include <functional>

#include "api/voice/model.h"
#include "http/route.h"
#include "voice/local/voices.h"

namespace lares::api {

class VoiceRoutes {
public:
    explicit VoiceRoutes(voice::LocalVoices& voices) : voices_(voices) {}
    void add_to(http::Routes& routes);

    Result<VoiceHealth> health(http::Call& call);
    Result<VoiceList> voices(http::Call& call);
    Task<Result<SpeechAnswer>> generate(http::Call& call, SpeechRequest request);
    Task<Result<void>> stream(http::Call& call, SpeechStreamRequest request, http::ByteStream& out);
    Task<Result<VisemesAnswer>> visemes(http::Call& call, SpeechRequest request);

private:
    voice::LocalVoices& voices_;
};

}  // namespace lares::api
