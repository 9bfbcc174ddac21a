#pragma once
// The tree of a conversation: which branch is shown, and what has to be written so that another one is.
// Functions of one transaction; they read, and fill payloads.
#include <optional>
#include <vector>

#include "base/result.h"
#include "chat/events.h"
#include "db/tx.h"

namespace lares::chat::tree {

// The pointers that must move so that the path last shown leads to `message`.
Result<std::vector<Choice>> choices_to(db::Reader& reader, const Head& head, MessageId message);

// From `message` down along what was last shown: where that ends.
Result<MessageId> last_leaf(db::Reader& reader, ConversationId conversation, MessageId message);

// Its versions that are not removed, itself among them, in the order in which they were made.
Result<std::vector<MessageId>> siblings(db::Reader& reader, const MessageRow& row);
Result<std::optional<Siblings>> siblings_around(db::Reader& reader, ConversationId conversation,
                                                std::optional<MessageId> parent, MessageId message);

// Whether `message` is `above` or stands somewhere below it.
Result<bool> is_below(db::Reader& reader, ConversationId conversation, MessageId message, MessageId above);

}  // namespace lares::chat::tree
