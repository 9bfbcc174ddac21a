#pragma once
// What a model was sent for each answer, and the state that its prompt left: effects of lore, variables. A
// record stands by its answer, so every path through a conversation has its own state and a swipe begins
// where the answer beside it began. Texts are kept once for a conversation, however many prompts hold them;
// the rest of a record is deflated.
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <boost/describe/class.hpp>

#include "async/clock.h"
#include "async/task.h"
#include "base/result.h"
#include "chat/journal.h"
#include "chat/model.h"
#include "db/database.h"
#include "db/migration.h"
#include "db/tx.h"

namespace lares::chat {

inline constexpr db::Migration prompt_migrations[] = {
    {1, "what was sent for each answer, and the state that it left", R"sql(
CREATE TABLE prompt_records (
    answer_id TEXT NOT NULL PRIMARY KEY,
    conversation_id TEXT NOT NULL,
    owner TEXT NOT NULL,
    created INTEGER NOT NULL,
    state TEXT NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX prompt_records_conversation ON prompt_records (conversation_id);
CREATE TABLE prompt_texts (
    conversation_id TEXT NOT NULL,
    digest BLOB NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (conversation_id, digest)
);
CREATE TABLE prompt_globals (
    owner TEXT NOT NULL PRIMARY KEY,
    variables TEXT NOT NULL
);
CREATE TABLE prompt_settings (
    owner TEXT NOT NULL PRIMARY KEY,
    settings TEXT NOT NULL
);
)sql"},
    {2, "the model that a person chose for their chats", R"sql(
CREATE TABLE chat_models (
    owner TEXT NOT NULL PRIMARY KEY,
    model TEXT NOT NULL
);
)sql"},
};

// One message as it was sent.
struct SentMessage {
    std::string role;  // "system", "user", "assistant"
    std::string name;
    std::string content;
    bool operator==(const SentMessage&) const = default;
};
BOOST_DESCRIBE_STRUCT(SentMessage, (), (role, name, content))

// Why a piece of text was in it, or was not.
struct SentPart {
    std::string source;    // "main", "lore", "history", …
    std::string title;     // of a lore entry
    std::string id;        // of a lore entry: book and number; of a message: its id
    std::string position;  // of a lore entry
    std::string trust;     // whose words: "operator", "owner", "card", "knowledge", "person", "model"
    bool in = true;
    std::string reason;                   // in English
    std::optional<std::int64_t> message;  // its place in `messages`
    std::int64_t tokens = 0;
    std::string text;
    std::string code = {};   // of the reason (prompt/lore/reason.h); empty: kept by an older program
    std::string about = {};  // what the reason is about: a key, a group
    bool operator==(const SentPart&) const = default;
};
BOOST_DESCRIBE_STRUCT(SentPart, (),
                      (source, title, id, position, trust, in, reason, message, tokens, text, code, about))

struct SentPrompt {
    std::string model;
    std::string layout;  // "stable", "compat"
    std::string kind;    // "normal", "continue", "regenerate"
    std::int64_t context_tokens = 0;
    std::int64_t reply_tokens = 0;
    std::int64_t tokens = 0;  // of all messages
    std::vector<SentMessage> messages;
    std::vector<SentPart> parts;
    std::vector<std::string> warnings;
    bool operator==(const SentPrompt&) const = default;
};
BOOST_DESCRIBE_STRUCT(SentPrompt, (),
                      (model, layout, kind, context_tokens, reply_tokens, tokens, messages, parts, warnings))

struct PromptRecord {
    MessageId answer_id;
    ConversationId conversation_id;
    SentPrompt sent;
    std::string state;                   // JSON, opaque here
    std::optional<std::string> globals;  // JSON; set: the person's variables changed
};

class Prompts {
public:
    static constexpr std::size_t remembered_max = 256;  // conversations whose texts are known to be stored
    static constexpr std::size_t path_max = 64;         // answers looked at for a state

    // Both outlive it.
    Prompts(db::Database& database, async::Clock& clock) : database_(database), clock_(clock) {}

    Task<Result<void>> keep(OwnerId owner, PromptRecord record);
    struct Sent {
        SentPrompt prompt;
        std::optional<Usage> usage;  // of an answer that has ended
    };
    // An edited answer's is that of the answer that it was written in place of. nullopt: this message has
    // none (it is no answer, older than records are, or was imported).
    Task<Result<std::optional<Sent>>> find(OwnerId owner, ConversationId conversation, MessageId answer);

    struct State {
        std::optional<std::string> chat;  // of the nearest of these answers (or what it edits) that has one
        std::optional<std::string> globals;
    };
    // answers: those of the path and what else may have left one, the newest first.
    Task<Result<State>> state(OwnerId owner, std::vector<MessageId> answers);

    // How a person likes their prompts: JSON, opaque here; empty: as usual.
    Task<Result<std::string>> settings(OwnerId owner);
    Task<Result<void>> set_settings(OwnerId owner, std::string json);

    // Who answers in a person's chats that have no model of their own; empty: the server's default.
    Task<Result<std::string>> model(OwnerId owner);
    Task<Result<void>> set_model(OwnerId owner, std::string model);

private:
    std::vector<std::string> unknown(ConversationId conversation, const std::vector<std::string>& digests);
    void know(ConversationId conversation, const std::vector<std::string>& digests);

    db::Database& database_;
    async::Clock& clock_;
    std::mutex mutex_;
    std::list<ConversationId> uses_;  // the latest first
    std::unordered_map<ConversationId,
                       std::pair<std::unordered_set<std::string>, std::list<ConversationId>::iterator>>
        known_;
};

// What a message left that is no answer: found by state() as an answer's is.
Result<void> keep_state(db::Tx& tx, OwnerId owner, ConversationId conversation, MessageId message,
                        const LeftState& left, std::int64_t now_ms);

// Of a conversation that is erased.
Result<void> erase_prompts(db::Tx& tx, ConversationId conversation);

// A branch: what was sent for these messages of its person, and the states, under the ids of their copies.
struct CopiedPrompt {
    MessageId from, to;
};
Result<void> copy_prompts(db::Tx& tx, OwnerId owner, ConversationId to,
                          const std::vector<CopiedPrompt>& messages);

// For files: the states that messages left. What was sent goes in none.
Result<std::map<MessageId, std::string>> prompt_states(db::Reader& reader, OwnerId owner,
                                                       ConversationId conversation);

}  // namespace lares::chat
