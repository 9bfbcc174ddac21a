#pragma once
// The index of what was said: written in the transaction that writes the message, read by its owner only.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "chat/events.h"
#include "db/tx.h"

namespace lares::chat::search {

// The message as it is now, in place of what the index has of it.
Result<void> put(db::Tx& tx, OwnerId owner, CharacterId character, const MessageRow& row);
Result<void> drop(db::Tx& tx, ConversationId conversation);

struct Query {
    std::string match;  // to_match(); empty: every message of the character and the time
    std::optional<CharacterId> character;
    std::int64_t from = 0, to = INT64_MAX;  // UTC ms, to excluded
    std::int64_t before = INT64_MAX;        // number of the last hit of the page before
    std::int64_t limit = 0;
};

struct Found {
    std::int64_t number = 0;  // falls from hit to hit
    SearchHit hit;
};

// ?1 what the index is asked for, ?2 and ?3 the numbers from and before, ?4 the owner, ?5 how many.
inline constexpr char find_sql[] =
    "SELECT s.id, m.conversation_id, m.id, c.character_id, c.title, m.role, m.created, m.text,"
    " highlight(search_words, 1, char(2), char(3))"
    " FROM search_words JOIN search_rows s ON s.id = search_words.rowid"
    " JOIN messages m ON m.id = s.message_id JOIN conversations c ON c.id = m.conversation_id"
    " WHERE search_words MATCH ?1 AND search_words.rowid >= ?2 AND search_words.rowid < ?3"
    " AND c.owner = ?4 AND c.removed IS NULL AND c.unfinished = 0 AND m.removed_by IS NULL"
    " ORDER BY search_words.rowid DESC LIMIT ?5";

// Newest first. What is removed is not found.
Result<std::vector<Found>> find(db::Reader& reader, OwnerId owner, const Query& query);

// The messages of a conversation as the index has them, by id, for the check: to_indexed() of their text.
struct Indexed {
    MessageId id;
    std::string words;
};
Result<std::vector<Indexed>> indexed(db::Reader& reader, ConversationId conversation);

}  // namespace lares::chat::search
