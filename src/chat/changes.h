#pragma once
// What the parts of Service share: a change and the events to publish after its commit, and how refusals
// read.
#include <optional>
#include <utility>
#include <vector>

#include "chat/store.h"

namespace lares::chat {

template <class T>
struct Changed {
    using Answer = T;
    T answer;
    std::vector<Event> events;  // to publish after the commit
};

inline tl::unexpected<Error> no_conversation() {
    return fail(Code::not_found, "conversation-not-found", "There is no such conversation.");
}
inline tl::unexpected<Error> no_message() {
    return fail(Code::not_found, "message-not-found", "There is no such message.");
}
inline tl::unexpected<Error> no_turn() {
    return fail(Code::not_found, "turn-not-found", "There is no such turn.");
}
inline tl::unexpected<Error> changed() {
    return fail(Code::conflict, "conversation-changed",
                "The conversation has changed meanwhile. Load it again.");
}
inline tl::unexpected<Error> turn_running(TurnId turn) {
    return fail(Code::conflict, "turn-running",
                "The companion is still answering (turn " + turn.text() + "). Stop it or wait.");
}

inline Result<std::int64_t> page_size(std::optional<std::int64_t> limit) {
    const auto size = limit.value_or(Limits::page_default);
    if (size < 1 || size > static_cast<std::int64_t>(Limits::page_max))
        return invalid_field("limit", "must be 1 to " + std::to_string(Limits::page_max));
    return size;
}

inline Result<Head> needed_head(db::Reader& reader, OwnerId owner, ConversationId conversation) {
    LARES_TRY(auto head, store::head(reader, owner, conversation));
    if (!head) return no_conversation();
    return std::move(*head);
}

// One that is not removed.
inline Result<MessageRow> needed_message(db::Reader& reader, ConversationId conversation, MessageId message) {
    LARES_TRY(auto row, store::message(reader, conversation, message));
    if (!row || row->removed_by) return no_message();
    return std::move(*row);
}

// The last event of a transaction, and the conversation's row with it.
inline Result<Event> append_last(db::Tx& tx, Head& head, EventKind kind, std::int64_t at,
                                 const Payload& payload) {
    LARES_TRY(auto event, store::append(tx, head, kind, at, payload));
    LARES_CHECK(store::save(tx, head));
    return event;
}

// The rules of a title.
Result<void> check_title(const std::optional<std::string>& title);

}  // namespace lares::chat
