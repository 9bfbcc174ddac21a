#pragma once
// The reading of English over the model for unknown words that lies beside its tables.
#include <filesystem>
#include <memory>

#include "voice/english/phonemizer.h"

namespace lares::voice {

// Blocks for some tens of milliseconds. Errors: unavailable "voice-missing", "voice-broken".
Result<std::shared_ptr<const english::Phonemizer>> open_reading(const std::filesystem::path& folder);

}  // namespace lares::voice
