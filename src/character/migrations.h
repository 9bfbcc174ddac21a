#pragma once
// The tables of character. A character without an owner came with the server.
#include "db/migration.h"

namespace lares::character {

inline constexpr db::Migration migrations[] = {
    {1, "characters, their pictures, the active one of each person", R"sql(
CREATE TABLE characters (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT,
    visibility TEXT NOT NULL,
    name TEXT NOT NULL,
    tagline TEXT NOT NULL,
    tags TEXT NOT NULL,
    creator TEXT NOT NULL,
    avatar_sha256 TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    card TEXT NOT NULL
);
CREATE INDEX characters_owner ON characters (owner, id);
CREATE INDEX characters_visible ON characters (visibility, id);
CREATE TABLE character_files (
    character_id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    media_type TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes BLOB NOT NULL
);
CREATE TABLE active_characters (
    owner TEXT NOT NULL PRIMARY KEY,
    character_id TEXT NOT NULL
);
CREATE INDEX active_characters_of ON active_characters (character_id);
)sql"},
    {2, "earlier versions of a card, and the archive that it came in", R"sql(
CREATE TABLE character_versions (
    character_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    created INTEGER NOT NULL,
    card TEXT NOT NULL,
    PRIMARY KEY (character_id, version)
);
CREATE TABLE character_archives (
    character_id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    bytes BLOB NOT NULL
);
ALTER TABLE characters ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
)sql"},
};

}  // namespace lares::character
