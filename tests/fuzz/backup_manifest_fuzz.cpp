// The manifest of a backup: what is read writes itself again byte for byte, and names only files within its
// folder.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "db/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto manifest = lares::db::Manifest::parse(text);
    if (!manifest) return 0;
    if (manifest->text() != text) std::abort();
    for (const auto& file : manifest->files)
        if (!lares::db::is_inner_path(file.path)) std::abort();
    return 0;
}
