#pragma once
// Files that are there after a power cut: flush, flush the folder, replace in one step.
#include <filesystem>
#include <string_view>

#include "base/result.h"

namespace lares::db {

Result<void> flush_file(const std::filesystem::path& file);
Result<void> flush_folder(const std::filesystem::path& folder);
// A new file of mode 0600 with this content, flushed.
Result<void> write_file(const std::filesystem::path& file, std::string_view bytes);
// Copies one regular file, flushed, mode 0600.
Result<void> copy_durably(const std::filesystem::path& from, const std::filesystem::path& to);
// Renames and flushes the folder of the target.
Result<void> move_to(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace lares::db
