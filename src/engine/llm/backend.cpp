#include "engine/llm/backend.h"

#include <filesystem>
#include <mutex>
#include <utility>

#include <dlfcn.h>
#include <ggml-backend.h>
#include <llama-common/log.h>
#include <llama.h>

namespace lares::engine::llm::backend {
namespace {

std::mutex mutex;
std::string complaints;
constexpr std::size_t complaint_bytes = 1000;

void hear(ggml_log_level level, const char* line, void*) {
    if (level != GGML_LOG_LEVEL_ERROR) return;
    std::lock_guard lock(mutex);
    if (complaints.size() < complaint_bytes) complaints += line;
}

// ggml has one library for each kind of processor, beside its own; it takes the best that runs here.
void load_processor_library() {
    Dl_info ours{};
    if (dladdr(reinterpret_cast<const void*>(&ggml_backend_load_all_from_path), &ours) == 0) return;
    const auto folder = std::filesystem::path(ours.dli_fname).parent_path();
    ggml_backend_load_all_from_path(folder.c_str());
}

}  // namespace

void prepare() {
    static std::once_flag once;
    std::call_once(once, [] {
        llama_log_set(&hear, nullptr);
        common_log_set_verbosity_thold(-1);
        llama_backend_init();
        load_processor_library();
    });
}

std::string take_complaints() {
    std::lock_guard lock(mutex);
    return std::exchange(complaints, {});
}

}  // namespace lares::engine::llm::backend
