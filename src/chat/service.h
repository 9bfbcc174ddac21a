#pragma once
// Conversations: their rules over their store. Every call is scoped to its owner: what belongs to another
// person is not_found "conversation-not-found", as if it did not exist.
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "async/clock.h"
#include "character/removed_list.h"
#include "chat/attachments.h"
#include "chat/events.h"
#include "chat/hub.h"
#include "chat/journal.h"
#include "db/database.h"

namespace lares::chat {

// One of the two names the conversation; character_id: the one last spoken in with this companion.
struct HistoryQuery {
    std::optional<ConversationId> conversation_id;
    std::optional<CharacterId> character_id;
    std::optional<MessageId> before;
    std::optional<std::int64_t> limit;  // 1..Limits::page_max, else invalid_field
};
BOOST_DESCRIBE_STRUCT(HistoryQuery, (), (conversation_id, character_id, before, limit))

struct ListQuery {
    std::optional<CharacterId> character = {};
    std::optional<bool> pinned = {}, archived = {};
    bool removed = false;  // those that can be restored, and only these
    std::optional<ConversationId> before = {};
    std::optional<std::int64_t> limit = {};
};

// What a person sets of a conversation; absent: as it is.
struct ConversationChange {
    std::optional<std::string> title;  // 1..Limits::title_max code points
    std::optional<bool> pinned, archived;
    std::optional<PersonaId> persona_id;
    std::optional<AuthorNote> author_note;
    std::optional<Layout> layout;
    bool clear_persona = false, clear_note = false, clear_layout = false;
    std::optional<std::string> model = {};  // empty: none of its own
};

struct Edit {
    MessageId message_id;
    std::string text;
    bool following = false;                // what stands below it goes with the new version
    std::optional<std::string> client_id;  // the same one again is the same edit
    std::optional<LeftState> left = {};    // what macros of the text set
};

struct Removed {
    std::vector<MessageId> removed;  // the versions that went, each with all below it
    std::optional<MessageId> leaf;   // where the shown branch ends now
    std::int64_t seq = 0;
};

struct Selected {
    MessageId leaf;
    std::int64_t seq = 0;
};

// A new conversation that holds the branch up to a message.
struct BranchAt {
    MessageId message_id;
    std::optional<std::string> title;
    std::optional<std::string> client_id;
};

// Words, a character, a time, or any of them together; not none.
struct SearchQuery {
    std::string text;  // may be empty
    std::optional<CharacterId> character;
    std::optional<std::int64_t> from, to;  // UTC ms, to excluded
    std::optional<std::string> cursor;
    std::optional<std::int64_t> limit;
};

// A conversation that comes from elsewhere: its messages in the order of their making, each naming its parent
// and the child that was shown by place in `messages`.
struct CopiedMessage {
    Payload payload;  // without ids
    std::optional<std::size_t> parent, chosen, removed_by, edit_of;
    std::vector<ReadFile> files = {};              // that come with it, without ids
    std::optional<MessageId> from = {};            // of a branch: what it is a copy of
    std::optional<std::string> prompt_state = {};  // from a file: what it left
};
struct Copied {
    Payload created;  // character_id, title, settings, …
    std::vector<CopiedMessage> messages;
    std::optional<std::size_t> leaf;
    std::string left = {};  // for prompts, by the leaf: as LeftState::chat
};

// All that a conversation holds, for an export.
struct Whole {
    Head head;
    std::vector<MessageRow> messages;                // in the order of their making
    std::map<AttachmentId, std::string> files = {};  // bytes of what they carry
    std::map<MessageId, std::string> prompt_states = {};
};

// What doctor and tests want to know: does the projection equal the events, is the chain whole?
struct CheckReport {
    std::int64_t conversations = 0, events = 0, messages = 0;
    std::int64_t waiting = 0;  // conversations that the next start rebuilds after an update; not compared
    std::vector<std::string> problems;  // at most 100, each names its conversation
};

class Service final : public Journal {
public:
    // All outlive the service.
    Service(db::Database& database, Hub& hub, async::Clock& clock, IdSource& ids);

    // Before the first turn of a process: answers that a crash cut off become interrupted, with the text that
    // was stored. Answers how many.
    Task<Result<std::int64_t>> recover();

    // Of a conversation that is opened next: what is in it may hang on its id.
    ConversationId new_id() { return ids_.make<ConversationId>(clock_.unix_ms()); }
    Task<Result<Conversation>> open(OwnerId owner, NewConversation what);
    Task<Result<Conversation>> get(OwnerId owner, ConversationId conversation);
    // Whether this message stands in a conversation of theirs.
    Task<Result<bool>> owns_message(OwnerId owner, MessageId message);
    // Whether it is theirs, also while it can be restored.
    Task<Result<bool>> owns(OwnerId owner, ConversationId conversation);
    Task<Result<ConversationPage>> list(OwnerId owner, ListQuery query);
    // Those that can be restored, as rows of the list of all that can be (character/removed_list.h).
    Task<Result<std::vector<character::RemovedThing>>> removed(OwnerId owner, character::RemovedQuery query);
    Task<Result<HistoryPage>> history(OwnerId owner, HistoryQuery query);
    Task<Result<SearchPage>> search(OwnerId owner, SearchQuery query);

    // Conversations.
    Task<Result<Conversation>> change(OwnerId owner, ConversationId conversation, ConversationChange what);
    // The model's title. A person's stays.
    Task<Result<Conversation>> set_title(OwnerId owner, ConversationId conversation, std::string title);
    // It is gone from everywhere, and can be restored for Limits::restore_ms. conflict "turn-running".
    Task<Result<void>> remove(OwnerId owner, ConversationId conversation);
    // not_found "conversation-not-found" when it was erased; as it is when it was not removed.
    Task<Result<Conversation>> restore(OwnerId owner, ConversationId conversation);
    // At once and for good: what was said, and the payloads of its events. conflict "turn-running".
    Task<Result<void>> erase(OwnerId owner, ConversationId conversation);
    // conflict "not-deleted" where it is in use.
    Task<Result<void>> erase_removed(OwnerId owner, ConversationId conversation);
    // Erases what was removed Limits::restore_ms ago. Answers which.
    Task<Result<std::vector<ConversationId>>> erase_old();
    // conflict "branch-running": the same client_id is being worked on.
    Task<Result<Conversation>> branch(OwnerId owner, ConversationId conversation, BranchAt where);
    Task<Result<Conversation>> import(OwnerId owner, Copied what, std::optional<std::string> client_id);
    Task<Result<Whole>> whole(OwnerId owner, ConversationId conversation);

    // Messages. Errors: not_found "message-not-found", also for one that is removed.
    Task<Result<Message>> edit(OwnerId owner, ConversationId conversation, Edit what);
    // The path through the message, down to what was last shown there, is the one that is shown.
    Task<Result<Selected>> select(OwnerId owner, ConversationId conversation, MessageId message);
    Task<Result<Message>> mark(OwnerId owner, ConversationId conversation, MessageId message,
                               std::optional<bool> hidden, std::optional<bool> pinned);
    // The message and all below it; all_versions: its siblings, too. Where versions are left, the one before
    // it is shown. conflict "turn-running" when an answer is being made there.
    Task<Result<Removed>> remove_message(OwnerId owner, ConversationId conversation, MessageId message,
                                         bool all_versions);
    // What was removed by it is back, and shown again when nothing was said since. conflict "parent-removed".
    Task<Result<Selected>> restore_message(OwnerId owner, ConversationId conversation, MessageId message);
    Task<Result<SiblingPage>> siblings(OwnerId owner, ConversationId conversation, MessageId message,
                                       std::optional<MessageId> after, std::optional<std::int64_t> limit);
    Task<Result<std::vector<Message>>> pins(OwnerId owner, ConversationId conversation);

    // At most Limits::events_max after `seq`, in order. A device asks again until it has HistoryPage::seq.
    // conflict "seq-ahead": the device has seen what is not there, as after a restore of an older backup.
    Task<Result<std::vector<Event>>> events_after(OwnerId owner, ConversationId conversation,
                                                  std::int64_t seq);

    // Every event is applied anew beside the projection and compared. Reads only.
    Task<Result<CheckReport>> check_projection();
    // Throws the projection away and makes it from the events. For the command line, with no turn running.
    Task<Result<void>> rebuild();

    Task<Result<Accepted>> accept(OwnerId owner, Accept what) override;
    Task<Result<void>> append(TurnId turn, std::int64_t part, std::string text) override;
    Task<Result<Message>> end(OwnerId owner, AnswerEnd what) override;
    Task<Result<Message>> heard(OwnerId owner, TurnId turn, Heard what) override;
    Task<Result<Context>> context(OwnerId owner, ConversationId conversation,
                                  std::optional<MessageId> until) override;
    Task<Result<std::vector<SaidFile>>> files(OwnerId owner, std::vector<AttachmentId> ids) override;
    Task<Result<std::optional<TurnRecord>>> find_turn(OwnerId owner, TurnId turn) override;
    Task<Result<std::optional<TurnRecord>>> find_client_id(OwnerId owner, std::string client_id) override;

private:
    // f(Tx&) -> Result<Changed<T>>. Its events go to every device in the order of the commits, also when who
    // asked for the change is gone.
    template <class F>
    auto commit(OwnerId owner, F f)
        -> Task<Result<typename std::invoke_result_t<F&, db::Tx&>::value_type::Answer>> {
        const auto tell = [hub = hub_, owner](auto& done) mutable {
            for (auto& event : done.events)
                hub.publish(owner, std::make_shared<const Event>(std::move(event)));
        };
        auto done = co_await database_.write(std::move(f), tell);
        if (!done) co_return tl::unexpected(std::move(done).error());
        co_return std::move(done->answer);
    }
    Task<Result<void>> erase_if(OwnerId owner, ConversationId conversation, bool removed);
    Task<Result<void>> rebuild_waiting();
    Task<Result<void>> drop_unfinished();
    Task<Result<Conversation>> copy(OwnerId owner, ConversationId id, std::shared_ptr<const Copied> what);
    db::Database& database_;
    Hub hub_;
    async::Clock& clock_;
    IdSource& ids_;
    std::mutex copying_mutex_;
    std::set<ConversationId> copying_;  // branches and imports on their way
};

// The rules of a message: not empty after trimming, at most Limits::message_code_points_max, valid UTF-8, no
// NUL. invalid_field("message", …).
Result<void> check_message(std::string_view text);
Result<void> check_client_id(const std::optional<std::string>& client_id);
// The greeting that is chosen. invalid_field "greeting": the companion has no such one.
Result<std::string> first_words(const NewConversation& what);

}  // namespace lares::chat
