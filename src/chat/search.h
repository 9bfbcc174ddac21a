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
    std::string match;  // to_match()
    std::optional<CharacterId> character;
    std::int64_t from = 0, to = INT64_MAX;  // UTC ms, to excluded
    std::int64_t before = INT64_MAX;        // number of the last hit of the page before
    std::int64_t limit = 0;
};

struct Found {
    std::int64_t number = 0;  // falls from hit to hit
    SearchHit hit;
};

// Newest first. What is removed is not found.
Result<std::vector<Found>> find(db::Reader& reader, OwnerId owner, const Query& query);

// The messages of a conversation as the index has them, by id, for the check: to_indexed() of their text.
struct Indexed {
    MessageId id;
    std::string words;
};
Result<std::vector<Indexed>> indexed(db::Reader& reader, ConversationId conversation);

}  // namespace lares::chat::search
