#pragma once
// A file of lines that outlives this process: what the ledger's database does not hold yet. Written through
// to the kernel line by line (a killed process loses nothing), not flushed (a power cut loses what was not
// committed to the database: docs/usage.md). One owner at a time; not thread-safe.
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lares::gateway {

class Journal {
public:
    // Opens or makes it. Errors: unavailable "storage-failed".
    static Result<std::unique_ptr<Journal>> open(std::filesystem::path file);
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    // What an earlier process left, without a last line that is torn.
    std::vector<std::string> take_found() { return std::move(found_); }

    Result<void> append(std::string_view line);
    Result<void> clear();
    Result<void> replace(std::span<const std::string> lines);  // all of it, in one step
    std::size_t bytes() const { return bytes_; }

private:
    Journal(std::filesystem::path file, int descriptor) : file_(std::move(file)), descriptor_(descriptor) {}
    Result<void> read();

    std::filesystem::path file_;
    int descriptor_;
    std::size_t bytes_ = 0;
    std::string buffer_;
    std::vector<std::string> found_;
};

}  // namespace lares::gateway
