#pragma once
// The voice inside this process: English text to phonemes, phonemes to sound by engine/tts, their lengths to
// words and mouth shapes. Loads beside everything else; until then and without weights, chats go on as text.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/tts/voice.h"
#include "engine/tts/voice_pool.h"
#include "voice/speaker.h"

namespace lares::voice {

struct VoiceInfo {
    std::string id;    // as Choice::voice has it
    std::string name;  // for a person
    std::string language, gender, licence;
    std::uint32_t sample_rate = 0;
    bool is_default = false;
};

class LocalVoices final : public Voices {
public:
    struct Options {
        bool enabled = true;
        std::vector<std::filesystem::path> folders = engine::tts::bundled_voice_folders();
        engine::tts::VoicePool::Options pool = {};
    };
    // Of one clause: what is longer is cut, so that one text cannot hold a thread for long.
    static constexpr std::size_t pieces_max = 8;

    explicit LocalVoices(Options options);
    ~LocalVoices() override;  // after the last Speaker and Utterance
    LocalVoices(const LocalVoices&) = delete;
    LocalVoices& operator=(const LocalVoices&) = delete;

    // Begins to load, once; status() tells how far it is.
    void start();

    VoiceStatus status() override;
    std::vector<VoiceInfo> voices() const;
    // While the voice loads, waits. An unknown voice: invalid_field "voice".
    Task<Result<std::unique_ptr<Speaker>>> take(OwnerId owner, Choice choice,
                                                std::function<void(std::size_t place)> told) override;

private:
    struct State;
    std::shared_ptr<State> state_;
};

// Whether the weights are there and can be used: loads them and speaks a word. Blocks. For `lares doctor`.
Result<void> check_voice(const std::vector<std::filesystem::path>& folders);

}  // namespace lares::voice
