// Service, of whole conversations: settings, titles, deleting and restoring, branches and imports.
#include <variant>

#include "base/text.h"
#include "chat/changes.h"
#include "chat/prompts.h"
#include "chat/search.h"
#include "chat/search_text.h"
#include "chat/service.h"
#include "crypto/hash.h"

namespace lares::chat {

namespace {

constexpr std::int64_t erase_batch = 32;

// A new conversation that a client named: the same name of the same person is the same conversation.
ConversationId id_of(OwnerId owner, std::string_view client_id) {
    const auto digest = crypto::sha256(owner.text() + "/" + std::string(client_id));
    ConversationId id;
    for (std::size_t i = 0; i < id.value.bytes.size(); ++i)
        id.value.bytes[i] = static_cast<std::uint8_t>(digest[i]);
    id.value.bytes[6] = static_cast<std::uint8_t>((id.value.bytes[6] & 0x0F) | 0x80);  // UUID version 8
    id.value.bytes[8] = static_cast<std::uint8_t>((id.value.bytes[8] & 0x3F) | 0x80);
    return id;
}

Result<Settings> changed_settings(const Head& head, const ConversationChange& what) {
    auto settings = settings_of(head);
    if (what.clear_persona) settings.persona_id.reset();
    if (what.clear_note) settings.author_note.reset();
    if (what.clear_layout) settings.layout.reset();
    if (what.persona_id) settings.persona_id = what.persona_id;
    if (what.author_note) settings.author_note = what.author_note;
    if (what.layout) settings.layout = what.layout;
    if (what.model) settings.model = what.model;
    if (settings.model && settings.model->empty()) settings.model.reset();
    return settings;
}

Result<Changed<Conversation>> change_in(db::Tx& tx, OwnerId owner, ConversationId conversation,
                                        const ConversationChange& what, Titled by, std::int64_t at) {
    LARES_TRY(auto head, needed_head(tx, owner, conversation));
    Changed<Conversation> out;
    Payload payload;
    LARES_TRY(const auto settings, changed_settings(head, what));
    const bool may_title = by == Titled::person || head.titled != Titled::person;
    if (what.title && may_title && (*what.title != head.title || head.titled != by)) {
        payload.title = what.title;
        payload.titled = by;
    }
    if (what.pinned && *what.pinned != head.pinned) payload.pinned = what.pinned;
    if (what.archived && *what.archived != head.archived) payload.archived = what.archived;
    if (settings != settings_of(head)) payload.settings = settings;
    if (write_payload(payload) != "{}") {
        LARES_TRY(auto event, append_last(tx, head, EventKind::conversation_changed, at, payload));
        out.events.push_back(std::move(event));
    }
    out.answer = conversation_of(head);
    return out;
}

// What the messages of a copy are called, and the events' payloads.
std::vector<Payload> payloads_of(const Copied& what, const std::vector<MessageId>& ids, std::size_t from,
                                 std::size_t count) {
    std::vector<Payload> out;
    for (std::size_t i = from; i < std::min(from + count, what.messages.size()); ++i) {
        const auto& message = what.messages[i];
        auto payload = message.payload;
        const auto named = [&ids](const std::optional<std::size_t>& at) {
            return at ? std::optional(ids[*at]) : std::nullopt;
        };
        payload.message_id = ids[i];
        payload.parent = named(message.parent);
        payload.chosen = named(message.chosen);
        payload.removed_by = named(message.removed_by);
        payload.edit_of = named(message.edit_of);
        payload.aside = true;
        out.push_back(std::move(payload));
    }
    return out;
}

using FileIds = std::map<const CopiedMessage*, std::vector<AttachmentId>>;

// What the messages bring along is kept, and named by them. A closure may run twice, so nothing adds up.
Result<void> bring_files(db::Tx& tx, OwnerId owner, const Copied& what, const FileIds& ids, std::size_t from,
                         std::vector<Payload>& payloads, std::int64_t at) {
    for (std::size_t i = 0; i < payloads.size(); ++i) {
        const auto& message = what.messages[from + i];
        if (message.files.empty()) continue;
        auto& list = payloads[i].attachments.emplace();
        for (std::size_t n = 0; n < message.files.size(); ++n) {
            auto file = message.files[n];
            file.about.id = ids.at(&message)[n];
            LARES_CHECK(attachments::insert(tx, owner, file, at));
            list.push_back(std::move(file.about));
        }
    }
    return {};
}

// What the next turns go on from: the states that prompts left, and of a branch what was sent, too.
Result<void> bring_prompts(db::Tx& tx, OwnerId owner, ConversationId id, const Copied& what, std::size_t from,
                           const std::vector<Payload>& payloads, std::int64_t at) {
    std::vector<CopiedPrompt> copies;
    for (std::size_t i = 0; i < payloads.size(); ++i) {
        const auto& message = what.messages[from + i];
        const auto& to = *payloads[i].message_id;
        if (message.from) copies.push_back({*message.from, to});
        if (message.prompt_state) LARES_CHECK(keep_state(tx, owner, id, to, {*message.prompt_state, {}}, at));
    }
    return copy_prompts(tx, owner, id, copies);
}

Payload payload_of(const MessageRow& row) {
    Payload out;
    out.role = row.role;
    out.text = row.text;
    out.state = row.state;
    out.created = row.created;
    if (!row.tokens.bytes.empty()) out.tokens = to_base64(row.tokens.bytes);
    auto message = message_of(row);
    out.usage = message.usage;
    out.trace = std::move(message.trace);
    out.unheard = row.unheard;
    if (row.hidden) out.hidden = true;
    if (row.pinned) out.pinned = true;
    out.extra = row.extra;
    if (row.attachments) out.attachments = attachments_of(row);
    return out;
}

// The path to the message, as a conversation of its own.
Result<Copied> path_to(db::Reader& reader, OwnerId owner, ConversationId conversation,
                       const BranchAt& where) {
    LARES_TRY(const auto head, needed_head(reader, owner, conversation));
    LARES_TRY(const auto end, needed_message(reader, conversation, where.message_id));
    LARES_TRY(auto rows,
              store::branch(reader, conversation, end.id, static_cast<std::int64_t>(Limits::messages_max)));
    Copied out;
    out.created.character_id = head.character_id;
    out.created.title = where.title.value_or(head.title);
    out.created.titled = where.title ? Titled::person : head.titled;
    out.created.settings = settings_of(head);
    out.created.metadata = head.metadata;
    out.created.from_conversation = head.id;
    out.created.from_message = end.id;
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
        const auto at = out.messages.size();
        CopiedMessage message{payload_of(*row), {}, {}, {}, {}};
        message.from = row->id;
        if (at > 0) message.parent = at - 1;
        if (at + 1 < rows.size()) message.chosen = at + 1;
        out.messages.push_back(std::move(message));
    }
    out.leaf = out.messages.size() - 1;
    return out;
}

Result<Event> erase_in(db::Tx& tx, Head& head, std::int64_t at) {
    LARES_TRY(const auto running, store::running_turn(tx, head.id));
    if (running) return turn_running(running->id);
    LARES_TRY(auto event, store::append(tx, head, EventKind::conversation_deleted, at, {}));
    LARES_CHECK(store::erase_payloads(tx, head.id));
    LARES_CHECK(erase_prompts(tx, head.id));
    LARES_CHECK(attachments::release(tx, head.id));
    return event;
}

struct Erased {
    OwnerId owner;
    Event event;
};

std::optional<std::int64_t> parse_cursor(const std::string& cursor) {
    std::int64_t number = 0;
    for (const char c : cursor) {
        if (c < '0' || c > '9' || number > INT64_MAX / 10 - 1) return std::nullopt;
        number = number * 10 + (c - '0');
    }
    return cursor.empty() ? std::nullopt : std::optional(number);
}

}  // namespace

Result<void> check_title(const std::optional<std::string>& title) {
    if (!title) return {};
    if (!is_utf8(*title) || title->find('\0') != std::string::npos)
        return invalid_field("title", "must be valid text");
    if (trim(*title).empty() || count_code_points(*title) > Limits::title_max)
        return invalid_field("title", "must have 1 to " + std::to_string(Limits::title_max) + " characters");
    return {};
}

Task<Result<Conversation>> Service::change(OwnerId owner, ConversationId conversation,
                                           ConversationChange what) {
    LARES_CO_CHECK(check_title(what.title));
    const auto at = clock_.unix_ms();
    co_return co_await commit(owner, [owner, conversation, at, what = std::move(what)](db::Tx& tx) {
        return change_in(tx, owner, conversation, what, Titled::person, at);
    });
}

Task<Result<Conversation>> Service::set_title(OwnerId owner, ConversationId conversation, std::string title) {
    ConversationChange what;
    what.title = std::move(title);
    LARES_CO_CHECK(check_title(what.title));
    const auto at = clock_.unix_ms();
    co_return co_await commit(owner, [owner, conversation, at, what = std::move(what)](db::Tx& tx) {
        return change_in(tx, owner, conversation, what, Titled::model, at);
    });
}

Task<Result<void>> Service::remove(OwnerId owner, ConversationId conversation) {
    const auto at = clock_.unix_ms();
    auto write = [owner, conversation, at](db::Tx& tx) -> Result<Changed<std::monostate>> {
        LARES_TRY(auto head, needed_head(tx, owner, conversation));
        LARES_TRY(const auto running, store::running_turn(tx, conversation));
        if (running) return turn_running(running->id);
        LARES_TRY(auto event, append_last(tx, head, EventKind::conversation_removed, at, {}));
        return Changed<std::monostate>{{}, {std::move(event)}};
    };
    LARES_CO_CHECK(co_await commit(owner, std::move(write)));
    co_return Result<void>();
}

Task<Result<Conversation>> Service::restore(OwnerId owner, ConversationId conversation) {
    const auto at = clock_.unix_ms();
    auto write = [owner, conversation, at](db::Tx& tx) -> Result<Changed<Conversation>> {
        LARES_TRY(auto head, store::any_head(tx, owner, conversation));
        if (!head || head->unfinished) return no_conversation();
        Changed<Conversation> out;
        if (head->removed) {
            LARES_TRY(auto event, append_last(tx, *head, EventKind::conversation_restored, at, {}));
            out.events.push_back(std::move(event));
        }
        out.answer = conversation_of(*head);
        return out;
    };
    co_return co_await commit(owner, std::move(write));
}

Task<Result<std::vector<character::RemovedThing>>> Service::removed(OwnerId owner,
                                                                    character::RemovedQuery query) {
    LARES_CO_TRY(auto heads, co_await database_.read([owner, query](db::Reader& reader) {
        return store::removed_heads(reader, owner, query);
    }));
    std::vector<character::RemovedThing> out;
    for (auto& head : heads)
        out.push_back({character::RemovedKind::conversation,
                       {head.removed, head.id.value},
                       std::move(head.title),
                       {},
                       head.character_id});
    co_return out;
}

Task<Result<void>> Service::erase(OwnerId owner, ConversationId conversation) {
    return erase_if(owner, conversation, false);
}

Task<Result<void>> Service::erase_removed(OwnerId owner, ConversationId conversation) {
    return erase_if(owner, conversation, true);
}

Task<Result<void>> Service::erase_if(OwnerId owner, ConversationId conversation, bool removed) {
    const auto at = clock_.unix_ms();
    auto write = [owner, conversation, removed, at](db::Tx& tx) -> Result<Changed<std::monostate>> {
        LARES_TRY(auto head, store::any_head(tx, owner, conversation));
        if (!head || head->unfinished) return no_conversation();
        if (removed && !head->removed)
            return fail(Code::conflict, "not-deleted", "It is not deleted. Delete it first.");
        LARES_TRY(auto event, erase_in(tx, *head, at));
        return Changed<std::monostate>{{}, {std::move(event)}};
    };
    LARES_CO_CHECK(co_await commit(owner, std::move(write)));
    co_return Result<void>();
}

Task<Result<std::vector<ConversationId>>> Service::erase_old() {
    std::vector<ConversationId> erased;
    for (;;) {
        const auto before = clock_.unix_ms() - Limits::restore_ms;
        LARES_CO_TRY(const auto ids, co_await database_.read([before](db::Reader& reader) {
            return store::removed_before(reader, before, erase_batch);
        }));
        for (const auto id : ids) {
            // Its person may have restored or erased it since.
            auto write = [id, before, at = clock_.unix_ms()](db::Tx& tx) -> Result<std::optional<Erased>> {
                LARES_TRY(auto head, store::head_of(tx, id));
                if (!head || !head->removed || *head->removed > before) return std::nullopt;
                LARES_TRY(auto event, erase_in(tx, *head, at));
                return Erased{head->owner, std::move(event)};
            };
            const auto tell = [hub = hub_](std::optional<Erased>& gone) mutable {
                if (gone) hub.publish(gone->owner, std::make_shared<const Event>(std::move(gone->event)));
            };
            LARES_CO_TRY(const auto gone, co_await database_.write(std::move(write), tell));
            if (gone) erased.push_back(id);
        }
        if (static_cast<std::int64_t>(ids.size()) < erase_batch) break;
    }
    co_return erased;
}

Task<Result<void>> Service::drop_unfinished() {
    for (;;) {
        LARES_CO_TRY(const auto dropped, co_await database_.write([](db::Tx& tx) -> Result<std::int64_t> {
            LARES_TRY(const auto ids, store::unfinished(tx, erase_batch));
            for (const auto id : ids) LARES_CHECK(store::drop_wholly(tx, id));
            return static_cast<std::int64_t>(ids.size());
        }));
        if (dropped < erase_batch) co_return Result<void>();
    }
}

Task<Result<Whole>> Service::whole(OwnerId owner, ConversationId conversation) {
    co_return co_await database_.read([owner, conversation](db::Reader& reader) -> Result<Whole> {
        LARES_TRY(auto head, needed_head(reader, owner, conversation));
        LARES_TRY(auto rows, store::messages_of(reader, conversation));
        LARES_TRY(auto states, prompt_states(reader, owner, conversation));
        Whole out{std::move(head), std::move(rows), {}, std::move(states)};
        for (const auto& row : out.messages)
            for (const auto& each : attachments_of(row)) {
                LARES_TRY(auto bytes, attachments::bytes_of(reader, owner, each.id));
                if (bytes) out.files.emplace(each.id, std::move(*bytes));
            }
        return out;
    });
}

Task<Result<Conversation>> Service::branch(OwnerId owner, ConversationId conversation, BranchAt where) {
    LARES_CO_CHECK(check_title(where.title));
    LARES_CO_CHECK(check_client_id(where.client_id));
    const auto client_id = where.client_id;
    LARES_CO_TRY(auto path,
                 co_await database_.read([owner, conversation, where = std::move(where)](db::Reader& reader) {
                     return path_to(reader, owner, conversation, where);
                 }));
    co_return co_await import(owner, std::move(path), client_id);
}

Task<Result<Conversation>> Service::import(OwnerId owner, Copied what, std::optional<std::string> client_id) {
    LARES_CO_CHECK(check_client_id(client_id));
    if (what.messages.size() > Limits::messages_max)
        co_return fail(
            Code::too_large, "too-many-messages",
            "The conversation has more than " + std::to_string(Limits::messages_max) + " messages.");
    const auto id = client_id ? id_of(owner, *client_id) : ids_.make<ConversationId>(clock_.unix_ms());
    struct Mark {  // also when the caller is cancelled
        Service& service;
        ConversationId id;
        bool ours = false;
        Mark(Service& with, ConversationId of) : service(with), id(of) {
            std::lock_guard lock(service.copying_mutex_);
            ours = service.copying_.insert(id).second;
        }
        ~Mark() {
            std::lock_guard lock(service.copying_mutex_);
            if (ours) service.copying_.erase(id);
        }
    } mark(*this, id);
    if (!mark.ours)
        co_return fail(Code::conflict, "copy-running",
                       "This conversation is being made already. Wait for it.");
    co_return co_await copy(owner, id, std::make_shared<const Copied>(std::move(what)));
}

// In several transactions, so that others are not kept waiting: until the last one it is `unfinished`, nobody
// sees it, and a start removes what a crash left of it.
Task<Result<Conversation>> Service::copy(OwnerId owner, ConversationId id,
                                         std::shared_ptr<const Copied> what) {
    const auto at = clock_.unix_ms();
    std::vector<MessageId> ids;
    for (std::size_t i = 0; i < what->messages.size(); ++i) ids.push_back(ids_.make<MessageId>(at));
    const auto files = std::make_shared<FileIds>();
    for (const auto& message : what->messages)
        for (std::size_t i = 0; i < message.files.size(); ++i)
            (*files)[&message].push_back(ids_.make<AttachmentId>(at));
    auto begin = [owner, id, at, what](db::Tx& tx) -> Result<std::optional<Conversation>> {
        LARES_TRY(const auto known, store::head_of(tx, id));
        if (known && !known->unfinished) {
            if (known->owner != owner || known->removed) return no_conversation();
            return std::optional(conversation_of(*known));
        }
        if (known) LARES_CHECK(store::drop_wholly(tx, id));
        LARES_TRY(const auto erased, store::events_after(tx, id, 0, 1));
        if (!erased.empty()) return no_conversation();
        Head head;
        head.id = id;
        head.owner = owner;
        auto created = what->created;
        created.unfinished = true;
        LARES_CHECK(append_last(tx, head, EventKind::conversation_created, at, created));
        return std::nullopt;
    };
    LARES_CO_TRY(auto known, co_await database_.write(std::move(begin)));
    if (known) co_return std::move(*known);
    for (std::size_t from = 0; from < what->messages.size(); from += Limits::copy_batch) {
        auto write = [id, at, owner, from, what, files,
                      payloads = payloads_of(*what, ids, from, Limits::copy_batch)](
                         db::Tx& tx) mutable -> Result<void> {
            LARES_TRY(auto head, store::head_of(tx, id));
            if (!head) return no_conversation();
            LARES_CHECK(bring_files(tx, owner, *what, *files, from, payloads, at));
            for (const auto& payload : payloads)
                LARES_CHECK(store::append(tx, *head, EventKind::message_added, at, payload));
            LARES_CHECK(bring_prompts(tx, owner, id, *what, from, payloads, at));
            return store::save(tx, *head);
        };
        LARES_CO_CHECK(co_await database_.write(std::move(write)));
    }
    Payload completed;
    if (what->leaf) completed.leaf = ids[*what->leaf];
    auto finish = [owner, id, at, completed, what](db::Tx& tx) -> Result<Changed<Conversation>> {
        LARES_TRY(auto head, store::head_of(tx, id));
        if (!head) return no_conversation();
        Changed<Conversation> out;
        LARES_TRY(auto event, append_last(tx, *head, EventKind::conversation_completed, at, completed));
        if (completed.leaf && !what->left.empty())
            LARES_CHECK(keep_state(tx, owner, id, *completed.leaf, {what->left, {}}, at));
        out.answer = conversation_of(*head);
        out.events.push_back(std::move(event));
        return out;
    };
    co_return co_await commit(owner, std::move(finish));
}

Task<Result<SearchPage>> Service::search(OwnerId owner, SearchQuery query) {
    LARES_CO_TRY(const auto size, page_size(query.limit));
    if (!is_utf8(query.text) || count_code_points(query.text) > Limits::query_max)
        co_return invalid_field("q",
                                "must have at most " + std::to_string(Limits::query_max) + " characters");
    search::Query wanted;
    wanted.match = to_match(query.text);
    if (wanted.match.empty() && !trim(query.text).empty())
        co_return invalid_field("q", "must have a word to look for");
    if (wanted.match.empty() && !query.character && !query.from && !query.to)
        co_return invalid_field("q",
                                "must have a word to look for where no character_id, from or to is given");
    wanted.character = query.character;
    wanted.from = query.from.value_or(0);
    wanted.to = query.to.value_or(INT64_MAX);
    wanted.limit = size + 1;
    if (query.cursor) {
        const auto before = parse_cursor(*query.cursor);
        if (!before) co_return invalid_field("cursor", "must be the `next` of the page before");
        wanted.before = *before;
    }
    LARES_CO_TRY(auto found, co_await database_.read([owner, wanted](db::Reader& reader) {
        return search::find(reader, owner, wanted);
    }));
    SearchPage page;
    const bool more = static_cast<std::int64_t>(found.size()) > size;
    if (more) found.pop_back();
    if (more) page.next = std::to_string(found.back().number);
    for (auto& each : found) page.items.push_back(std::move(each.hit));
    co_return page;
}

}  // namespace lares::chat
