#pragma once
// The tables of chat. events is the truth; conversations, messages and turns follow from it; turn_parts holds
// what running answers have so far.
#include "db/migration.h"

namespace lares::chat {

inline constexpr db::Migration migrations[] = {
    {1, "conversations, events, messages, turns", R"sql(
CREATE TABLE events (
    conversation_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    owner TEXT NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    payload TEXT,
    payload_hash BLOB NOT NULL,
    chain_hash BLOB NOT NULL,
    PRIMARY KEY (conversation_id, seq)
);
CREATE TABLE conversations (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    character_id TEXT NOT NULL,
    title TEXT NOT NULL,
    seq INTEGER NOT NULL,
    leaf TEXT,
    chain_hash BLOB NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL
);
CREATE INDEX conversations_recent ON conversations (owner, updated, id);
CREATE INDEX conversations_character ON conversations (owner, character_id, updated, id);
CREATE TABLE messages (
    id TEXT NOT NULL PRIMARY KEY,
    conversation_id TEXT NOT NULL,
    parent TEXT,
    role TEXT NOT NULL,
    text TEXT NOT NULL,
    state TEXT NOT NULL,
    created INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    turn_id TEXT,
    client_id TEXT,
    tokens BLOB NOT NULL,
    usage_prompt INTEGER,
    usage_reused INTEGER,
    usage_completion INTEGER,
    trace TEXT
);
CREATE INDEX messages_conversation ON messages (conversation_id, seq);
CREATE TABLE turns (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    begin TEXT NOT NULL,
    message_id TEXT NOT NULL,
    answer_id TEXT NOT NULL,
    client_id TEXT,
    seq INTEGER NOT NULL,
    state TEXT NOT NULL,
    frames INTEGER NOT NULL
);
CREATE UNIQUE INDEX turns_client_id ON turns (owner, client_id);
CREATE INDEX turns_conversation ON turns (conversation_id);
CREATE INDEX turns_running ON turns (id) WHERE state = 'running';
CREATE TABLE turn_parts (
    turn_id TEXT NOT NULL,
    part INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (turn_id, part)
);
)sql"},
    {2, "what was not heard of a cut answer", R"sql(
ALTER TABLE messages ADD COLUMN unheard TEXT;
)sql"},
};

}  // namespace lares::chat
