#pragma once
// Words and how they are said, between the wire and the voice.
#include "api/character/model.h"
#include "voice/english/dictionary.h"

namespace lares::api {

inline std::vector<voice::Pronunciation> to_voice(const std::vector<PronunciationEntry>& entries) {
    std::vector<voice::Pronunciation> out;
    for (const auto& each : entries) out.push_back({each.word, each.phonemes, each.respelling});
    return out;
}

// Errors: invalid_field "pronunciations[3].phonemes".
inline Result<void> readable(const std::vector<PronunciationEntry>& entries) {
    LARES_CHECK(voice::english::Dictionary::make(to_voice(entries)));
    return {};
}

}  // namespace lares::api
