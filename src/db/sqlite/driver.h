#pragma once
// A database in one file (or in memory, for tests).
#include <filesystem>
#include <memory>
#include <utility>

#include "db/driver.h"
#include "db/sqlite/connection.h"

namespace lares::db::sqlite {

class Driver final : public db::Driver {
public:
    explicit Driver(OpenOptions options) : options_(std::move(options)) {}
    Result<std::unique_ptr<db::Connection>> open(Mode mode) override;
    Result<void> check() override;
    Result<void> copy_to(const std::filesystem::path& file) override;

private:
    OpenOptions options_;
};

// Reads every page of a database file that nobody has open, and every row's references.
Result<void> verify(const std::filesystem::path& file);

}  // namespace lares::db::sqlite
