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
    // search_rows: a number for each message that begins with its time, so that hits come newest first
    // (search.cpp). rebuild_waiting: the new columns of what was there before are made from the events at the
    // next start.
    {3, "trees of messages, settings of conversations, search", R"sql(
ALTER TABLE messages ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN removed_by TEXT;
ALTER TABLE messages ADD COLUMN edit_of TEXT;
ALTER TABLE messages ADD COLUMN chosen TEXT;
ALTER TABLE messages ADD COLUMN extra TEXT;
CREATE INDEX messages_tree ON messages (conversation_id, parent, removed_by, place, id);
CREATE INDEX messages_removed ON messages (conversation_id, removed_by) WHERE removed_by IS NOT NULL;
CREATE INDEX messages_pinned ON messages (conversation_id, place) WHERE pinned = 1;
CREATE INDEX messages_client_id ON messages (conversation_id, client_id) WHERE client_id IS NOT NULL;
ALTER TABLE conversations ADD COLUMN titled TEXT NOT NULL DEFAULT 'opening';
ALTER TABLE conversations ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN settings TEXT;
ALTER TABLE conversations ADD COLUMN removed INTEGER;
ALTER TABLE conversations ADD COLUMN unfinished INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN metadata TEXT;
ALTER TABLE conversations ADD COLUMN from_conversation TEXT;
ALTER TABLE conversations ADD COLUMN from_message TEXT;
CREATE INDEX conversations_removed ON conversations (removed) WHERE removed IS NOT NULL;
CREATE INDEX conversations_unfinished ON conversations (id) WHERE unfinished = 1;
CREATE TABLE search_rows (
    id INTEGER NOT NULL PRIMARY KEY,
    message_id TEXT NOT NULL UNIQUE,
    conversation_id TEXT NOT NULL
);
CREATE INDEX search_rows_conversation ON search_rows (conversation_id);
CREATE VIRTUAL TABLE search_words USING fts5(scope, words, tokenize = "unicode61 remove_diacritics 2");
CREATE TABLE rebuild_waiting (conversation_id TEXT NOT NULL PRIMARY KEY);
INSERT INTO rebuild_waiting SELECT id FROM conversations;
)sql"},
    // attachment_uses: which conversations hold a file; the last one takes it along.
    {4, "pictures and files of messages", R"sql(
CREATE TABLE attachments (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    width INTEGER,
    height INTEGER,
    created INTEGER NOT NULL,
    text TEXT NOT NULL,
    content BLOB NOT NULL
);
CREATE INDEX attachments_owner ON attachments (owner);
CREATE INDEX attachments_created ON attachments (created);
CREATE TABLE attachment_uses (
    conversation_id TEXT NOT NULL,
    attachment_id TEXT NOT NULL,
    PRIMARY KEY (conversation_id, attachment_id)
);
CREATE INDEX attachment_uses_of ON attachment_uses (attachment_id);
ALTER TABLE messages ADD COLUMN attachments TEXT;
)sql"},
    {5, "how much of a text prompts hold", R"sql(
ALTER TABLE attachments ADD COLUMN characters INTEGER;
ALTER TABLE attachments ADD COLUMN characters_read INTEGER;
)sql"},
    {6, "what a person deleted, newest first", R"sql(
CREATE INDEX conversations_removed_of ON conversations (owner, removed, id) WHERE removed IS NOT NULL;
)sql"},
    {7, "yo is found as ye", R"sql(
INSERT OR IGNORE INTO rebuild_waiting
    SELECT DISTINCT conversation_id FROM messages WHERE text LIKE '%ё%' OR text LIKE '%Ё%';
)sql"},
    {8, "sharp s is found as ss", R"sql(
INSERT OR IGNORE INTO rebuild_waiting
    SELECT DISTINCT conversation_id FROM messages
    WHERE instr(text, 'ß') > 0 OR instr(text, 'ẞ') > 0 OR instr(text, char(817)) > 0;
)sql"},
};

}  // namespace lares::chat
