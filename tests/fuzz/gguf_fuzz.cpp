// A GGUF head from anywhere: never a crash, never a big allocation for a small file.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "engine/llm/gguf.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto info = lares::engine::llm::parse_gguf(
        [bytes](std::uint64_t offset, char* to, std::size_t n) {
            if (offset > bytes.size() || n > bytes.size() - offset) return false;
            std::memcpy(to, bytes.data() + offset, n);
            return true;
        },
        bytes.size());
    if (info && info->tensor_bytes > size) __builtin_trap();  // accepted weights that are not there
    return 0;
}
