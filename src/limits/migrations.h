#pragma once
// What of limits outlives a restart: the buckets that are not full.
#include "db/migration.h"

namespace lares::limits {

inline constexpr db::Migration migrations[] = {
    {1, "rate limit buckets", R"sql(
CREATE TABLE rate_limit_buckets (
    bucket TEXT NOT NULL PRIMARY KEY,
    free INTEGER NOT NULL
) WITHOUT ROWID;
)sql"},
};

}  // namespace lares::limits
