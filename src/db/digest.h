#pragma once
// SHA-256 of texts and of files too large to hold, as 64 hex characters.
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace lares::db {

std::string sha256_hex(std::string_view bytes);
Result<std::string> sha256_of_file(const std::filesystem::path& file);

}  // namespace lares::db
