#pragma once
// A database in one file (or in memory, for tests).
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "db/driver.h"

namespace lares::db::sqlite {

class Driver final : public db::Driver {
public:
    Driver(std::filesystem::path file, std::int64_t busy_ms, std::string vfs);
    Result<std::unique_ptr<db::Connection>> open(Mode mode) override;
    Result<void> check() override;
    Result<void> copy_to(const std::filesystem::path& file) override;

private:
    std::filesystem::path file_;
    std::int64_t busy_ms_;
    std::string vfs_;
};

// Reads every page of a database file that nobody has open, and every row's references.
Result<void> verify(const std::filesystem::path& file);

}  // namespace lares::db::sqlite
