#pragma once
// The list of a backup's files, as text that any change of a byte makes unreadable:
//   lares-backup 1
//   created 1700000000000
//   database lares.db
//   file SHA256 SIZE PATH      (sorted by path)
//   end SHA256-of-all-above
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lares::db {

struct ManifestFile {
    std::string path;
    std::uint64_t size = 0;
    std::string sha256;
    bool operator==(const ManifestFile&) const = default;
};

struct Manifest {
    std::int64_t created_at = 0;
    std::string database;
    std::vector<ManifestFile> files;

    std::string text() const;
    static Result<Manifest> parse(std::string_view text);
};

// Relative, without "..", without line breaks: it stays within its folder.
bool is_inner_path(std::string_view path);

}  // namespace lares::db
