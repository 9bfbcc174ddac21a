#include <system_error>

#include "engine/tts/voice.h"

namespace lares::engine::tts {

namespace fs = std::filesystem;

std::vector<fs::path> bundled_voice_folders() {
    std::vector<fs::path> folders;
    std::error_code problem;
    const fs::path binary = fs::read_symlink("/proc/self/exe", problem);
    if (!problem) folders.push_back(binary.parent_path().parent_path() / "share/lares/voices");
    folders.emplace_back(LARES_BUNDLED_VOICES);
    return folders;
}

Result<fs::path> find_voice(const std::string& name, const std::vector<fs::path>& folders) {
    std::string looked;
    for (const auto& folder : folders) {
        std::error_code problem;
        if (fs::is_directory(folder / name, problem)) return folder / name;
        looked += (looked.empty() ? "" : ", ") + folder.string();
    }
    return fail(
        Code::not_found, "voice-missing",
        "The voice '" + name + "' was not found in " + looked +
            ". Run deps/fetch in the source folder, or install Lares again; text chats go on without it.");
}

}  // namespace lares::engine::tts
