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
    {3, "lorebooks with the history of their entries, personas", R"sql(
CREATE TABLE lorebooks (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    head TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL
);
CREATE INDEX lorebooks_owner ON lorebooks (owner, id);
CREATE TABLE lorebook_versions (
    lorebook_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    head TEXT NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (lorebook_id, version)
);
CREATE TABLE lorebook_entries (
    lorebook_id TEXT NOT NULL,
    uid INTEGER NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER,
    owner TEXT NOT NULL,
    search TEXT NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (lorebook_id, uid, since)
);
CREATE INDEX lorebook_entries_present ON lorebook_entries (lorebook_id, uid) WHERE until IS NULL;
CREATE INDEX lorebook_entries_past ON lorebook_entries (lorebook_id, until) WHERE until IS NOT NULL;
CREATE TABLE lorebook_scopes (
    owner TEXT NOT NULL,
    scope TEXT NOT NULL,
    target TEXT NOT NULL,
    lorebook_id TEXT NOT NULL,
    PRIMARY KEY (owner, scope, target, lorebook_id)
);
CREATE INDEX lorebook_scopes_of ON lorebook_scopes (lorebook_id);
CREATE TABLE personas (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    position TEXT NOT NULL,
    depth INTEGER NOT NULL,
    role TEXT NOT NULL,
    lorebook_id TEXT,
    is_default INTEGER NOT NULL,
    avatar_sha256 TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL
);
CREATE INDEX personas_owner ON personas (owner, id);
CREATE TABLE persona_files (
    persona_id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    media_type TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes BLOB NOT NULL
);
)sql"},
    // character_displays: the pictures as they are shown, made of character_files when they are first asked
    // for.
    {4, "favourites of each person, pictures as they are shown", R"sql(
CREATE TABLE favourite_characters (
    owner TEXT NOT NULL,
    character_id TEXT NOT NULL,
    PRIMARY KEY (owner, character_id)
);
CREATE INDEX favourite_characters_of ON favourite_characters (character_id);
CREATE TABLE character_displays (
    character_id TEXT NOT NULL PRIMARY KEY,
    sha256 TEXT NOT NULL,
    media_type TEXT NOT NULL,
    bytes BLOB NOT NULL
);
)sql"},
    {5, "what was deleted and can be brought back", R"sql(
CREATE TABLE removed (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL
);
CREATE INDEX removed_owner ON removed (owner, kind, at, id);
CREATE INDEX removed_at ON removed (kind, at);
)sql"},
    {6, "pictures that characters had before", R"sql(
CREATE TABLE character_pictures (
    character_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    owner TEXT NOT NULL,
    created INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (character_id, number)
);
)sql"},
};

}  // namespace lares::character
