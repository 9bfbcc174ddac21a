#pragma once
// The tables of auth. A *_key column is what must be unique: the lower-case form. audit only grows.
#include "db/migration.h"

namespace lares::auth {

inline constexpr db::Migration migrations[] = {
    {1, "users, sessions, audit", R"sql(
CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    username TEXT NOT NULL,
    username_key TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL,
    state TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    created INTEGER NOT NULL
);
CREATE UNIQUE INDEX users_email ON users (email_key);
CREATE UNIQUE INDEX users_username ON users (username_key);
CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    seed BLOB NOT NULL,
    generation INTEGER NOT NULL,
    rotated INTEGER NOT NULL,
    created INTEGER NOT NULL,
    last_used INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    revoked INTEGER,
    user_agent TEXT NOT NULL,
    address TEXT NOT NULL
);
CREATE INDEX sessions_owner ON sessions (owner, last_used);
CREATE TABLE audit (
    id TEXT NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT,
    kind TEXT NOT NULL,
    subject TEXT,
    address TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX audit_actor ON audit (actor, at);
)sql"},
    {2, "access keys", R"sql(
CREATE TABLE access_keys (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    mac BLOB NOT NULL,
    previous_mac BLOB,
    previous_until INTEGER,
    scopes INTEGER NOT NULL,
    models TEXT NOT NULL,
    tier TEXT NOT NULL,
    budget INTEGER,
    created INTEGER NOT NULL,
    rotated INTEGER NOT NULL,
    expires INTEGER,
    last_used INTEGER
);
CREATE INDEX access_keys_owner ON access_keys (owner);
CREATE UNIQUE INDEX access_keys_mac ON access_keys (mac);
CREATE UNIQUE INDEX access_keys_previous ON access_keys (previous_mac);
)sql"},
};

}  // namespace lares::auth
