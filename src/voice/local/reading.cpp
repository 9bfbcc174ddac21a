#include "voice/local/reading.h"

#include <array>

#include "engine/tts/onnx.h"

namespace lares::voice {

Result<std::shared_ptr<const english::Phonemizer>> open_reading(const std::filesystem::path& folder) {
    LARES_TRY(auto model, engine::tts::Model::open(folder / "oov.onnx"));
    auto letters = [model = std::move(model)](
                       const std::vector<std::int64_t>& word) -> Result<std::vector<std::int64_t>> {
        const std::array<engine::tts::Input, 1> inputs = {engine::tts::Input{
            "chars", std::span<const std::int64_t>(word), {1, static_cast<std::int64_t>(word.size())}}};
        LARES_TRY(const auto outputs, model->run(inputs));
        const auto sounds = outputs.ints();
        return std::vector<std::int64_t>(sounds.begin(), sounds.end());
    };
    return english::Phonemizer::open(folder, std::move(letters));
}

}  // namespace lares::voice
