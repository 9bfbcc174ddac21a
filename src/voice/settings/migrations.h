#pragma once
// The tables of voice/settings: what a person chose, and what they chose for one companion.
#include "db/migration.h"

namespace lares::voice::settings {

inline constexpr db::Migration migrations[] = {
    {1, "how a person hears their companions", R"sql(
CREATE TABLE voice_settings (
    owner TEXT NOT NULL PRIMARY KEY,
    spoken INTEGER NOT NULL,
    voice TEXT NOT NULL,
    speed REAL NOT NULL,
    volume REAL NOT NULL,
    in_step INTEGER NOT NULL,
    captions INTEGER NOT NULL
);
CREATE TABLE companion_voices (
    owner TEXT NOT NULL,
    character_id TEXT NOT NULL,
    voice TEXT,
    speed REAL,
    volume REAL,
    changed INTEGER NOT NULL,
    PRIMARY KEY (owner, character_id)
);
CREATE INDEX companion_voices_changed ON companion_voices (owner, changed);
)sql"},
};

}  // namespace lares::voice::settings
