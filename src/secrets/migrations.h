#pragma once
// The tables of secrets. `token`: the key, sealed by the Vault for its owner and row.
#include "db/migration.h"

namespace lares::secrets {

inline constexpr db::Migration migrations[] = {
    {1, "provider keys", R"sql(
CREATE TABLE provider_keys (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    provider TEXT NOT NULL,
    name TEXT NOT NULL,
    mask TEXT NOT NULL,
    token TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    audience TEXT NOT NULL,
    weight INTEGER NOT NULL,
    enabled INTEGER NOT NULL,
    created INTEGER NOT NULL,
    rotated INTEGER NOT NULL,
    last_used INTEGER,
    calls INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    tokens INTEGER NOT NULL,
    cost INTEGER NOT NULL
);
CREATE INDEX provider_keys_owner ON provider_keys (owner, provider);
)sql"},
};

}  // namespace lares::secrets
