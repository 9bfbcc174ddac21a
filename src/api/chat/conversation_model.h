#pragma once
// Requests and answers of the routes of conversations and their messages.
#include <array>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>

#include "chat/model.h"
#include "json/json.h"

namespace lares::api {

struct ConversationPath {
    chat::ConversationId conversation_id;
};
BOOST_DESCRIBE_STRUCT(ConversationPath, (), (conversation_id))

struct MessagePath {
    chat::ConversationId conversation_id;
    chat::MessageId message_id;
};
BOOST_DESCRIBE_STRUCT(MessagePath, (), (conversation_id, message_id))

// removed: those that were deleted and can be restored, and only these.
struct ConversationsQuery {
    std::optional<chat::CharacterId> character_id;
    std::optional<bool> pinned, archived;
    std::optional<bool> removed;
    std::optional<chat::ConversationId> before;
    std::optional<std::int64_t> limit;
};
BOOST_DESCRIBE_STRUCT(ConversationsQuery, (), (character_id, pinned, archived, removed, before, limit))
constexpr auto json_rules(const ConversationsQuery*) {
    return std::array{json::range("limit", 1, static_cast<double>(chat::Limits::page_max))};
}

// greeting: 0 is the companion's first, then the alternates; all of them are versions of the first message.
struct NewConversationRequest {
    chat::CharacterId character_id;
    std::optional<std::uint32_t> greeting;
};
BOOST_DESCRIBE_STRUCT(NewConversationRequest, (), (character_id, greeting))
constexpr auto json_rules(const NewConversationRequest*) {
    return std::array{json::range("greeting", 0, static_cast<double>(chat::Limits::greetings_max - 1))};
}

enum class Clearable : std::uint8_t { persona_id, author_note, layout };
BOOST_DESCRIBE_ENUM(Clearable, persona_id, author_note, layout)

// What is absent stays; `clear` names what the conversation shall not have of its own any more.
struct ConversationPatch {
    chat::ConversationId conversation_id;
    std::optional<std::string> title;
    std::optional<bool> pinned, archived;
    std::optional<chat::PersonaId> persona_id;
    std::optional<chat::AuthorNote> author_note;
    std::optional<chat::Layout> layout;
    std::vector<Clearable> clear;
};
BOOST_DESCRIBE_STRUCT(ConversationPatch, (),
                      (conversation_id, title, pinned, archived, persona_id, author_note, layout, clear))
constexpr auto json_optional(const ConversationPatch*) {
    return std::array<std::string_view, 1>{"clear"};
}
constexpr auto json_rules(const ConversationPatch*) {
    return std::array{json::length("title", 1, chat::Limits::title_max), json::items("clear", 0, 3)};
}

// forever: at once, not to be restored.
struct DeleteConversation {
    chat::ConversationId conversation_id;
    std::optional<bool> forever;
};
BOOST_DESCRIBE_STRUCT(DeleteConversation, (), (conversation_id, forever))

// The text in place of a message's: a version beside it, which is shown. following: what stands below moves
// along (a slip of the pen is put right); without it the branch ends there. regenerate: of a message of the
// person, it is answered at once.
struct EditRequest {
    chat::ConversationId conversation_id;
    chat::MessageId message_id;
    std::string text;
    bool following = false;
    bool regenerate = false;
    bool voice = true;                     // of the answer
    std::optional<std::string> client_id;  // the same one again is the same edit
};
BOOST_DESCRIBE_STRUCT(EditRequest, (),
                      (conversation_id, message_id, text, following, regenerate, voice, client_id))
constexpr auto json_optional(const EditRequest*) {
    return std::array<std::string_view, 3>{"following", "regenerate", "voice"};
}

struct EditAnswer {
    chat::Message message;
    std::optional<chat::TurnId> turn_id;      // of the answer that has begun: GET /api/v1/chat/stream
    std::optional<std::string> turn_problem;  // the edit is stored, but no answer could begin: why
};
BOOST_DESCRIBE_STRUCT(EditAnswer, (), (message, turn_id, turn_problem))

struct SelectRequest {
    chat::ConversationId conversation_id;
    chat::MessageId message_id;
};
BOOST_DESCRIBE_STRUCT(SelectRequest, (), (conversation_id, message_id))

// The branch that is shown ends in `leaf`; seq: of the event that says so.
struct Shown {
    std::optional<chat::MessageId> leaf;
    std::int64_t seq = 0;
};
BOOST_DESCRIBE_STRUCT(Shown, (), (leaf, seq))

struct MessagePatch {
    chat::ConversationId conversation_id;
    chat::MessageId message_id;
    std::optional<bool> hidden, pinned;
};
BOOST_DESCRIBE_STRUCT(MessagePatch, (), (conversation_id, message_id, hidden, pinned))

// all_versions: the message with all its siblings; else this version, and the one before it is shown.
struct DeleteMessage {
    chat::ConversationId conversation_id;
    chat::MessageId message_id;
    std::optional<bool> all_versions;
};
BOOST_DESCRIBE_STRUCT(DeleteMessage, (), (conversation_id, message_id, all_versions))

struct RemovedMessages {
    std::vector<chat::MessageId> removed;  // each with all below it
    std::optional<chat::MessageId> leaf;
    std::int64_t seq = 0;
};
BOOST_DESCRIBE_STRUCT(RemovedMessages, (), (removed, leaf, seq))

struct SiblingsQuery {
    chat::ConversationId conversation_id;
    chat::MessageId message_id;
    std::optional<chat::MessageId> after;
    std::optional<std::int64_t> limit;
};
BOOST_DESCRIBE_STRUCT(SiblingsQuery, (), (conversation_id, message_id, after, limit))
constexpr auto json_rules(const SiblingsQuery*) {
    return std::array{json::range("limit", 1, static_cast<double>(chat::Limits::page_max))};
}

struct PinnedMessages {
    std::vector<chat::Message> items;
};
BOOST_DESCRIBE_STRUCT(PinnedMessages, (), (items))

struct BranchRequest {
    chat::ConversationId conversation_id;
    chat::MessageId message_id;
    std::optional<std::string> title;
    std::optional<std::string> client_id;  // the same one again is the same conversation
};
BOOST_DESCRIBE_STRUCT(BranchRequest, (), (conversation_id, message_id, title, client_id))
constexpr auto json_rules(const BranchRequest*) {
    return std::array{json::length("title", 1, chat::Limits::title_max)};
}

// At least one of q, character_id, from and to. from, to: UTC milliseconds, `to` excluded.
struct SearchMessages {
    std::optional<std::string> q;
    std::optional<chat::CharacterId> character_id;
    std::optional<std::int64_t> from, to;
    std::optional<std::string> cursor;
    std::optional<std::int64_t> limit;
};
BOOST_DESCRIBE_STRUCT(SearchMessages, (), (q, character_id, from, to, cursor, limit))
constexpr auto json_rules(const SearchMessages*) {
    return std::array{json::length("q", 0, chat::Limits::query_max),
                      json::range("limit", 1, static_cast<double>(chat::Limits::page_max))};
}

enum class ChatForm : std::uint8_t { sillytavern, lares };
BOOST_DESCRIBE_ENUM(ChatForm, sillytavern, lares)

// lares: everything, all branches; sillytavern: the shown branch, with the other versions of answers as
// swipes.
struct ExportChat {
    chat::ConversationId conversation_id;
    std::optional<ChatForm> form;
};
BOOST_DESCRIBE_STRUCT(ExportChat, (), (conversation_id, form))

// flatten: a group chat becomes one with this companion, each message beginning with its speaker's name.
struct ImportChat {
    chat::CharacterId character_id;
    std::optional<bool> flatten;
    std::optional<std::string> client_id;  // the same one again is the same conversation
};
BOOST_DESCRIBE_STRUCT(ImportChat, (), (character_id, flatten, client_id))

struct SkippedLine {
    std::int64_t line = 0;
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(SkippedLine, (), (line, reason))

struct ImportedChat {
    chat::Conversation conversation;
    std::int64_t messages = 0;
    std::vector<SkippedLine> skipped;
};
BOOST_DESCRIBE_STRUCT(ImportedChat, (), (conversation, messages, skipped))

}  // namespace lares::api
