#pragma once
// The tables of the gateway. usage_calls only grows: a row for each call of a model. usage_days are its sums,
// changed in the same transaction. documents keeps every version of what admins write (prices, limits).
#include "db/migration.h"

namespace lares::gateway {

inline constexpr db::Migration migrations[] = {
    {1, "usage, budgets, documents", R"sql(
CREATE TABLE usage_calls (
    id TEXT NOT NULL PRIMARY KEY,
    person TEXT NOT NULL,
    access_key TEXT NOT NULL,
    character TEXT NOT NULL,
    conversation TEXT NOT NULL,
    route TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    outcome TEXT NOT NULL,
    error TEXT NOT NULL,
    started INTEGER NOT NULL,
    duration INTEGER NOT NULL,
    first_token INTEGER,
    estimated INTEGER NOT NULL,
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    cost INTEGER,
    price_version INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX usage_calls_person ON usage_calls (person, id);
CREATE TABLE usage_days (
    person TEXT NOT NULL,
    day INTEGER NOT NULL,
    access_key TEXT NOT NULL,
    character TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    calls INTEGER NOT NULL,
    unanswered INTEGER NOT NULL,
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    unpriced INTEGER NOT NULL,
    duration INTEGER NOT NULL,
    PRIMARY KEY (person, day, access_key, character, provider, model)
) WITHOUT ROWID;
CREATE INDEX usage_days_day ON usage_days (day);
CREATE INDEX usage_days_key ON usage_days (access_key, day);
CREATE TABLE usage_budgets (
    scope TEXT NOT NULL,
    subject TEXT NOT NULL,
    period TEXT NOT NULL,
    soft INTEGER,
    hard INTEGER,
    changed INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    PRIMARY KEY (scope, subject, period)
) WITHOUT ROWID;
CREATE TABLE documents (
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    note TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, version)
) WITHOUT ROWID;
)sql"},
};

}  // namespace lares::gateway
