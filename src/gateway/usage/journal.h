#pragma once
// A file of records that outlives this process: what the ledger's database does not hold yet. It is written
// through a shared mapping, which the kernel keeps when the process is killed, without a system call for each
// record; not flushed (a power cut loses what was not committed to the database: docs/usage.md). One owner at
// a time; not thread-safe.
//
// Record: size u32 (written last, so that a record is there whole or not at all), checksum u32, bytes, padded
// to 4; numbers as this machine has them. A size of 0 ends the file's records.
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

    // What an earlier process left, without a last record that a power cut tore.
    std::vector<std::string> take_found() { return std::move(found_); }

    // Not empty. Error: there is no room on the disk.
    Result<void> append(std::string_view record);
    Result<void> clear();
    Result<void> replace(std::span<const std::string_view> records);  // all of it, in one step
    std::size_t bytes() const { return bytes_; }

private:
    Journal(std::filesystem::path file, int descriptor) : file_(std::move(file)), descriptor_(descriptor) {}
    Result<void> read();
    Result<void> grow(std::size_t bytes);
    void unmap();

    std::filesystem::path file_;
    int descriptor_;
    std::size_t bytes_ = 0;  // of records
    char* data_ = nullptr;   // the file's bytes, while it is mapped
    std::size_t mapped_ = 0;
    std::vector<std::string> found_;
};

}  // namespace lares::gateway
